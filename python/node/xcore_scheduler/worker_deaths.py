"""What a task's workers' deaths cost it: a few end it, but for those that a cloud announced.

How many is Dask's `distributed.scheduler.allowed-failures`, 3 unless the user says otherwise.
"""

import functools
import inspect
import pickle

from distributed.scheduler import KilledWorker

from .retirement import taken_in_s


class WorkerDeaths:
    """Has the scheduler forgive tasks the end of a worker that was announced, and tell the client of
    one that it gives up where to look."""

    def __init__(self, scheduler, retirement):
        self.scheduler = scheduler
        self.retirement = retirement
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
            return await plain(address, **kwargs)

        self.scheduler.remove_worker = remove_worker
        for name, handler in self.scheduler.handlers.items():
            if handler == plain:
                self.scheduler.handlers[name] = remove_worker

    def _is_announced(self, ws):
        """By its cloud, or by xcore itself."""
        return taken_in_s(ws) is not None or self.retirement.is_retiring(ws)

    def _explain(self):
        plain = self.scheduler.transition

        @functools.wraps(plain)
        def transition(key, finish, *args, **kwargs):
            if finish == "erred" and isinstance(kwargs.get("exception"), bytes):
                kwargs["exception"] = explained(kwargs["exception"])
            return plain(key, finish, *args, **kwargs)

        self.scheduler.transition = transition


def explained(pickled):
    """A KilledWorker that names the worker and what shows its log; Dask's knows an address alone.
    Any other error stays as it is. Both are pickled."""
    # By its name: what a task has raised is not for the scheduler to load.
    if b"KilledWorker" not in pickled:
        return pickled
    error = pickle.loads(pickled)
    if isinstance(error, KilledWorker):
        last = error.last_worker
        last.address = "{} ({}; `xcore logs {}` shows how it ended)".format(last.address, last.name, last.name)
    return pickle.dumps(error)
