"""ModifyInstanceAttribute of the shutdown behaviour, which moto takes for one of the groups and leaves the instance none.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
"""

from moto.ec2.responses import EC2Response

from .patching import patch


@patch(EC2Response, "_dot_value_instance_attribute_handler")
def _shutdown_behavior_too(original, self):
    value = self._get_param("InstanceInitiatedShutdownBehavior.Value")
    if value is None:
        return original()
    self.ec2_backend.modify_instance_attribute(
        self._get_param("InstanceId"), "instance_initiated_shutdown_behavior", value
    )
    return True
