"""Callers that wait until there is something to decide about workers."""

import asyncio

HELD_S = 30  # less than what ways between two machines cut a silent connection after
MOST_HELD = 16
LOOK_AFTER_S = 0.005  # a script's tasks come in many messages


class Demand:
    """Counts how often more was wanted than before, there were fewer workers for it, or other clients.

    What it compares are counts that are there anyway. While somebody waits, it compares them soon after
    a task has become runnable, and at each beat; else when the status is asked for.
    """

    def __init__(self, scheduler, counts, scatters, requests, waiting_clients):
        self.scheduler = scheduler
        self.counts = counts
        self.scatters = scatters
        self.requests = requests
        self.waiting_clients = waiting_clients
        self._changes = 0
        self._seen = self._now()
        self._held = {}  # caller -> future that ends its wait
        self._is_due = False
        counts.on_more = self.compare_soon

    def _now(self):
        """Numbers that each mean a change where they have grown."""
        scheduler = self.scheduler
        clients = len(scheduler.client_comms)
        return (
            self.counts.runnable,
            len(scheduler.unrunnable),  # such as other resources are wanted for, whatever ends meanwhile
            -len(scheduler.running),
            self.scatters.pending(),
            self.requests.asked,
            len(self.waiting_clients.waiting_s()),
            clients,
            -clients,
        )

    def changes(self):
        """How often it has changed since the scheduler started."""
        before, self._seen = self._seen, self._now()
        if any(now > then for now, then in zip(self._seen, before)):
            self._changes += 1
            for caller in list(self._held):
                self.let_go(caller)
        return self._changes

    async def changed_from(self, changes, caller):
        """Returns once `changes()` is another number; after HELD_S, or at once where too many wait, in any case."""
        if self.changes() != changes or len(self._held) >= MOST_HELD:
            return
        self._held[caller] = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(self._held[caller], HELD_S)
        except asyncio.TimeoutError:
            pass
        finally:
            del self._held[caller]

    def let_go(self, caller):
        """Ends its wait, if it waits."""
        waits = self._held.get(caller)
        if waits is not None and not waits.done():
            waits.set_result(None)

    def compare_soon(self):
        if self._held and not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_later(LOOK_AFTER_S, self._compare)

    def _compare(self):
        self._is_due = False
        self.changes()

    def beat(self, passed_s):
        if self._held:
            self.changes()
