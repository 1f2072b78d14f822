"""How moto is changed: methods replaced in place, and errors that carry their HTTP status."""

import warnings

from moto.core.responses import BaseResponse
from moto.ec2.exceptions import EC2ClientError

# moto: that the code is not in AWS's own model of the service, as hardly any of EC2's is.
warnings.filterwarnings("ignore", message=r"Exception\(Refusal\)")


class Refusal(EC2ClientError):
    """An error as AWS answers it.

    Codes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """

    def __init__(self, code, message, status=400):
        super().__init__(code, message)
        self.status = status


def patch(cls, name):
    """Replaces a method: the decorated function gets the original, bound, then what the method got.

    The name stays, for moto finds its actions by the names of methods.
    """

    def replace(function):
        original = getattr(cls, name)

        def replaced(self, *args, **kwargs):
            return function(original.__get__(self), self, *args, **kwargs)

        replaced.__name__ = name
        setattr(cls, name, replaced)
        return function

    return replace


@patch(BaseResponse, "serialized")
def _with_status(original, self, action_result):
    """moto answers 400 to every error; AWS's SDKs decide by the status whether to try again."""
    status, headers, body = original(action_result)
    return getattr(action_result.result, "status", status), headers, body
