"""What a task's workers' deaths cost it: a few end it, but for those that a cloud announced.

How many is Dask's `distributed.scheduler.allowed-failures`, 3 unless the user says otherwise.
"""

import collections
import functools
import inspect
import pickle
import time

from distributed.scheduler import KilledWorker

from .lease import iso
from .retirement import is_at_its_end
from .task_record import NAME_SHOWN, one_line

KEPT = 20
"""Deaths that a status tells of; the daemon asks every few seconds."""

TASKS_TOLD = 3
"""Keys of tasks that are named with one of them."""

CONNECTION_BROKE = "handle-worker-cleanup"
"""What begins Dask's reason for removing a worker that has not said that it goes."""


class WorkerDeaths:
    """Has the scheduler forgive tasks the end of a worker that was announced, and tell the client of
    one that it gives up where to look."""

    def __init__(self, scheduler, retirement):
        self.scheduler = scheduler
        self.retirement = retirement
        self._deaths = collections.deque(maxlen=KEPT)
        self._forgive()
        self._explain()

    def _forgive(self):
        plain = self.scheduler.remove_worker
        # Its name before Dask 2024.
        expected = "expected" if "expected" in inspect.signature(plain).parameters else "safe"

        @functools.wraps(plain)
        async def remove_worker(address, **kwargs):
            ws = self.scheduler.workers.get(address)
            if ws is not None and self._is_announced(ws):
                kwargs[expected] = True
            elif ws is not None and kwargs.get("stimulus_id", "").startswith(CONNECTION_BROKE):
                self._deaths.append({"name": str(ws.name), "at": iso(time.time()), "ran": tasks_of(ws)})
            return await plain(address, **kwargs)

        self.scheduler.remove_worker = remove_worker
        for name, handler in self.scheduler.handlers.items():
            if handler == plain:
                self.scheduler.handlers[name] = remove_worker

    def _is_announced(self, ws):
        """By its cloud, by its age, or by xcore itself."""
        retirement = self.retirement
        return (
            is_at_its_end(ws) or retirement.is_retiring(ws) or retirement.is_drained(ws) or retirement.ends_all
        )  # fmt: skip

    def recent(self):
        """A list of WorkerDeath, the oldest first."""
        return list(self._deaths)

    def _explain(self):
        plain = self.scheduler.transition

        @functools.wraps(plain)
        def transition(key, finish, *args, **kwargs):
            if finish == "erred" and isinstance(kwargs.get("exception"), bytes):
                kwargs.update(explained(kwargs["exception"]))
            return plain(key, finish, *args, **kwargs)

        self.scheduler.transition = transition


def tasks_of(ws):
    """Keys of what a worker executes, by its last heartbeat, or may have begun since."""
    executing = [ts for ts in ws.executing if ts in ws.processing] or list(ws.processing)[: ws.nthreads]
    return [one_line(ts.key, NAME_SHOWN) for ts in executing[:TASKS_TOLD]]


def explained(pickled):
    """What is told of an error instead: a KilledWorker names the worker and what shows its log, where
    Dask's knows an address alone, and has a text like a task's own. Any other stays as it is."""
    # By its name: what a task has raised is not for the scheduler to load.
    if b"KilledWorker" not in pickled:
        return {}
    error = pickle.loads(pickled)
    if not isinstance(error, KilledWorker):
        return {}
    last = error.last_worker
    last.address = "{} ({}: see `xcore logs {}`, or with --previous once that name runs again)".format(
        last.address, last.name, last.name
    )
    text = "KilledWorker: its workers died, the last was {}: see `xcore logs {}`".format(last.name, last.name)
    return {"exception": pickle.dumps(error), "exception_text": text}
