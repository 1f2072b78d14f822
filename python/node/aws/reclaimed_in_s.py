"""EC2 tells two minutes before it reclaims an instance, and asks to poll every five seconds (User
Guide, Spot Instance interruption notices)."""

from __future__ import annotations

import calendar
import json
import time

METADATA = "http://169.254.169.254/latest/"


def reclaimed_in_s(ask):
    """Seconds that are left, or None."""
    token = ask(METADATA + "api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "60"}, "PUT")
    notice = ask(METADATA + "meta-data/spot/instance-action", {"X-aws-ec2-metadata-token": token})
    if notice is None:
        return None
    at = calendar.timegm(time.strptime(json.loads(notice)["time"], "%Y-%m-%dT%H:%M:%SZ"))
    return at - time.time()
