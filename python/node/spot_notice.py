"""The spot notice: the cloud's announcement that it will reclaim an instance that is paid as spot.

How it is told is each cloud's own, in `reclaimed_in_s.py` of its folder. Standard library only;
Python 3.8 or later.
"""

from __future__ import annotations

import logging
import threading
import time
import urllib.error
import urllib.request

POLL_EVERY_S = 5
ANSWER_WITHIN_S = 2
METRIC = "xcore_taken_in_s"

logger = logging.getLogger("distributed.xcore")


class SpotNotice:
    """Polls for it in a thread of its own, by the cloud's `reclaimed_in_s`."""

    def __init__(self, reclaimed_in_s):
        self._reclaimed_in_s = reclaimed_in_s
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
                left_s = self._reclaimed_in_s(ask)
            except (OSError, ValueError, KeyError):  # the next poll asks again
                left_s = None
            if left_s is not None:
                self._ends_at = time.monotonic() + left_s
                logger.warning("The cloud reclaims this instance in %d s", left_s)
            time.sleep(POLL_EVERY_S)


def ask(url, headers, method="GET"):
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
