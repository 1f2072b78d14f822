"""The lease of one daemon on this cluster."""

import time
from datetime import datetime, timezone


class Lease:
    """It expires on a monotonic clock: setting the clock changes nothing."""

    def __init__(self):
        self._holder = None
        self._ends = 0.0

    def claim(self, daemon_id, ttl_s):
        """Whether the daemon has what it asked for: the lease for ttl_s from now, or with 0 its
        release."""
        if self.is_held() and self._holder != daemon_id:
            return False
        self._holder = daemon_id
        self._ends = time.monotonic() + ttl_s
        return True

    def is_held(self):
        return self._left_s() > 0

    def _left_s(self):
        return self._ends - time.monotonic()

    def describe(self):
        left_s = self._left_s()
        if left_s <= 0:
            return {"holder": None, "expires_at": None, "expires_in_s": None}
        return {"holder": self._holder, "expires_at": iso(time.time() + left_s), "expires_in_s": round(left_s, 3)}


def iso(epoch_s):
    """ISO 8601, UTC, to the millisecond."""
    return datetime.fromtimestamp(epoch_s, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
