"""CPU credits of burstable types, the mode that an instance has, and how fast it boots for that.

A launch asks for a mode, else the account's default for the family holds, else `standard` for T2 and `unlimited` for all
others:
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-performance-instances-unlimited-mode-concepts.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreditSpecificationRequest.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyDefaultCreditSpecification.html
The code of the refusal for other types is from memory.

A credit is a processor for a minute. All earn some an hour, up to those of a day; only T2 in `standard` mode is launched with
some. Without credits a `standard` instance runs at what it earns, its baseline; an `unlimited` one runs on, and owes:
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html (Key concepts for burstable
performance instances)
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-performance-instances-standard-mode-concepts.html#launch-credits
Here a boot takes the processor time that the setting `boot_cpu_s` says, on one processor; what comes after it is free.
"""

from moto.core.responses import ActionResult
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.responses import EC2Response

from .patching import Refusal, patch
from .settings import SETTINGS

EARNED = {
    "t2": {"nano": 3, "micro": 6, "small": 12, "medium": 24, "large": 36, "xlarge": 54, "2xlarge": 81.6},
    "t3": {"nano": 6, "micro": 12, "small": 24, "medium": 24, "large": 36, "xlarge": 96, "2xlarge": 192},
}
"""Credits an hour, by size; T3a and T4g earn as T3 does."""

LAUNCH_CREDITS = 30
"""Of a vCPU."""

DAY_H = 24


def mode_of(response, instance_type):
    """The mode of a launch; None: its type has no credits.

    :raises Refusal: the call names one for such a type, or one that there is not
    """
    asked = (response._get_param("CreditSpecification") or {}).get("CpuCredits")
    if not INSTANCE_TYPES[instance_type].get("BurstablePerformanceSupported"):
        if asked:
            raise Refusal("InvalidParameterCombination", f"Credit specification is not supported for {instance_type}.")
        return None
    if asked not in (None, "standard", "unlimited"):
        raise Refusal("InvalidParameterValue", f"Invalid value '{asked}' for CpuCredits.")
    family = instance_type.partition(".")[0]
    return asked or SETTINGS.default_credits.get(family) or ("standard" if family == "t2" else "unlimited")


def earned_per_hour(instance_type):
    family, _, size = instance_type.partition(".")
    return EARNED["t2" if family == "t2" else "t3"][size]


def launch_credits(instance_type, mode):
    """None but for T2 in `standard` mode."""
    if mode != "standard" or not instance_type.startswith("t2."):
        return 0
    return LAUNCH_CREDITS * INSTANCE_TYPES[instance_type]["VCpuInfo"]["DefaultVCpus"]


def boot_s(instance_type, mode, cpu_s):
    """How long a boot lasts that takes so much processor time.

    :param mode: None for types without credits
    """
    if mode != "standard":
        return cpu_s
    baseline = earned_per_hour(instance_type) / 60  # processors
    if baseline >= 1:
        return cpu_s
    # At full speed until the credits are used up that it was launched with and earns meanwhile.
    burst_s = min(cpu_s, launch_credits(instance_type, mode) * 60 / (1 - baseline))
    return burst_s + (cpu_s - burst_s) / baseline


def balance(instance_type, mode, cpu_s, age_s):
    """(credits, credits owed) of an instance of that age that has booted and done nothing since.

    As CloudWatch has them, CPUCreditBalance and CPUSurplusCreditBalance. Launch credits do not count against the day's.
    """
    earned = earned_per_hour(instance_type)
    launched = launch_credits(instance_type, mode)
    used = min(cpu_s, age_s * cpu_s / (boot_s(instance_type, mode, cpu_s) or 1)) / 60
    left = launched + earned * age_s / 3600 - used
    return max(0, min(left, earned * DAY_H + max(0, launched - used))), max(0, -left)


def slow_boot_s(instance):
    """For how long an instance is without a system as its processor is slow; none where boots take no processor time."""
    mode = getattr(instance, "credit_mode", None)
    return boot_s(instance.instance_type, mode, SETTINGS.boot_cpu_s) if SETTINGS.boot_cpu_s else 0


def reading(instance, now):
    """The credits of an instance, for a test; None: its type has none."""
    mode = getattr(instance, "credit_mode", None)
    if not mode:
        return None
    since = instance.life.running_at
    left, owed = balance(instance.instance_type, mode, SETTINGS.boot_cpu_s, now - since if since else 0)
    return {"mode": mode, "balance": left, "surplus": owed}


@patch(EC2Response, "describe_instance_credit_specifications")
def _modes(original, self):
    ids = self._get_param("InstanceIds", [])
    found = self.ec2_backend.describe_instance_credit_specifications(ids)
    modes = [{"InstanceId": i.id, "CpuCredits": i.credit_mode} for i in found if getattr(i, "credit_mode", None)]
    return ActionResult({"InstanceCreditSpecifications": modes})
