"""Tasks that can run as soon as one that runs now has ended."""

from distributed.diagnostics.plugin import SchedulerPlugin

from .mistyped import Mistyped, needs_of

DEPENDENTS_FOLLOWED = 2_000  # of one task: more than that fill any pool


class Soon(SchedulerPlugin):
    """For each task, how many wait for it alone; kept up to date as tasks change, so that asking
    costs as much as there are running tasks that hold up others."""

    def __init__(self, scheduler):
        self.scheduler = scheduler
        self._blocker_of = {}  # key -> (key of the only task that it waits for, what it needs)
        self._blocked = {}  # key -> {needs: tasks that wait for this one alone}
        self._holding = set()  # keys of `_blocked` that are processing
        scheduler.add_plugin(self, name="xcore-soon")

    # Hooks of SchedulerPlugin; their arguments grew over the years.

    def transition(self, key, start, finish, *args, **kwargs):
        task = self.scheduler.tasks.get(key)
        self._update(key, task)
        self._hold(key, task)
        if task is not None and "memory" in (start, finish):
            for _, dependent in zip(range(DEPENDENTS_FOLLOWED), task.dependents):
                self._update(dependent.key, dependent)

    def restart(self, scheduler):
        for known in (self._blocker_of, self._blocked, self._holding):
            known.clear()

    def _update(self, key, task):
        old, new = self._blocker_of.get(key), blocker_of(task)
        if new == old:
            return
        if old is not None:
            self._count(*old, change=-1)
            del self._blocker_of[key]
        if new is not None:
            self._count(*new, change=1)
            self._blocker_of[key] = new

    def _count(self, blocker, needs, change):
        groups = self._blocked.setdefault(blocker, {})
        groups[needs] = groups.get(needs, 0) + change
        if not groups[needs]:
            del groups[needs]
        if not groups:
            del self._blocked[blocker]
        self._hold(blocker, self.scheduler.tasks.get(blocker))

    def _hold(self, key, task):
        if key in self._blocked and task is not None and task.state == "processing":
            self._holding.add(key)
        else:
            self._holding.discard(key)

    def describe(self):
        """A list of SoonGroup: of a task whose function has run before, and that alone holds up
        more than one of them."""
        found = []
        for key in self._holding:
            task = self.scheduler.tasks[key]
            mean_s = task.prefix.duration_average
            if mean_s < 0 or task.processing_on is None:
                continue
            in_s = round(mean_s - task.processing_on.executing.get(task, 0), 3)
            found += [
                {"resources": dict(needs), "count": count, "in_s": in_s}
                for needs, count in self._blocked[key].items()
                if count > 1
            ]
        return found


def blocker_of(task):
    """(key, needs): the only task that this one waits for, and what it needs to run; else None."""
    # Dask has None in place of an empty set.
    if task is None or task.state != "waiting" or len(task.waiting_on or ()) != 1:
        return None
    needs = needs_of(task)
    if isinstance(needs, Mistyped):
        return None
    return (next(iter(task.waiting_on)).key, needs)
