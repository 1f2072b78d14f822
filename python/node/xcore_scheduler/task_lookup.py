"""One task, as a person asks for it: what it waits for."""

from itertools import islice

from .mistyped import Mistyped, needs_of
from .task_record import ERROR_SHOWN, NAME_SHOWN, one_line

INPUTS_TOLD = 5
PLACES_TOLD = 5
WAITS_MOST = ("no-worker", "queued", "waiting", "processing")  # of several tasks one of these is meant


class TaskLookup:
    """Finds a task by its key as text, by a key's beginning, or by its function. A look goes through
    all keys, and nothing is kept for it."""

    def __init__(self, scheduler):
        self.scheduler = scheduler

    def find(self, name):
        """TaskAnswer."""
        found = self._named(name)
        if not found:
            return {"found": 0, "task": None}
        return {"found": len(found), "task": self._describe(min(found, key=_rank))}

    def _named(self, name):
        exact, begins = [], []
        for key, task in self.scheduler.tasks.items():
            text = str(key)
            if text == name:
                exact.append(task)
            elif text.startswith(name) or task.prefix.name == name:
                begins.append(task)
        return exact or begins

    def _describe(self, task):
        missing = sorted(task.waiting_on or (), key=_rank)
        needs = needs_of(task)
        blamed = task.exception_blame if task.state == "erred" else None
        return {
            "key": one_line(task.key, NAME_SHOWN),
            "function": one_line(task.prefix.name, NAME_SHOWN),
            "state": task.state,
            "worker": _worker_of(task),
            "executing": _executes(task),
            "ahead": self._ahead(task) if task.state == "queued" else None,
            "inputs": [
                {"key": one_line(each.key, NAME_SHOWN), "state": each.state, "worker": _worker_of(each)}
                for each in islice(missing, INPUTS_TOLD)
            ],
            "missing_inputs": len(missing),
            "needs": [needs.needs] if isinstance(needs, Mistyped) else ["%s=%g" % pair for pair in needs],
            "only_on": self._only_on(task),
            "able_workers": len(self._able(task)),
            "error": one_line(blamed.exception_text or "", ERROR_SHOWN) if blamed else None,
            "failed_key": one_line(blamed.key, NAME_SHOWN) if blamed and blamed is not task else None,
        }

    def _ahead(self, task):
        return sum(1 for other in self.scheduler.queued if other.priority < task.priority)

    def _only_on(self, task):
        """Names where the workers are there; addresses and hosts as the user wrote them else."""
        workers = self.scheduler.workers
        places = [*(task.worker_restrictions or ()), *(task.host_restrictions or ())]
        names = sorted(str(workers[place].name) if place in workers else str(place) for place in places)
        return [one_line(name, NAME_SHOWN) for name in names[:PLACES_TOLD]]

    def _able(self, task):
        valid = self.scheduler.valid_workers(task)
        return self.scheduler.running if valid is None else valid


def _rank(task):
    """Tasks that wait before those that run, those before all others."""
    waits = task.state in WAITS_MOST
    return not waits, waits and WAITS_MOST.index(task.state) + _executes(task)


def _executes(task):
    ws = task.processing_on
    return ws is not None and task in ws.executing


def _worker_of(task):
    ws = task.processing_on or next(iter(task.who_has or ()), None)
    return None if ws is None else one_line(ws.name, NAME_SHOWN)
