"""Workers that are wanted without a task: those that `xcore scale` asks for, and those that clients
wait for."""

import logging
import time
import weakref

logger = logging.getLogger("distributed.xcore")


class WorkerRequests:
    """At most one a pool. Each ends by itself, so that no forgotten one keeps an instance for ever.

    The plan keeps to them; they keep no worker here, where idle ones end without a daemon.
    """

    def __init__(self):
        self._by_pool = {}  # pool -> (workers, when it ends)
        self.asked = 0  # times

    def ask(self, pool, workers, for_s):
        """Asks in place of what was asked for the pool before, and returns that, 0 for nothing."""
        replaced = {request["pool"]: request["workers"] for request in self.describe()}.get(pool, 0)
        self._by_pool.pop(pool, None)
        self.asked += 1
        if workers:
            self._by_pool[pool] = (workers, time.monotonic() + for_s)
        logger.info("%d workers of pool %s are asked for, for %g s", workers, pool, for_s)
        return replaced

    def describe(self):
        """A list of WorkerRequest."""
        now = time.monotonic()
        self._by_pool = {pool: (workers, ends) for pool, (workers, ends) in self._by_pool.items() if ends > now}
        return [
            {"pool": pool, "workers": workers, "left_s": round(ends - now, 3)}
            for pool, (workers, ends) in self._by_pool.items()
        ]


class WaitingClients:
    """Clients in Dask's `wait_for_workers`, which tells the scheduler nothing: it asks for its
    identity ten times a second, until that names enough workers.

    Every client asks every two seconds anyway, newer ones for some of the workers only. A client
    asks over the same connection again as long as that is free.
    """

    GAP_S = 1.5  # between two questions of one that waits, however slow the way to the scheduler is
    ASKED_FOR_S = 1.0  # then it waits, and is not just curious
    ASKED_TIMES = 4
    GONE_AFTER_S = 3.0  # without a question

    def __init__(self, scheduler):
        self.scheduler = scheduler
        self._asking = weakref.WeakKeyDictionary()  # comm -> [first question, last, how many]
        plain = scheduler.handlers["identity"]

        # Not functools.wraps: Dask passes its connection to a handler whose first argument is `comm`.
        def identity(comm=None, **kwargs):
            if comm is not None and kwargs.get("n_workers", -1) == -1:
                self._note(comm)
            return plain(**kwargs)

        scheduler.handlers["identity"] = identity

    def _note(self, comm):
        now = time.monotonic()
        asked = self._asking.get(comm)
        if asked is None or now - asked[1] > self.GAP_S:
            self._asking[comm] = [now, now, 1]
        else:
            asked[1:] = now, asked[2] + 1

    def waiting_s(self):
        """For how long each waits, the longest first."""
        now = time.monotonic()
        waiting = [
            round(now - first, 3)
            for comm, (first, last, times) in list(self._asking.items())
            if last - first >= self.ASKED_FOR_S and times >= self.ASKED_TIMES
            if now - last <= self.GONE_AFTER_S and not comm.closed()
        ]
        # One client may have more than one connection.
        return sorted(waiting, reverse=True)[: len(self.scheduler.client_comms)]
