"""Spot: a request's id, prices that a test sets, and the notice before the end.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotPriceHistory.html
"""

import secrets
import time

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models.instances import Instance
from moto.ec2.responses import EC2Response

from .life import find
from .patching import Refusal, patch
from .settings import SETTINGS

UNKNOWN_PRICE_USD = 0.01
"""Where a test set none."""


def interrupt(instance_id, in_s):
    """Gives the notice now, and takes the instance away in so many seconds; AWS gives 120."""
    instance = find(instance_id)
    if instance.lifecycle != "spot":
        raise Refusal("InvalidParameterValue", f"{instance_id} is no spot instance.")
    instance.life.interrupt_at = time.time() + in_s


@patch(Instance, "__init__")
def _with_request_id(original, self, *args, **kwargs):
    original(*args, **kwargs)
    self.spot_instance_request_id = f"sir-{secrets.token_hex(4)}" if kwargs.get("instance_market_options") else None


@patch(EC2Response, "describe_spot_price_history")
def _prices(original, self):
    product = (self._get_param("ProductDescriptions") or ["Linux/UNIX"])[0]
    offers = self.ec2_backend.describe_spot_price_history(
        self._get_param("InstanceTypes", []), self._filters_from_querystring()
    )
    start, size = int(self._get_param("NextToken") or 0), int(self._get_param("MaxResults") or 1000)
    page = offers[start : start + size]
    return ActionResult({
        "SpotPriceHistory": [
            {
                "InstanceType": offer["InstanceType"],
                "ProductDescription": product,
                "SpotPrice": f"{_price(offer['InstanceType'], offer['Location']):.6f}",
                "AvailabilityZone": offer["Location"],
                "Timestamp": utcnow(),
            }
            for offer in page
        ],
        "NextToken": str(start + size) if len(offers) > start + size else "",
    })


def _price(instance_type, zone):
    prices = SETTINGS.spot_prices
    return prices.get(f"{instance_type}/{zone}", prices.get(instance_type, UNKNOWN_PRICE_USD))
