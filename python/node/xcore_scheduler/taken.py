"""Workers whose machine is about to be taken away by its cloud, as they say with their heartbeats (`spot_notice.py`)."""

import asyncio

HAND_OVER_S = 20  # what results may take to move to another worker


def taken_in_s(ws):
    """Seconds until then, by the last heartbeat; None for one that stays."""
    return ws.metrics.get("xcore_taken_in_s")


class Taken:
    """Gives such workers no more tasks, and retires them before they are gone.

    At once when they execute nothing, in the last moment otherwise: then their tasks begin anew elsewhere. Where nobody
    else is there to take results over they stay, for one that replaces them may yet come.
    """

    def __init__(self, scheduler, drains, retirement):
        self.scheduler = scheduler
        self.drains = drains
        self.retirement = retirement

    def beat(self, passed_s):
        going = [ws for ws in self.scheduler.workers.values() if taken_in_s(ws) is not None]
        for ws in going:
            self.drains.begin(ws)
        if not self.scheduler.running:
            return
        due = [
            str(ws.name)
            for ws in going
            if not self.retirement.is_leaving(ws) and (taken_in_s(ws) < HAND_OVER_S or not self.drains.executing(ws))
        ]
        if due:
            asyncio.ensure_future(self.retirement.retire(due, True))
