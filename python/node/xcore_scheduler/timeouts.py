"""What ends when the lease has expired: idle workers, and then the scheduler."""

import asyncio
import logging
import os
import signal
import threading

IDLE_FOR_S = 60  # without a task for less, a worker is not idle: a script may be thinking between two
DRAINED_FOR_S = 5  # for a daemon to come back in, before a drained worker is retired
END_WITHIN_S = 30

logger = logging.getLogger("distributed.xcore")


class WorkerTimeout:
    """Ends idle workers when the lease has not been held for `daemon_grace_s`.

    Such a worker is drained first, and retired some seconds later, so that its results move to one
    that is busy. Results that no worker can take are cancelled: a client alone does not keep a
    worker. A daemon that comes back finds the other workers as they were.
    """

    def __init__(self, scheduler, settings, lease, drains, retirement, cancellation):
        self.scheduler = scheduler
        self.settings = settings
        self.lease = lease
        self.drains = drains
        self.retirement = retirement
        self.cancellation = cancellation
        self.without_lease_s = 0.0
        self._idle_s = {}  # WorkerState -> for how long it has had no task
        self._drained_s = {}  # WorkerState -> for how long it has been drained for this
        self._took_tasks = set()  # those of them that took tasks until then
        self._retiring = None  # the asyncio task that retires some of them

    def beat(self, passed_s):
        if self.lease.is_held():
            self.reset()
            return
        grace_s = self.settings.daemon_grace_s
        was_over = self.without_lease_s >= grace_s
        self.without_lease_s += passed_s
        self._count_idle(passed_s)
        if self.without_lease_s < grace_s:
            return
        if not was_over:
            logger.warning("No daemon for %g s: idle workers end", grace_s)
        self._drain_idle()
        due = [ws for ws, drained_s in self._drained_s.items() if drained_s >= min(DRAINED_FOR_S, grace_s)]
        if due and (self._retiring is None or self._retiring.done()):
            self._retiring = asyncio.ensure_future(self._retire(due))

    def reset(self):
        """A daemon holds the lease: workers that were to end stay, and it decides."""
        self.without_lease_s = 0.0
        self._idle_s.clear()
        for ws in list(self._drained_s):
            self._bring_back(ws)

    def workers_end_in_s(self):
        """Seconds until idle workers end; None while the lease is held."""
        left_s = self.settings.daemon_grace_s - self.without_lease_s
        return None if self.lease.is_held() else round(max(0.0, left_s), 3)

    def _count_idle(self, passed_s):
        here = set(self.scheduler.workers.values())
        self._took_tasks &= here
        for counted in (self._idle_s, self._drained_s):
            for ws in [ws for ws in counted if ws not in here]:
                del counted[ws]
            for ws in counted:
                counted[ws] += passed_s
        for ws in here:
            if self.retirement.is_busy(ws):
                self._idle_s[ws] = 0.0
            else:
                self._idle_s.setdefault(ws, 0.0)

    def _drain_idle(self):
        """One that had a task on its way is busy once more, and takes tasks again."""
        idle = [ws for ws, idle_s in self._idle_s.items() if idle_s >= min(IDLE_FOR_S, self.settings.daemon_grace_s)]
        for ws in [ws for ws in self._drained_s if ws not in idle]:
            self._bring_back(ws)
        for ws in idle:
            if ws not in self._drained_s and not self.retirement.is_retiring(ws):
                self._drained_s[ws] = 0.0
                if self.drains.begin(ws):
                    self._took_tasks.add(ws)

    def _bring_back(self, ws):
        del self._drained_s[ws]
        if ws in self._took_tasks and not self.retirement.is_retiring(ws):
            self.drains.end(ws)
        self._took_tasks.discard(ws)

    async def _retire(self, due):
        try:
            await self._end(due)
        finally:
            for ws in due:  # those that are still there begin anew
                if ws in self._drained_s:
                    self._bring_back(ws)

    async def _end(self, due):
        names = [str(ws.name) for ws in due]
        logger.info("No daemon: %s had no task and end", ", ".join(names))
        kept = (await self.retirement.retire(names, False))["kept"]
        kept = [ws for ws in due if str(ws.name) in kept and not self.retirement.is_busy(ws)]
        if not kept or self.lease.is_held():
            return
        names = [str(ws.name) for ws in kept]
        reason = "no xcore daemon for %d s, and no worker stays for results alone" % self.without_lease_s
        self.cancellation.cancel(self.cancellation.held_only_by(names), reason)
        # What they take part in, or what only they may run, waits for nothing where nothing runs.
        is_over = not any(ws.processing for ws in self.scheduler.workers.values())
        await self.retirement.retire(names, is_over)


class SchedulerTimeout:
    """Ends this process when there was neither lease nor client nor running task for
    `orphan_timeout_s`.

    On an instance the power switch acts on the file `over` in the node's state; on `local` the
    process ends, no more.
    """

    def __init__(self, scheduler, settings, lease, state):
        self.scheduler = scheduler
        self.settings = settings
        self.lease = lease
        self.state = state
        self.alone_s = 0.0
        self._ended = False

    def beat(self, passed_s):
        self.state.alive()
        self.alone_s = 0.0 if self._is_needed() else self.alone_s + passed_s
        if self.alone_s >= self.settings.orphan_timeout_s and not self._ended:
            self._ended = True
            self._end()

    def ends_in_s(self):
        """Seconds until the end; None while the scheduler is needed."""
        return None if self._is_needed() else round(max(0.0, self.settings.orphan_timeout_s - self.alone_s), 3)

    def _is_needed(self):
        scheduler = self.scheduler
        return (
            self.lease.is_held()
            or any(client in scheduler.client_comms for client in scheduler.clients)
            or any(ws.processing for ws in scheduler.workers.values())
        )

    def _end(self):
        why = "neither daemon nor client for %g s" % self.settings.orphan_timeout_s
        logger.warning("The scheduler ends: %s", why)
        self.state.over("orphaned: " + why)
        os.kill(os.getpid(), signal.SIGTERM)
        last_resort = threading.Timer(END_WITHIN_S, os._exit, (1,))
        last_resort.daemon = True
        last_resort.start()
