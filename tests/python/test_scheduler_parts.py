"""Parts of the scheduler's preload on their own, where the real thing would need luck: what happens at the same moment."""

import asyncio
import pathlib
import re
import sys
import types

import pytest
from distributed.core import Status
from distributed.http.scheduler import missing_bokeh

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python" / "node"))

from xcore_scheduler.retirement import Drains, Retirement  # noqa: E402


class Worker:
    """As the scheduler knows one."""

    def __init__(self, number):
        self.name, self.address = "worker-%d" % number, "tls://10.0.0.%d:1" % number
        self.status, self.nthreads, self.nbytes = Status.running, 1, 0
        self.processing, self.executing, self.has_what, self.metrics = {}, {}, {}, {}


class Scheduler:
    """Takes its time over a retirement, until `go` is set, and notes how many there are at once."""

    def __init__(self, *workers):
        self.workers = {ws.address: ws for ws in workers}
        self.clients, self.stream_comms = {}, {}
        self.handlers = {"heartbeat_worker": self.heartbeat_worker}
        self.stream_handlers = {"worker-status-change": self.handle_worker_status_change}
        self.going, self.most, self.go = 0, 0, asyncio.Event()

    @property
    def running(self):
        return {ws for ws in self.workers.values() if ws.status == Status.running}

    def heartbeat_worker(self, address, executing=()):
        self.workers[address].executing = dict.fromkeys(executing, 0.1)

    def handle_worker_status_change(self, status, ws, stimulus_id):
        ws.status = status

    async def retire_workers(self, workers, close_workers, remove):
        self.going += 1
        self.most = max(self.most, self.going)
        await self.go.wait()
        self.going -= 1
        return {address: self.workers.pop(address) for address in workers}


class NoScatters:
    sending = False


class NoneKept:
    def of_all(self):
        return {}


def test_retirements_asked_for_at_once_are_done_one_after_the_other():
    async def ask():
        scheduler = Scheduler(*map(Worker, range(3)))
        retirement = Retirement(scheduler, Drains(scheduler), NoScatters(), NoneKept())
        asked = [asyncio.ensure_future(retirement.retire(["worker-%d" % number], False)) for number in (0, 1)]
        for _ in range(10):
            await asyncio.sleep(0)
        assert scheduler.going == 1
        scheduler.go.set()
        return scheduler, [(await answer)["retired"] for answer in asked]

    scheduler, retired = asyncio.run(ask())
    assert retired == [["worker-0"], ["worker-1"]]
    assert scheduler.most == 1
    assert [ws.name for ws in scheduler.workers.values()] == ["worker-2"]


def test_worker_that_is_leaving_is_not_retired_a_second_time():
    async def ask():
        scheduler = Scheduler(*map(Worker, range(2)))
        retirement = Retirement(scheduler, Drains(scheduler), NoScatters(), NoneKept())
        asked = [asyncio.ensure_future(retirement.retire(["worker-0"], False)) for _ in range(2)]
        await asyncio.sleep(0)
        scheduler.go.set()
        return [(await answer)["retired"] for answer in asked]

    assert asyncio.run(ask()) == [["worker-0"], ["worker-0"]]


@pytest.fixture
def drained():
    """A worker with two tasks that had started none when it was drained, and its heartbeat."""

    async def make():
        ws = Worker(0)
        ws.processing = dict.fromkeys(["task-0", "task-1"])
        scheduler = Scheduler(ws)
        drains = Drains(scheduler)
        assert drains.begin(ws)
        return ws, drains, lambda *keys: scheduler.handlers["heartbeat_worker"](address=ws.address, executing=keys)

    return asyncio.run(make())


def test_drained_worker_may_execute_until_two_heartbeats_say_that_it_does_not(drained):
    ws, drains, beat = drained
    seen = [drains.executing(ws)]
    for _ in range(3):
        beat()
        seen.append(drains.executing(ws))
    # The first may have been on its way when the order was sent.
    assert seen == [1, 1, 0, 0]


def test_drained_worker_executes_what_it_was_heard_to_until_the_scheduler_has_heard_its_end(drained):
    """A heartbeat may overtake the word that a task has ended."""
    ws, drains, beat = drained
    seen = []
    for keys in (["task-0"], ["task-0"], [], []):
        beat(*keys)
        seen.append(drains.executing(ws))
    assert seen == [1, 1, 1, 1]
    del ws.processing["task-0"]
    assert drains.executing(ws) == 0


def test_drained_worker_that_is_brought_back_and_drained_again_is_waited_for_anew(drained):
    ws, drains, beat = drained
    beat()
    beat()
    drains.end(ws)
    assert drains.executing(ws) == 0
    drains.begin(ws)
    assert drains.executing(ws) == 1


def test_paused_worker_that_went_on_before_it_was_told_to_retire_finishes_its_task(monkeypatch):
    monkeypatch.setattr("xcore_scheduler.retirement.STILL_WITHIN_S", 0.3)

    async def ask():
        scheduler = Scheduler(*map(Worker, range(2)))
        paused = next(iter(scheduler.workers.values()))
        paused.status, paused.processing = Status.paused, {"task": 1}
        retirement = Retirement(scheduler, Drains(scheduler), NoScatters(), NoneKept())
        asked = asyncio.ensure_future(retirement.retire(["worker-0"], False))
        await asyncio.sleep(0)
        assert paused.status == Status.closing_gracefully
        for _ in range(3):
            await asyncio.sleep(0.01)
            scheduler.handlers["heartbeat_worker"](address=paused.address, executing=["task"])
        return scheduler, paused, await asked

    scheduler, paused, answer = asyncio.run(ask())
    assert (answer["busy"], answer["retired"], answer["kept"]) == (["worker-0"], [], [])
    assert scheduler.most == 0, "Dask was not asked to retire it"
    assert paused.status == Status.paused, "as it was: the worker itself says when it has memory"


def test_paused_worker_that_starts_nothing_is_retired_by_dask(monkeypatch):
    async def ask():
        scheduler = Scheduler(*map(Worker, range(2)))
        scheduler.go.set()
        paused = next(iter(scheduler.workers.values()))
        paused.status, paused.processing = Status.paused, {"task": 1}
        retirement = Retirement(scheduler, Drains(scheduler), NoScatters(), NoneKept())
        asked = asyncio.ensure_future(retirement.retire(["worker-0"], False))
        for _ in range(3):
            await asyncio.sleep(0.01)
            scheduler.handlers["heartbeat_worker"](address=paused.address, executing=[])
        return await asked

    assert asyncio.run(ask())["retired"] == ["worker-0"]


def test_dasks_page_without_bokeh_is_the_one_that_xcore_dashboard_reads():
    """lib/cluster/dashboard.ts `wantedBokeh()` has the same pattern."""
    written = []
    missing_bokeh.MissingBokeh.get(types.SimpleNamespace(write=written.append))
    assert re.search(r"Dask needs (bokeh[\w .,<>=!~*]*?) for the dashboard", "".join(written))
