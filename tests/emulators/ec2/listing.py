"""DescribeInstances: in pages, and behind what has just been launched.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
"""

import copy
import time

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidInstanceIdError
from moto.ec2.models import EC2Backend
from moto.ec2.responses import EC2Response
from moto.ec2.utils import filter_dict_attribute_mapping

from .patching import Refusal, patch
from .settings import SETTINGS

# Filters of AWS that moto does not know.
filter_dict_attribute_mapping.update({
    "client-token": "client_token",
    "instance-lifecycle": "lifecycle",
    "spot-instance-request-id": "spot_instance_request_id",
})


def _too_new(instance):
    return time.time() - instance.life.requested_at < SETTINGS.listing_lag_s


def _only(reservation, instances):
    """A part of a reservation, which several pages may hold parts of."""
    part = copy.copy(reservation)
    part.instances = instances
    return part


@patch(EC2Response, "describe_instances")
def _in_pages(original, self):
    """Pages count instances, as MaxResults does: moto counts reservations."""
    asked = self._get_param("MaxResults")
    if asked is not None and not 5 <= int(asked) <= 1000:
        raise Refusal("InvalidParameterValue", f"Value ( {asked} ) for parameter maxResults is invalid.")
    token = self._get_param("NextToken")
    size = min(int(asked or 1000), SETTINGS.page_size)
    get = self._get_param
    # moto's own pages are made so large that there is one.
    self._get_param = lambda name, *rest, **kw: {"MaxResults": 10**9, "NextToken": None}.get(name, get(name, *rest, **kw))
    try:
        everything = [(r, i) for r in original().result["Reservations"] for i in r.instances]
    finally:
        del self._get_param
    start = next((n for n, (_, i) in enumerate(everything) if i.id == token), 0) if token else 0
    page = everything[start : start + size]
    reservations = {}
    for reservation, instance in page:
        reservations.setdefault(reservation.id, (reservation, []))[1].append(instance)
    more = everything[start + size][1].id if len(everything) > start + size else None
    return ActionResult({"Reservations": [_only(*r) for r in reservations.values()], "NextToken": more})


@patch(EC2Backend, "describe_instances")
def _list_behind(original, self, filters=None):
    seen = [_only(r, [i for i in r.instances if not _too_new(i)]) for r in original(filters)]
    return [r for r in seen if r.instances]


@patch(EC2Backend, "get_reservations_by_instance_ids")
def _find_behind(original, self, instance_ids, filters=None):
    new = [i.id for i in self.get_multi_instances_by_id(instance_ids) if _too_new(i)]
    if new:
        raise InvalidInstanceIdError(new)
    return original(instance_ids, filters)
