"""How long each function's tasks have occupied workers, so that they can be priced."""

import collections
import time
import uuid

from .budget import NAMED_BY_XCORE
from .task_record import NAME_SHOWN, functions_on, one_line

FUNCTIONS_KEPT = 20  # of each worker
LEFT_KEPT = 100  # workers that have left; a daemon reads them within seconds


class TaskTime:
    """The time of each worker since it joined, split between what it executes.

    Tasks that run side by side share the time equally, however many threads are idle; a worker that
    executes nothing is idle. What runs is read twice a second, so a task that is shorter counts by how
    often it is met. Nothing is ever taken back: also a run that is lost has cost.
    """

    def __init__(self, scheduler, clock=time.monotonic):
        self.scheduler = scheduler
        self.clock = clock
        self._read_at = clock()
        self._here = {}  # WorkerState -> WorkerTime
        self._left = collections.deque(maxlen=LEFT_KEPT)

    def beat(self, passed_s):
        """Not by the time that this process was awake: workers cost anyway."""
        now = self.clock()
        past_s, self._read_at = now - self._read_at, now
        workers = self.scheduler.workers
        for ws in [ws for ws in self._here if workers.get(ws.address) is not ws]:
            self._left.append(self._here.pop(ws))
        for ws in workers.values():
            if ws in self._here:
                self._here[ws].add(functions_on(ws), past_s)
            elif NAMED_BY_XCORE.match(str(ws.name)):
                self._here[ws] = WorkerTime(str(ws.name), now)

    def describe(self):
        """A list of WorkerTime: those that have left, then those that are here."""
        now = self.clock()
        return [times.describe(now, True) for times in self._left] + [
            times.describe(now, False) for times in self._here.values()
        ]


class WorkerTime:
    """The time of one worker from when it joined until it leaves."""

    def __init__(self, name, now):
        self.session = uuid.uuid4().hex
        self.name = name
        self.joined_at = now
        self.idle_s = 0.0
        self.others_s = 0.0
        self.functions = {}  # function -> seconds

    def add(self, tasks, seconds):
        """:param tasks: {function: tasks} that it executes"""
        total = sum(tasks.values())
        if not total:
            self.idle_s += seconds
        for name, count in tasks.items():
            if name not in self.functions and len(self.functions) >= FUNCTIONS_KEPT:
                self.others_s += self.functions.pop(min(self.functions, key=self.functions.get))
            self.functions[name] = self.functions.get(name, 0.0) + seconds * count / total

    def describe(self, now, left):
        return {
            "session": self.session,
            "name": self.name,
            "joined_ago_s": round(now - self.joined_at, 3),
            "left": left,
            "idle_s": round(self.idle_s, 3),
            "others_s": round(self.others_s, 3),
            "functions": [
                {"name": one_line(name, NAME_SHOWN), "seconds": round(seconds, 3)}
                for name, seconds in self.functions.items()
            ],
        }
