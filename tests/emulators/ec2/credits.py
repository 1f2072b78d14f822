"""CPU credits of burstable types: the mode that a launch asks for, else `standard` for T2 and `unlimited` for all others.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-performance-instances-unlimited-mode-concepts.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreditSpecificationRequest.html
The code of the refusal for other types is from memory. How fast an instance runs does not go by its credits here.
"""

from moto.core.responses import ActionResult
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.responses import EC2Response

from .patching import Refusal, patch


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
    return asked or ("standard" if instance_type.startswith("t2.") else "unlimited")


@patch(EC2Response, "describe_instance_credit_specifications")
def _modes(original, self):
    ids = self._get_param("InstanceIds", [])
    found = self.ec2_backend.describe_instance_credit_specifications(ids)
    modes = [{"InstanceId": i.id, "CpuCredits": i.credit_mode} for i in found if getattr(i, "credit_mode", None)]
    return ActionResult({"InstanceCreditSpecifications": modes})
