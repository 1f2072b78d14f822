"""The scheduler's memory: what it has of it, and results that would not fit through it."""

import functools

from distributed.system import MEMORY_LIMIT

GB = 1e9


class SchedulerMemory:
    """Refuses a client's `gather` whose results do not fit into what is left: they all pass through
    this process, whose end would lose every task's state."""

    def __init__(self, scheduler):
        self.scheduler = scheduler
        self._guard()

    def used_bytes(self):
        return self.scheduler.proc.memory_info().rss

    def limit_bytes(self):
        """What the machine has, or a limit of this process's; None where that is not known."""
        return MEMORY_LIMIT or None

    def _guard(self):
        plain = self.scheduler.handlers["gather"]

        @functools.wraps(plain)
        async def gather(*args, **kwargs):
            keys = kwargs.get("keys") or ()
            tasks = (self.scheduler.tasks.get(key) for key in keys)
            wanted = sum(ts.get_nbytes() for ts in tasks if ts is not None)
            limit = self.limit_bytes()
            if limit is not None and self.used_bytes() + wanted > limit:
                raise MemoryError(
                    "%.1f GB of results do not fit through the scheduler, which has %.1f of %.1f GB left: gather fewer "
                    "at a time, write them to files, or give the scheduler a larger machine (scheduler_type)"
                    % (wanted / GB, max(0, limit - self.used_bytes()) / GB, limit / GB)
                )
            return await plain(*args, **kwargs)

        self.scheduler.handlers["gather"] = gather
