"""How the time of workers is split between the functions that they execute."""

import pathlib
import sys
from types import SimpleNamespace

import pytest
from test_scheduler_parts import Scheduler, Worker

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python" / "node"))

from xcore_scheduler.task_time import FUNCTIONS_KEPT, LEFT_KEPT, TaskTime  # noqa: E402


class Day:
    """`worker-0` and a person's worker, by a clock."""

    def __init__(self):
        self.now = 0.0
        self.ws, alice = Worker(0), Worker(1)
        alice.name = "alice"
        self.scheduler = Scheduler(self.ws, alice)
        self.time = TaskTime(self.scheduler, lambda: self.now)
        self.time.beat(0.5)

    def runs(self, functions, seconds):
        """`worker-0` executes a task of each function for so long."""
        tasks = dict.fromkeys(map(Task, functions))
        self.ws.processing = self.ws.executing = tasks
        self.now += seconds
        self.time.beat(0.5)

    def told(self):
        return self.time.describe()


class Task:
    def __init__(self, function):
        self.prefix = SimpleNamespace(name=function)


def functions(told):
    return {each["name"]: each["seconds"] for each in told["functions"]}


def test_time_is_split_between_what_runs_side_by_side_and_the_rest_is_idle():
    day = Day()
    day.runs([], 10)
    day.runs(["square", "square", "cube"], 30)
    day.runs(["cube"], 5)
    (told,) = day.told()
    assert (told["name"], told["left"], told["joined_ago_s"], told["idle_s"]) == ("worker-0", False, 45, 10)
    assert functions(told) == {"square": 20, "cube": 15}


def test_one_that_joins_again_is_another_session_and_what_has_left_stays_told():
    day = Day()
    day.runs(["square"], 10)
    day.scheduler.workers[day.ws.address] = Worker(0)
    day.time.beat(0.5)
    gone, here = day.told()
    assert [(each["left"], functions(each)) for each in (gone, here)] == [(True, {"square": 10}), (False, {})]
    assert gone["name"] == here["name"] and gone["session"] != here["session"]
    for _ in range(LEFT_KEPT + 3):
        day.scheduler.workers[day.ws.address] = Worker(0)
        day.time.beat(0.5)
    assert len(day.told()) == LEFT_KEPT + 1


def test_functions_are_bounded_and_no_second_is_lost():
    day = Day()
    day.runs(["md\x1b[31m_run\n"], 100)
    for number in range(3 * FUNCTIONS_KEPT):
        day.runs(["f%d" % number], 1)
    (told,) = day.told()
    seconds = functions(told)
    assert len(seconds) == FUNCTIONS_KEPT and seconds["md [31m_run"] == 100
    assert sum(seconds.values()) + told["others_s"] + told["idle_s"] == pytest.approx(told["joined_ago_s"])
