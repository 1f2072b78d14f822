"""What ends for its age: workers at max_worker_lifetime_h, as a task that hangs must not cost for
ever, and the whole cluster at max_cluster_lifetime_h."""

import asyncio
import os
from contextlib import suppress

from .kept_workers import held_alone
from .retirement import lifetime_left_s


class LifetimeRetirement:
    """Gives workers of that age no more tasks, and retires each once it executes nothing.

    No daemon is needed for it. One whose results no other worker can take over stays, as one that
    replaces it may yet join. `power_off.py` on its machine ends what still runs an hour later.
    """

    def __init__(self, scheduler, drains, retirement):
        self.scheduler = scheduler
        self.drains = drains
        self.retirement = retirement

    def beat(self, passed_s):
        over = [ws for ws in self.scheduler.workers.values() if is_over(ws)]
        for ws in over:
            self.drains.begin(ws)
        due = [
            str(ws.name)
            for ws in over
            if not self.retirement.is_retiring(ws)
            and not self.drains.executing(ws)
            and (self.scheduler.running or not held_alone(ws))
        ]
        if due:
            asyncio.ensure_future(self.retirement.retire(due, True))


def machine_left_s():
    """Seconds until `power_off.py` powers this machine off for its age; None where it does not, as
    on `local`."""
    with suppress(ImportError, KeyError, ValueError):
        import power_off

        return round(max(0.0, float(os.environ["XCORE_POWER_OFF_LIFETIME_S"]) - power_off.machine_age_s()), 1)


def is_over(ws):
    left_s = lifetime_left_s(ws)
    return left_s is not None and left_s <= 0
