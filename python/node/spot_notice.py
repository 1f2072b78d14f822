"""The spot notice: the cloud's announcement that it will reclaim an instance that is paid as spot.

AWS gives it two minutes before, and asks to poll every five seconds (EC2 User Guide, Spot Instance
interruption notices); Google some thirty seconds before (Compute Engine, Preemptible VM instances).
Standard library only; Python 3.8 or later.
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
GOOGLE_GIVES_S = 30
POLL_EVERY_S = 5
ANSWER_WITHIN_S = 2
METRIC = "xcore_taken_in_s"

logger = logging.getLogger("distributed.xcore")


class SpotNotice:
    """Polls for the notice of one cloud, `aws` or `gcp`, in a thread of its own."""

    def __init__(self, cloud):
        self._seconds_left = {"aws": notice_on_aws, "gcp": notice_on_google}[cloud]
        self._ends_at = None

    def tell(self, worker):
        """Has the worker send it to its scheduler with every heartbeat."""
        worker.metrics[METRIC] = lambda worker: self.taken_in_s()
        threading.Thread(target=self._watch, name="xcore-spot-notice", daemon=True).start()

    def taken_in_s(self):
        """Seconds until the instance is reclaimed, at least 0; None without a notice."""
        return None if self._ends_at is None else round(max(0.0, self._ends_at - time.monotonic()), 1)

    def _watch(self):
        while self._ends_at is None:
            try:
                left_s = self._seconds_left()
            except (OSError, ValueError, KeyError):  # the next poll asks again
                left_s = None
            if left_s is not None:
                self._ends_at = time.monotonic() + left_s
                logger.warning("The cloud reclaims this instance in %d s", left_s)
            time.sleep(POLL_EVERY_S)


def notice_on_aws():
    """Seconds that are left, or None."""
    token = _ask(AWS + "api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "60"}, "PUT")
    notice = _ask(AWS + "meta-data/spot/instance-action", {"X-aws-ec2-metadata-token": token})
    if notice is None:
        return None
    at = calendar.timegm(time.strptime(json.loads(notice)["time"], "%Y-%m-%dT%H:%M:%SZ"))
    return at - time.time()


def notice_on_google():
    """Seconds that are left, or None."""
    return GOOGLE_GIVES_S if _ask(GOOGLE, {"Metadata-Flavor": "Google"}) == "TRUE" else None


def _ask(url, headers, method="GET"):
    """The answer's text; None for 404. No proxy is used."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        request = urllib.request.Request(url, headers=headers, method=method)
        with opener.open(request, timeout=ANSWER_WITHIN_S) as answer:
            return answer.read().decode("ascii").strip()
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise
