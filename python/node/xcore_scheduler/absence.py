"""What becomes of the cluster when no daemon looks after it: nothing for a while, then idle workers end."""

import asyncio
import logging

BEAT_S = 0.5
IDLE_FOR_S = 60  # without a task for less, a worker is not idle: a script may be thinking between two
LAST_CALL_S = 5  # for the daemon to come back in, before a drained worker leaves

logger = logging.getLogger("distributed.xcore")


class Absence:
    """Counts how long nobody has held the lease, and ends idle workers when it was too long.

    Such a worker is drained first. It leaves as one that is retired, so that its results move to one that is busy; what
    nobody is left to take is cancelled, since a client alone does not keep a machine. A daemon that comes back finds
    the others as they were.
    """

    def __init__(self, scheduler, lease, drains, retirement, cancellation, grace_s):
        self.scheduler = scheduler
        self.lease = lease
        self.drains = drains
        self.retirement = retirement
        self.cancellation = cancellation
        self.grace_s = grace_s
        self.lasted_s = 0.0
        self._idle_s = {}  # WorkerState -> for how long it has had no task
        self._last_call_s = {}  # WorkerState -> since it was called for the last time
        self._drained = set()  # those of them that took tasks until then
        self._farewell = None  # the task that retires some of them

    def beat(self, passed_s):
        if self.lease.is_held():
            self.end()
            return
        was_over = self.lasted_s >= self.grace_s
        self.lasted_s += passed_s
        self._note_idle(passed_s)
        if self.lasted_s < self.grace_s:
            return
        if not was_over:
            logger.warning("No daemon for %g s: idle workers end", self.grace_s)
        self._call_last()
        due = [ws for ws, called_s in self._last_call_s.items() if called_s >= min(LAST_CALL_S, self.grace_s)]
        if due and (self._farewell is None or self._farewell.done()):
            self._farewell = asyncio.ensure_future(self._retire(due))

    def end(self):
        """The daemon is there: who was about to leave stays, and it decides."""
        self.lasted_s = 0.0
        self._idle_s.clear()
        for ws in list(self._last_call_s):
            self._bring_back(ws)

    def workers_end_in_s(self):
        """Seconds until idle workers end; None while the lease is held."""
        return None if self.lease.is_held() else round(max(0.0, self.grace_s - self.lasted_s), 3)

    def _note_idle(self, passed_s):
        here = set(self.scheduler.workers.values())
        self._drained &= here
        for counted in (self._idle_s, self._last_call_s):
            for ws in [ws for ws in counted if ws not in here]:
                del counted[ws]
            for ws in counted:
                counted[ws] += passed_s
        for ws in here:
            if self.retirement.is_busy(ws):
                self._idle_s[ws] = 0.0
            else:
                self._idle_s.setdefault(ws, 0.0)

    def _call_last(self):
        """Drains who is idle; who had a task on its way all the same is busy once more."""
        idle = [ws for ws, idle_s in self._idle_s.items() if idle_s >= min(IDLE_FOR_S, self.grace_s)]
        for ws in [ws for ws in self._last_call_s if ws not in idle]:
            self._bring_back(ws)
        for ws in idle:
            if ws not in self._last_call_s and not self.retirement.is_leaving(ws):
                self._last_call_s[ws] = 0.0
                if self.drains.begin(ws):
                    self._drained.add(ws)

    def _bring_back(self, ws):
        del self._last_call_s[ws]
        if ws in self._drained and not self.retirement.is_leaving(ws):
            self.drains.end(ws)
        self._drained.discard(ws)

    async def _retire(self, due):
        try:
            await self._let_go(due)
        finally:
            for ws in due:  # who is still there is looked at anew
                if ws in self._last_call_s:
                    self._bring_back(ws)

    async def _let_go(self, due):
        names = [str(ws.name) for ws in due]
        logger.info("No daemon: %s had no task and leave", ", ".join(names))
        kept = (await self.retirement.retire(names, False))["kept"]
        kept = [ws for ws in due if str(ws.name) in kept and not self.retirement.is_busy(ws)]
        if not kept or self.lease.is_held():
            return
        names = [str(ws.name) for ws in kept]
        reason = "no xcore daemon for %d s, and no worker stays for results alone" % self.lasted_s
        self.cancellation.cancel(self.cancellation.held_only_by(names), reason)
        await self.retirement.retire(names, False)
