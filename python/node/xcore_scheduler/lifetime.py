"""What ends for its age: workers at max_worker_lifetime_h, as a task that hangs must not cost for
ever, and the whole cluster at max_cluster_lifetime_h."""

import os
from contextlib import suppress

from .kept_workers import held_alone
from .retirement import is_too_old


class LifetimeRetirement:
    """Gives workers of that age no more tasks, and retires each once it executes nothing.

    No daemon is needed for it. One whose results no other worker can take over stays, as one that
    replaces it may yet join. `power_off.py` on its machine ends what still runs an hour later.
    """

    def __init__(self, scheduler, retirement):
        self.scheduler = scheduler
        self.retirement = retirement

    def beat(self, passed_s):
        self.retirement.end(is_too_old, self._is_due)

    def _is_due(self, ws):
        return not self.retirement.drains.executing(ws) and (self.scheduler.running or not held_alone(ws))


def machine_left_s():
    """Seconds until `power_off.py` powers this machine off for its age; None where it does not, as
    on `local`."""
    with suppress(ImportError, KeyError, ValueError):
        import power_off

        return round(max(0.0, float(os.environ["XCORE_POWER_OFF_LIFETIME_S"]) - power_off.machine_age_s()), 1)
