"""RunInstances: as many as can be had between MinCount and MaxCount, once per client token.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html (an account that enforces IMDSv2)
"""

import base64
import json
import threading
from dataclasses import dataclass

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.responses import EC2Response

from .admission import take_instance_tokens
from .credits import mode_of
from .life import ENDING
from .limits import largest_count, take_capacity
from .patching import Refusal, patch
from .settings import SETTINGS

LONGEST_USER_DATA = 16384
"""Bytes, before base64. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html"""

ROOT_DEVICES = ("/dev/sda1", "/dev/xvda")


@dataclass
class Launch:
    """What a client token stands for."""

    parameters: str
    result: ActionResult


LAUNCHES = {}
"""By account, region and client token. AWS keeps them for at least 24 hours after the instances' end."""
LOCK = threading.RLock()
_wanted = threading.local()


@patch(EC2Response, "run_instances")
def _run_instances(original, self):
    parameters = json.dumps({k: v for k, v in self.data.items() if k != "ClientToken"}, sort_keys=True, default=str)
    token = (self.current_account, self.region, self._get_param("ClientToken"))
    with LOCK:
        if token in LAUNCHES:
            return _repeated(LAUNCHES[token], parameters)
        _wanted.counts = int(self._get_param("MinCount")), int(self._get_param("MaxCount"))
        instance_type = self._get_param("InstanceType")
        mode = mode_of(self, instance_type) if instance_type in INSTANCE_TYPES else None
        result = original()
        for instance in result.result.instances:
            instance.credit_mode = mode
        if token[-1]:
            LAUNCHES[token] = Launch(parameters, result)
        return result


def _repeated(launch, parameters):
    if launch.parameters != parameters:
        raise Refusal("IdempotentParameterMismatch", "The client token was used before, with other parameters.")
    if all(instance.state in ENDING for instance in launch.result.result.instances):
        raise Refusal("IdempotentInstanceTerminated", "The instances launched with this client token are terminated.")
    return launch.result


@patch(EC2Backend, "run_instances")
def _launch(original, self, image_id, count, user_data, security_group_names, **options):
    _complete_from_template(self, options)
    least, most = getattr(_wanted, "counts", (count, count))
    if not 1 <= least <= most:
        raise Refusal("InvalidParameterValue", f"Cannot launch {least} to {most} instances.")
    if user_data and len(base64.b64decode(str(user_data))) > LONGEST_USER_DATA:
        raise Refusal("InvalidParameterValue", "User data is limited to 16384 bytes")
    if getattr(self.amis.get(image_id), "imds_support", None):  # the image's own default, see images.py
        options["metadata_options"] = {
            **{"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
            **(options["metadata_options"] or {}),
        }
    if SETTINGS.http_tokens_enforced and (options["metadata_options"] or {}).get("HttpTokens") != "required":
        raise Refusal(
            "UnsupportedOperation",
            "You can't launch instances with IMDSv1 because httpTokensEnforced is enabled for this account. Either launch the "
            "instance with httpTokens=required or contact your account owner to disable httpTokensEnforced.",
        )
    market = "spot" if options["instance_market_options"] else "on-demand"
    zone = _zone(self, options)
    if not options.get("subnet_id") and not options["nics"] and zone in self.get_default_subnets():
        options["subnet_id"] = self.get_default_subnets()[zone].id  # moto would draw an address that is in no subnet
    instance_type = options["instance_type"]
    count = largest_count(self, instance_type, zone, market, least, most)
    take_instance_tokens(self.region_name, "RunInstances", count)
    reservation = original(image_id, count, user_data, security_group_names, **options)
    take_capacity(instance_type, zone, market, count)
    for instance in reservation.instances:
        if not instance.security_groups:  # those given with the network interface
            instance.security_groups = list(instance.nics[0].group_set)
    return reservation


@patch(EC2Backend, "describe_images")
def _find_image(original, self, ami_ids=(), filters=None, **options):
    """moto asks this for every instance, and looks through all of its images: most of the time that 1,000 of them took."""
    if filters and list(filters) == ["image-id"] and isinstance(filters["image-id"], str):
        return [self.amis[filters["image-id"]]] if filters["image-id"] in self.amis else []
    return original(ami_ids=ami_ids, filters=filters, **options)


@patch(EC2Response, "_parse_block_device_mapping")
def _volumes(original, self):
    """A root volume ends with its instance unless the launch says otherwise; moto keeps it.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/preserving-volumes-on-termination.html
    """
    mappings = original()
    for asked, mapping in zip(self._get_param("BlockDeviceMappings", []), mappings, strict=True):
        if mapping["DeviceName"] in ROOT_DEVICES and "DeleteOnTermination" not in asked.get("Ebs", {}):
            mapping["Ebs"]["DeleteOnTermination"] = True
    return mappings


def _zone(backend, options):
    subnet = options.get("subnet_id") or next((n["SubnetId"] for n in options["nics"] if "SubnetId" in n), None)
    if subnet:
        return backend.get_subnet(subnet).availability_zone
    return options.get("placement") or f"{backend.region_name}a"


def _complete_from_template(backend, options):
    """What a launch template says and the call does not; moto forgets these.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html
    """
    data = backend._get_template_from_args(options["launch_template"]).data if options.get("launch_template") else {}
    if options.get("is_instance_type_default") and "InstanceType" in data:
        options["instance_type"] = data["InstanceType"]
    for option, name in {
        "nics": "NetworkInterfaces",
        "metadata_options": "MetadataOptions",
        "instance_initiated_shutdown_behavior": "InstanceInitiatedShutdownBehavior",
    }.items():
        options[option] = options.get(option) or data.get(name) or options.get(option)
    options["instance_market_options"] = options.get("instance_market_options") or data.get(
        "InstanceMarketOptions", {}
    ).get("MarketType")
