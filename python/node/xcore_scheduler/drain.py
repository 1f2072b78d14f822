"""Workers that get no new tasks."""

import functools
import time
from contextlib import suppress

from distributed.comm import CommClosedError
from distributed.core import Status


class Drains:
    """Stops and resumes giving tasks to workers, and knows what a drained one still executes."""

    def __init__(self, scheduler):
        self.scheduler = scheduler
        self._beats_since = {}  # WorkerState -> heartbeats since it was drained
        self._heard_since = {}  # WorkerState -> tasks that these have said it executes
        self._count_heartbeats()

    def _count_heartbeats(self):
        plain = self.scheduler.handlers["heartbeat_worker"]

        @functools.wraps(plain)
        def heartbeat_worker(*args, **kwargs):
            answer = plain(*args, **kwargs)
            ws = self.scheduler.workers.get(kwargs.get("address"))
            if ws in self._beats_since:
                self._beats_since[ws] += 1
                self._heard_since[ws].update(ws.executing)
            return answer

        self.scheduler.handlers["heartbeat_worker"] = heartbeat_worker

    def begin(self, ws):
        """Whether it took tasks until now."""
        if ws.status not in (Status.running, Status.paused):
            return False
        self._beats_since[ws] = 0
        self._heard_since[ws] = set()
        self._set_status(ws, Status.closing_gracefully)
        return True

    def end(self, ws):
        if ws.status == Status.closing_gracefully:
            self._set_status(ws, Status.running)

    def _set_status(self, ws, status):
        """Tell the worker before the scheduler acts on it: a worker brought back is sent tasks at once."""
        stimulus_id = "xcore-%s-%s" % (status.name, time.time())
        with suppress(KeyError, CommClosedError):
            self.scheduler.stream_comms[ws.address].send(
                {"op": "worker-status-change", "status": status.name, "stimulus_id": stimulus_id}
            )
        self.scheduler.handle_worker_status_change(status, ws, stimulus_id)

    def executing(self, ws):
        """From the last heartbeat. While a drain may not have reached the worker, all that it could have started. Since a
        heartbeat may overtake the word that a task has ended, a drained one executes what it did until that is heard."""
        for other in [other for other in self._beats_since if other.status != Status.closing_gracefully]:
            del self._beats_since[other], self._heard_since[other]
        heard = sum(1 for ts in {*ws.executing, *self._heard_since.get(ws, ())} if ts in ws.processing)
        # The second heartbeat after a drain was written when the worker had read of it: nothing starts any more.
        if self._beats_since.get(ws, 2) < 2:
            return max(heard, min(ws.nthreads, len(ws.processing)))
        return heard
