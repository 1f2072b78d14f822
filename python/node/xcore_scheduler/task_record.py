"""What became of the tasks since the scheduler started, by function."""

import functools
from itertools import islice

from distributed.core import Status
from distributed.diagnostics.plugin import SchedulerPlugin

FUNCTIONS_TOLD = 100
ERROR_SHOWN = 200  # characters
NAME_SHOWN = 80  # of a function, or of a key

DONE, FAILED, SKIPPED = 1, 2, 4


class TaskRecord(SchedulerPlugin):
    """Tasks that have ended, counted by Dask's prefix of their keys, which is the function's name.

    A count never shrinks, whatever becomes of the results. A task counts as

    done      when it has first run to its end; one whose result was lost and that runs again, once
    failed    when it has first ended in its own error, or with its workers, and Dask tries it no
              more: `retries=` that were left, and deaths of workers within the limit, do not count
    skipped   when it has first ended without a run, because a task that it needs has failed

    A user's own `Future.retry()` may have one task count as failed and, later, as done. What is
    forgotten and submitted again is another task. Data that a client sends is none.
    """

    def __init__(self, scheduler, counts):
        self.scheduler = scheduler
        self.counts = counts
        self._rows = {}  # function -> [done, failed, skipped, first error, its key]
        self._totals = [0, 0, 0]  # done, failed, skipped, of all functions
        self._counted = {}  # key of a task that Dask has -> DONE, FAILED and SKIPPED that it counts as
        scheduler.add_plugin(self, name="xcore-record")

    # Hooks of SchedulerPlugin; their arguments grew over the years.

    def transition(self, key, start, finish, *args, **kwargs):
        if finish == "memory":
            if start == "processing":
                self._count(key, DONE)
        elif finish == "erred":
            task = self.scheduler.tasks.get(key)
            if kwargs.get("exception") is not None or (task is not None and task.exception_blame is task):
                self._count(key, FAILED, kwargs.get("exception_text") or getattr(task, "exception_text", ""))
            else:
                self._count(key, SKIPPED)
        elif finish == "forgotten":
            self._counted.pop(key, None)

    def restart(self, scheduler):
        self._counted.clear()

    def _count(self, key, outcome, error=None):
        before = self._counted.get(key, 0)
        task = self.scheduler.tasks.get(key)
        if before & outcome or task is None:
            return
        self._counted[key] = before | outcome
        self._totals[outcome // 2] += 1
        row = self._row_of(task.prefix.name, outcome)
        if row is None:
            return
        row[outcome // 2] += 1
        if outcome == FAILED and row[3] is None:
            row[3:] = one_line(error or "", ERROR_SHOWN), one_line(key, NAME_SHOWN)

    def _row_of(self, name, outcome):
        """None where there is no room; one that fails takes the place of one that has not."""
        row = self._rows.get(name)
        if row is None and outcome == FAILED and len(self._rows) >= FUNCTIONS_TOLD:
            without = [each for each, counts in self._rows.items() if not counts[1]]
            if without:
                del self._rows[min(without, key=lambda each: self._rows[each][0])]
        if row is None and len(self._rows) < FUNCTIONS_TOLD:
            row = self._rows[name] = [0, 0, 0, None, None]
        return row

    def describe(self, runs):
        """TaskRecord: of too many functions those that have failed, then those with tasks left.

        :param runs: {WorkerState: `functions_on` it}
        """
        unfinished, running = self.counts.unfinished, {}
        for functions in runs.values():
            for name, count in functions.items():
                running[name] = running.get(name, 0) + count
        failed = [name for name, row in self._rows.items() if row[1]]
        told = dict.fromkeys([*failed, *islice(unfinished, FUNCTIONS_TOLD), *self._rows])
        names = list(told)[:FUNCTIONS_TOLD]
        functions = [self._describe(name, unfinished.get(name, 0), running.get(name, 0)) for name in names]
        run = sum(running.values())
        totals = dict(zip(("done", "failed", "skipped"), self._totals), running=run)
        totals["waiting"] = max(0, sum(unfinished.values()) - run)
        others = {key: max(0, total - sum(each[key] for each in functions)) for key, total in totals.items()}
        return {"functions": functions, "others": others}

    def _describe(self, name, unfinished, running):
        done, failed, skipped, error, key = self._rows.get(name, (0, 0, 0, None, None))
        return {
            "name": one_line(name, NAME_SHOWN),
            "done": done,
            "failed": failed,
            "skipped": skipped,
            "running": running,
            "waiting": max(0, unfinished - running),
            "first_error": error,
            "first_failed_key": key,
        }


def functions_on(ws):
    """{function: tasks} that a worker executes, by its last heartbeat, or may have begun since."""
    executing = [ts for ts in ws.executing if ts in ws.processing]
    if not executing and ws.status == Status.running:  # what is short is over before a heartbeat
        executing = islice(ws.processing, ws.nthreads)
    found = {}
    for ts in executing:
        found[ts.prefix.name] = found.get(ts.prefix.name, 0) + 1
    return found


def one_line(text, length):
    """Cut to a length, and without what a terminal would obey."""
    return _one_line(str(text)[: 10 * length], length)


@functools.lru_cache(maxsize=500)  # each of a thousand workers is asked for the name of what it runs
def _one_line(text, length):
    plain = "".join(c if c.isprintable() else " " for c in text)
    plain = " ".join(plain.split())
    return plain if len(plain) <= length else plain[: length - 1] + "…"
