"""Drives Dask's own Adaptive, one JSON line a tick: the state of a scheduler in, what it would do out.

The class, `adaptive_target`, `workers_to_close` and how long tasks are taken to be (`TaskPrefix`, `_calc_occupancy`) are
distributed's own; the state that they look at is the caller's.

A line in: {"now_s", "maximum", "requested": [names], "workers": {name: prefix or null}, "executing": {name: seconds},
"queued": {prefix: tasks}, "unrunnable": {prefix: tasks}, "ended": [[prefix, seconds]]}. A line out: {"up": n or null, "down": [names]}.
"""

import asyncio
import json
import logging
import sys
from types import SimpleNamespace

import distributed
from distributed.deploy.adaptive import Adaptive
from distributed.scheduler import Scheduler, TaskPrefix


class Worker:
    """As much of a `WorkerState` as Adaptive reads."""

    nthreads = 1
    memory_limit = 2**33
    nbytes = 0
    long_running = ()

    def __init__(self, name):
        self.name = self.address = name
        self.processing = {}


class State:
    """As much of a `Scheduler` as Adaptive reads."""

    UNKNOWN_TASK_DURATION = 0.5
    validate = False
    bandwidth = 1e8
    _network_occ_global = 0
    plugins = {}
    total_occupancy = Scheduler.total_occupancy
    _get_prefix_duration = Scheduler._get_prefix_duration
    _calc_occupancy = Scheduler._calc_occupancy

    def __init__(self):
        self.task_prefixes = {}
        self.workers = {}
        self.queued = ()
        self.unrunnable = {}
        self._task_prefix_count_global = {}

    def prefix(self, name):
        if name not in self.task_prefixes:
            self.task_prefixes[name] = TaskPrefix(name)
        return self.task_prefixes[name]

    def update(self, line):
        for name, seconds in line["ended"]:
            self.prefix(name).add_duration("compute", 0, seconds)
        self.queued = self._tasks(line["queued"])
        self.unrunnable = dict.fromkeys(self._tasks(line["unrunnable"]))
        self.workers = {}
        counts = {}
        for name, running in line["workers"].items():
            worker = self.workers[name] = Worker(name)
            if running is not None:
                worker.processing = {running: True}
                counts[running] = counts.get(running, 0) + 1
                # As a worker's heartbeat does it.
                self.prefix(running).add_exec_time(line["executing"][name])
        self._task_prefix_count_global = counts

    def _tasks(self, counts):
        # `unrunnable` is asked by key: each has to be a task of its own.
        return tuple(
            Task(self.prefix(name)) for name, count in counts.items() for _ in range(count)
        )

    adaptive_target = Scheduler.adaptive_target
    workers_to_close = Scheduler.workers_to_close


class Comm:
    """The scheduler as Adaptive calls it: by RPC."""

    def __init__(self, state):
        self.state = state

    async def adaptive_target(self, target_duration):
        return self.state.adaptive_target(target_duration)

    async def workers_to_close(self, **given):
        return self.state.workers_to_close(**given)

    async def retire_workers(self, **_):
        """Those that are to close run nothing."""


class Task:
    __slots__ = ("prefix",)

    def __init__(self, prefix):
        self.prefix = prefix


class Cluster:
    """As much of a `SpecCluster` as Adaptive uses."""

    def __init__(self, state):
        self.scheduler_comm = Comm(state)
        self.plan = self.requested = self.observed = set()
        self.up = None
        self.down = []

    def scale(self, n):
        self.up = n

    def scale_down(self, workers):
        self.down = list(workers)


async def main():
    logging.getLogger("distributed").setLevel(logging.WARNING)
    state = State()
    cluster = Cluster(state)
    adaptive = None
    print(json.dumps({"distributed": distributed.__version__}), flush=True)
    for text in sys.stdin:
        line = json.loads(text)
        if adaptive is None:
            adaptive = Adaptive(cluster, interval=0, minimum=0, maximum=line["maximum"])
        state.update(line)
        cluster.plan = cluster.requested = set(line["requested"])
        cluster.observed = set(line["workers"])
        cluster.up, cluster.down = None, []
        await adaptive.adapt()
        print(json.dumps({"up": cluster.up, "down": sorted(cluster.down)}), flush=True)


asyncio.run(main())
