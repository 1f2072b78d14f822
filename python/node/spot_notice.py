"""What a machine's cloud says of taking it away, which it may do with machines that are paid as spot.

AWS says it two minutes before, and asks to look every five seconds (EC2 User Guide, Spot Instance interruption notices);
Google some thirty seconds before (Compute Engine, Preemptible VM instances). Standard library only; Python 3.8 or later.
"""

from __future__ import annotations

import calendar
import json
import logging
import threading
import time
import urllib.error
import urllib.request

AWS = "http://169.254.169.254/latest/"
GOOGLE = "http://metadata.google.internal/computeMetadata/v1/instance/preempted"
GOOGLES_NOTICE_S = 30
LOOK_EVERY_S = 5
ANSWER_WITHIN_S = 2
METRIC = "xcore_taken_in_s"

logger = logging.getLogger("distributed.xcore")


class SpotNotice:
    """Looks for the notice of one cloud, `aws` or `gcp`, in a thread of its own."""

    def __init__(self, cloud):
        self._look = {"aws": look_at_aws, "gcp": look_at_google}[cloud]
        self._ends_at = None

    def tell(self, worker):
        """The worker tells it to its scheduler with every heartbeat."""
        worker.metrics[METRIC] = lambda worker: self.taken_in_s()
        threading.Thread(target=self._watch, name="xcore-spot-notice", daemon=True).start()

    def taken_in_s(self):
        """Seconds until the machine is taken away, at the least 0; None while nothing is said."""
        return None if self._ends_at is None else round(max(0.0, self._ends_at - time.monotonic()), 1)

    def _watch(self):
        while self._ends_at is None:
            try:
                left_s = self._look()
            except (OSError, ValueError, KeyError):  # it is asked again, and only a notice is of interest
                left_s = None
            if left_s is not None:
                self._ends_at = time.monotonic() + left_s
                logger.warning("This machine is taken away by its cloud in %d s", left_s)
            time.sleep(LOOK_EVERY_S)


def look_at_aws():
    """Seconds that are left, or None."""
    token = _ask(AWS + "api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "60"}, "PUT")
    notice = _ask(AWS + "meta-data/spot/instance-action", {"X-aws-ec2-metadata-token": token})
    if notice is None:
        return None
    at = calendar.timegm(time.strptime(json.loads(notice)["time"], "%Y-%m-%dT%H:%M:%SZ"))
    return at - time.time()


def look_at_google():
    """Seconds that are left, or None."""
    return GOOGLES_NOTICE_S if _ask(GOOGLE, {"Metadata-Flavor": "Google"}) == "TRUE" else None


def _ask(url, headers, method="GET"):
    """The answer, None where there is nothing. No proxy has any part in it."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        request = urllib.request.Request(url, headers=headers, method=method)
        with opener.open(request, timeout=ANSWER_WITHIN_S) as answer:
            return answer.read().decode("ascii").strip()
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise
