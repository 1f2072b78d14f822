"""GetConsoleOutput: what the machine wrote to its console, the last 64 kB.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html
"""

from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString
from moto.core.utils import utcnow
from moto.ec2.responses import EC2Response

from .patching import patch

LONGEST = 64 * 1024


def install(machines):
    @patch(EC2Response, "get_console_output")
    def _console(original, self):
        instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        text = machines.console(instance)[-LONGEST:].decode(errors="replace")
        result = {"InstanceId": instance.id, "Timestamp": utcnow()}
        if text:  # AWS leaves it out where there is none yet
            result["Output"] = Base64EncodedString.from_raw_string(text)
        return ActionResult(result)
