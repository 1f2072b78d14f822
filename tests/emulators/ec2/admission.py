"""What every call meets before it is done: credentials, permissions, token buckets, faults that a test asked for.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html says which errors there are. The statuses of the
answers are those seen of AWS: 503 for throttling, 403 without permission, 401 without credentials, 412 for a dry run.
"""

import collections
import fnmatch
import re
import time

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.ec2.exceptions import DryRunClientError
from moto.ec2.responses import EC2Response
from moto.sts.responses import TokenResponse

from . import policy
from .buckets import BUCKETS, OF_INSTANCES, of_request
from .patching import Refusal, patch
from .settings import SETTINGS

CALLS = collections.deque(maxlen=100_000)
"""Every call: {at (seconds since 1970), service, action, status, code, dry_run, access_key_id, client, tags}; see policy.py."""

DryRunClientError.status = 412


def throttled():
    return Refusal("RequestLimitExceeded", "Request limit exceeded.", 503)


def _check_credentials(service, access_key_id):
    if SETTINGS.credentials == "expired" or access_key_id in SETTINGS.expired_keys:
        # EC2 and STS have different words for it.
        raise {
            "ec2": Refusal("RequestExpired", "Request has expired."),
            "sts": Refusal("ExpiredToken", "The security token included in the request is expired", 403),
        }[service]
    if SETTINGS.credentials == "invalid":
        raise {
            "ec2": Refusal("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
            "sts": Refusal("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
        }[service]


def _check_permission(action):
    if any(fnmatch.fnmatchcase(action, pattern) for pattern in SETTINGS.denied):
        raise Refusal("UnauthorizedOperation", "You are not authorized to perform this operation.", 403)


def _check_pass_role(action, profile):
    """Who launches with a profile gives its role away, which takes a permission of IAM's.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    if action == "RunInstances" and profile:
        _check_permission("iam:PassRole")


def _take_token(region, action, parameters):
    if not SETTINGS.throttled:
        return
    bounded = any(re.match(r"Filter|MaxResults|NextToken|\w+Id\b", name) for name in parameters)
    name, size, per_s = of_request(action, bounded, SETTINGS.buckets)
    if not BUCKETS.take((region, name), size, per_s):
        raise throttled()


def take_instance_tokens(region, action, count):
    """For each instance of a call as well, from a bucket of its own."""
    if SETTINGS.throttled and not BUCKETS.take((region, action, "instances"), *OF_INSTANCES[action], count):
        raise throttled()


def _next_fault(action):
    for fault in SETTINGS.faults:
        left = fault.get("times", 1)
        if fnmatch.fnmatchcase(action, fault["action"]) and left != 0:
            fault["times"] = left and left - 1
            return fault, Refusal(fault["code"], fault.get("message", "A fault that the test asked for."), fault.get("status", 400))
    return None, None


@patch(EC2Response, "call_action")
def _ec2_call(original, self):
    action = self._get_action()
    try:
        _check_credentials("ec2", self.get_access_key())
        _check_permission(action)
        if policy.refuses(self.headers, action, self.data):
            raise Refusal("UnauthorizedOperation", "You are not authorized to perform this operation.", 403)
        _check_pass_role(action, self._get_param("IamInstanceProfile"))
        _take_token(self.region, action, self.data)
        if action in OF_INSTANCES and action != "RunInstances":  # of a launch it is known later how many they are
            take_instance_tokens(self.region, action, len(self._get_param("InstanceIds", [])))
        fault, error = _next_fault(action)
        if fault and not fault.get("after"):
            raise error
        answer = original()
        if fault:
            raise error
    except ServiceException as error:
        answer = self.serialized(ActionResult(error))
    return _logged(self, "ec2", action, answer, bool(self._get_param("DryRun", False)))


@patch(TokenResponse, "call_action")
def _sts_call(original, self):
    action = self._get_action()
    try:
        _check_credentials("sts", self.get_access_key())
        answer = original()
    except ServiceException as error:
        answer = self.serialized(ActionResult(error))
    return _logged(self, "sts", action, answer, False)


def _logged(response, service, action, answer, dry_run):
    status, headers, body = answer
    code = re.search("<Code>(.*?)</Code>", body) if status >= 400 else None
    CALLS.append({
        "at": time.time(), "service": service, "action": action, "status": int(status),
        "code": code and code[1], "dry_run": dry_run, "access_key_id": response.get_access_key(),
        "client": policy.client_of(response.headers), "tags": "TagSpecification" in str(list(response.data)),
    })  # fmt: skip
    return answer
