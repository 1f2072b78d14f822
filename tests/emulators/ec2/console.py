"""GetConsoleOutput: what the machine wrote to its console, the last 64 kB.

What was written up to now is shown for Nitro types alone, and to who asks for it; else what was posted shortly after the
instance was started or ended. The code of the refusal is from memory.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html
"""

from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString
from moto.core.utils import utcnow
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.responses import EC2Response

from .patching import Refusal, patch

LONGEST = 64 * 1024


def install(machines):
    @patch(EC2Response, "get_console_output")
    def _console(original, self):
        instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        latest = self._get_bool_param("Latest", False)
        if latest and INSTANCE_TYPES[instance.instance_type].get("Hypervisor") != "nitro":
            raise Refusal("UnsupportedOperation", "This instance does not support retrieving the latest console logs.")
        output = machines.console(instance) if latest else machines.posted_console(instance)
        result = {"InstanceId": instance.id, "Timestamp": utcnow()}
        if output:  # AWS leaves it out where there is none yet
            result["Output"] = Base64EncodedString.from_raw_string(output[-LONGEST:].decode(errors="replace"))
        return ActionResult(result)
