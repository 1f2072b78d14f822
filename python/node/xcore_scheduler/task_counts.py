"""Tasks by state and restrictions, counted as they change."""

import functools
import logging
import time

from dask.utils import key_split
from distributed.diagnostics.plugin import SchedulerPlugin

from .mistyped import Mistyped, needs_of
from .protocol import TASK_COUNTS
from .task_record import one_line

GROUPS_TOLD = 100
RESTRICTION_SHOWN = 200  # characters

logger = logging.getLogger("distributed.xcore")


class TaskCounts(SchedulerPlugin):
    """Tasks counted by state and restrictions, kept up to date as they change: asking costs the
    same at any number.

    For each task that is not `released` it remembers where it was counted, so that a change of
    state or restrictions takes it out exactly there, however it came about.
    """

    RUNNABLE = ("queued", "no-worker", "processing")
    NO_RESTRICTIONS = ((), (), ())
    RECOUNT_EVERY_S = 60

    def __init__(self, scheduler):
        self.scheduler = scheduler
        self.recounts = 0
        self.runnable = 0  # tasks
        self.on_more = lambda: None  # called when there may be more of them
        self._no_recount_before = 0.0
        self.completed_on = {}  # worker address -> tasks it ended since it joined
        self._counted_as = {}  # key -> (state, restrictions)
        self._counts = {}  # (state, restrictions) -> tasks
        self.unfinished = {}  # function -> tasks, where there are any
        scheduler.add_plugin(self, name="xcore-counts")
        self._follow("update_data", lambda args, kwargs: kwargs["who_has"])
        self._follow("set_restrictions", lambda args, kwargs: args[0] if args else kwargs["worker"])

    def _follow(self, name, keys_of):
        """Count again what a method of the scheduler changes without a transition."""
        plain = getattr(self.scheduler, name)

        @functools.wraps(plain)
        def followed(*args, **kwargs):
            try:
                return plain(*args, **kwargs)
            finally:
                self._note(list(keys_of(args, kwargs)))

        setattr(self.scheduler, name, followed)
        for handlers in (self.scheduler.handlers, self.scheduler.stream_handlers):
            for operation in (name, name.replace("_", "-")):
                if operation in handlers:
                    handlers[operation] = followed

    # Hooks of SchedulerPlugin; their arguments grew over the years.

    def transition(self, key, start, finish, *args, **kwargs):
        self._note([key])
        if start == "processing" and finish in ("memory", "erred"):
            worker = kwargs.get("worker")
            if worker in self.scheduler.workers:
                self.completed_on[worker] = self.completed_on.get(worker, 0) + 1

    def update_graph(self, scheduler, **kwargs):
        # Older versions give tasks that are there already the restrictions of the new graph,
        # without a transition.
        for name in ("tasks", "restrictions", "resources", "loose_restrictions"):
            self._note([key for key in kwargs.get(name) or () if key in self._counted_as])

    def restart(self, scheduler):
        self._count_all()

    def add_worker(self, scheduler, worker, **kwargs):
        self.completed_on[worker] = 0

    def remove_worker(self, scheduler, worker, **kwargs):
        self.completed_on.pop(worker, None)

    def _note(self, keys):
        before = self.runnable
        for key in keys:
            task = self.scheduler.tasks.get(key)
            new = self._place_of(task)
            old = self._counted_as.get(key)
            if new == old:
                continue
            self.runnable += self._is_runnable(new) - self._is_runnable(old)
            change = self._is_unfinished(new) - self._is_unfinished(old)
            if change:
                self._count_unfinished(key_split(key) if task is None else task.prefix.name, change)
            if old is not None:
                self._counts[old] -= 1
                if not self._counts[old]:
                    del self._counts[old]
            if new is None:
                del self._counted_as[key]
            else:
                self._counted_as[key] = new
                self._counts[new] = self._counts.get(new, 0) + 1
        if self.runnable > before:
            self.on_more()

    def _is_runnable(self, place):
        return place is not None and place[0] in self.RUNNABLE

    def _is_unfinished(self, place):
        return self._is_runnable(place) or (place is not None and place[0] == "waiting")

    def _count_unfinished(self, function, change):
        count = self.unfinished.get(function, 0) + change
        if count:
            self.unfinished[function] = count
        else:
            del self.unfinished[function]

    def _place_of(self, task):
        if task is None or task.state in ("released", "forgotten"):
            return None
        state = task.state
        if state not in self.RUNNABLE + ("waiting",):
            return (state, self.NO_RESTRICTIONS)
        places = ((), ())
        if not task.loose_restrictions:  # such a task finds another place
            places = (tuple(sorted(task.host_restrictions or ())), tuple(sorted(task.worker_restrictions or ())))
        return (state, (needs_of(task),) + places)

    def _count_all(self):
        self._counted_as.clear()
        self._counts.clear()
        self.unfinished.clear()
        self.runnable = 0
        self._note(list(self.scheduler.tasks))

    def _recount(self, found):
        """There was a way to change a task that this does not know: wrong figures would start or
        stop machines."""
        self.recounts += 1
        logger.warning("The counts of tasks disagreed with Dask's (%s): counted all again", found)
        self._count_all()
        by_state = self._by_state()
        if not self._agrees_with_dask(by_state):
            # Dask disagrees with itself, as after an error within a transition: no walk cures that.
            self._no_recount_before = time.monotonic() + self.RECOUNT_EVERY_S
        return by_state

    def _agrees_with_dask(self, by_state):
        scheduler = self.scheduler
        return (
            by_state["processing"] == sum(len(ws.processing) for ws in scheduler.workers.values())
            and by_state["queued"] == len(scheduler.queued)
            and by_state["no_worker"] == len(scheduler.unrunnable)
            and by_state["released"] >= 0
        )

    def read(self):
        """{"tasks", "runnable", "mistyped", "stranded"} as /xcore/status shows them."""
        by_state = self._by_state()
        if not self._agrees_with_dask(by_state) and time.monotonic() > self._no_recount_before:
            by_state = self._recount(by_state)
        runnable, mistyped, stranded = {}, {}, {}
        for (state, (resources, hosts, workers)), count in self._counts.items():
            if state not in self.RUNNABLE:
                continue
            if isinstance(resources, Mistyped):
                mistyped[resources] = mistyped.get(resources, 0) + count
                continue
            # A task that runs has found its place.
            if state != "processing" and (hosts or workers) and not self._any_present(hosts, workers):
                name = one_line(", ".join(map(str, hosts + workers)), RESTRICTION_SHOWN)
                stranded[name] = stranded.get(name, 0) + count
            else:
                runnable[resources] = runnable.get(resources, 0) + count
        return {
            "tasks": by_state,
            "runnable": [{"resources": dict(r), "count": n} for r, n in sorted(runnable.items())],
            "mistyped": [dict(m._asdict(), count=n) for m, n in sorted(mistyped.items())[:GROUPS_TOLD]],
            "stranded": [{"restriction": r, "count": n} for r, n in sorted(stranded.items())],
        }

    def restricted_to(self):
        """{worker address: unfinished tasks that may run on no other worker that is there}, without
        those that run."""
        found = {}
        for state, (_, hosts, workers), count in self.restricted():
            here = [worker for worker in workers if worker in self.scheduler.workers]
            if state != "processing" and len(here) == 1 and not hosts:
                found[here[0]] = found.get(here[0], 0) + count
        return found

    def restricted(self):
        """(state, (resources, hosts, addresses), count) of tasks that may not run everywhere."""
        return [(*place, count) for place, count in self._counts.items() if any(place[1][1:])]

    def _by_state(self):
        by_state = dict.fromkeys(TASK_COUNTS, 0)
        for (state, _), count in self._counts.items():
            by_state[state.replace("-", "_")] += count
        by_state["released"] = len(self.scheduler.tasks) - len(self._counted_as)
        return by_state

    def _any_present(self, hosts, workers):
        scheduler = self.scheduler
        return any(worker in scheduler.workers for worker in workers) or any(
            scheduler.coerce_hostname(host) in scheduler.host_info for host in hosts
        )
