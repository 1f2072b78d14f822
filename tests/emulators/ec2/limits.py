"""How many instances can be had: what the zone has left, and what the account may have.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html (InsufficientInstanceCapacity,
Unsupported)
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html#ec2-on-demand-instances-limits (vCPUs)
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-spot-limits.html (MaxSpotInstanceCountExceeded)
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/free-tier-plans.html (an account on the Free plan may launch what
DescribeInstanceTypes calls FreeTierEligible; a dry run does not tell, since moto ends it before it comes here)
"""

import functools
import math

from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES

from .life import ENDING, instances
from .patching import Refusal
from .settings import SETTINGS, fits
from .zones import offers_in_local_zones

MOST_BOOTED = 7
"""How many instances live at once where they boot: this is one computer."""


class Room:
    """How many instances there is room for, of all types together; None: for any number."""

    most = None


def largest_count(backend, instance_type, zone, market, least, most):
    """The largest count that can be had, at least `least`.

    :raises Refusal: not even that many
    """
    if instance_type not in INSTANCE_TYPES:
        raise Refusal("InvalidParameterValue", f"Invalid value '{instance_type}' for InstanceType.")
    if SETTINGS.free_plan and not INSTANCE_TYPES[instance_type].get("FreeTierEligible"):
        raise Refusal(
            "InvalidParameterCombination",
            "The specified instance type is not eligible for Free Tier. For a list of Free Tier instance types, run "
            "'describe-instance-types' with the filter 'free-tier-eligible=true'.",
        )
    local = {(offer["InstanceType"], offer["Location"]) for offer in offers_in_local_zones(backend.region_name)}
    if (instance_type, zone) not in _offers(backend.region_name) | local:
        raise Refusal(
            "Unsupported",
            f"Your requested instance type ({instance_type}) is not supported in your requested Availability Zone ({zone}).",
        )
    for quota in SETTINGS.quotas:
        if fits(quota, type=instance_type, market=market):
            most = min(most, _within_quota(backend, quota, instance_type))
            if most < least:
                raise _over_quota(quota, market)
    if Room.most is not None:
        most = min(most, Room.most - sum(i.state not in ("terminated", "stopped") for i in instances()))
        if most < least:
            raise _no_capacity(instance_type, zone)
    capacity = _capacity(instance_type, zone, market)
    if capacity["left"] < least:
        raise _no_capacity(instance_type, zone)
    return min(most, capacity["left"])


def take_capacity(instance_type, zone, market, count):
    """The zone has so many fewer left."""
    _capacity(instance_type, zone, market)["left"] -= count


def _capacity(instance_type, zone, market):
    rules = (rule for rule in SETTINGS.capacity if fits(rule, type=instance_type, zone=zone, market=market))
    return next(rules, {"left": math.inf})


@functools.cache
def _offers(region):
    return {(offer["InstanceType"], offer["Location"]) for offer in INSTANCE_TYPE_OFFERINGS["availability-zone"][region]}


def _no_capacity(instance_type, zone):
    return Refusal(
        "InsufficientInstanceCapacity",
        f"We currently do not have sufficient {instance_type} capacity in the Availability Zone you requested ({zone}).",
        500,
    )


def _within_quota(backend, quota, instance_type):
    used = sum(
        vcpus(i.instance_type)
        for i in backend.all_instances()
        if _uses_quota(i) and fits(quota, type=i.instance_type, market=i.lifecycle or "on-demand")
    )
    return (quota["vcpus"] - used) // vcpus(instance_type)


def _uses_quota(instance):
    """One on spot counts until its termination is detected, others while they run:
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-spot-limits.html"""
    if instance.state == "shutting-down":
        return instance.lifecycle == "spot"
    return instance.state not in (*ENDING, "stopped")


def _over_quota(quota, market):
    if market == "spot":
        return Refusal("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
    return Refusal(
        "VcpuLimitExceeded",
        f"You have requested more vCPU capacity than your current vCPU limit of {quota['vcpus']} allows for the instance "
        "bucket that the specified instance type belongs to.",
    )


def vcpus(instance_type):
    return INSTANCE_TYPES[instance_type]["VCpuInfo"]["DefaultVCpus"]
