"""The end of the budget: what the scheduler does with its workers, also without a daemon."""

import asyncio
import pathlib
import sys
import time

import pytest
from distributed.core import Status
from preload_harness import START_S, lines_in, make_bytes, run_until, wait_until
from test_scheduler_parts import NoneKept, NoScatters, Scheduler, Worker

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python" / "node"))

from xcore_scheduler.budget import BudgetEnd  # noqa: E402
from xcore_scheduler.retirement import Drains, Retirement  # noqa: E402

# ------------------------------------------------------------------------------------------- on its own, by a clock


class Book:
    """A budget's end on a scheduler with two workers, `worker-0` and `worker-1`, and a person's one."""

    def __init__(self):
        self.now = 0.0
        self.workers = [Worker(number) for number in range(3)]
        self.workers[2].name = "alice"
        self.scheduler = Scheduler(*self.workers)
        self.scheduler.remove_worker = self.remove_worker
        self.drains = Drains(self.scheduler)
        self.retirement = Retirement(self.scheduler, self.drains, NoScatters(), NoneKept())
        self.end = BudgetEnd(self.scheduler, self.retirement, lambda: self.now)

    async def remove_worker(self, address, stimulus_id):
        self.scheduler.workers.pop(address)

    def hold_to(self, left_usd, at_once=False):
        hourly_usd = {"scheduler": 1.0, "worker-0": 2.0, "worker-1": 4.0}
        self.end.hold_to({"left_usd": left_usd, "hourly_usd": hourly_usd, "at_once": at_once})

    async def after(self, hours):
        self.now += hours * 3600
        self.end.beat(0.5)
        for _ in range(3):
            await asyncio.sleep(0)

    @property
    def statuses(self):
        return {ws.name: ws.status.name for ws in self.scheduler.workers.values()}


def run(play):
    async def played():
        await play(Book())

    asyncio.run(played())


def test_without_terms_nothing_ends():
    async def play(book):
        await book.after(1000)
        assert set(book.statuses.values()) == {"running"} and book.end.ends_in_s() is None
        book.hold_to(0)
        book.end.hold_to(None)
        await book.after(1000)
        assert set(book.statuses.values()) == {"running"} and book.end.ends_in_s() is None

    run(play)


def test_money_is_counted_by_who_is_there_and_a_person_s_worker_stays():
    async def play(book):
        book.hold_to(14)
        assert book.end.ends_in_s() == 2 * 3600
        await book.after(1)
        assert book.end.ends_in_s() == 3600
        del book.scheduler.workers[book.workers[1].address]  # it was idle
        assert book.end.ends_in_s() == pytest.approx(7 / 3 * 3600)
        await book.after(2)
        assert book.statuses == {"worker-0": "running", "alice": "running"}
        await book.after(1)
        assert book.statuses == {"alice": "running"} and book.end.ends_in_s() == 0

    run(play)


def test_one_that_no_daemon_has_priced_costs_what_the_dearest_does():
    async def play(book):
        book.scheduler.workers[book.workers[2].address].name = "worker-7"
        book.hold_to(11)
        assert book.end.ends_in_s() == 3600

    run(play)


def test_the_clock_of_money_goes_on_while_the_process_does_not():
    async def play(book):
        book.hold_to(7)
        await book.after(1)  # one beat, an hour late
        assert book.end.is_over()

    run(play)


def test_busy_workers_end_when_their_tasks_do_or_at_once():
    async def play(book, at_once):
        book.workers[0].processing = book.workers[0].executing = {"task": 1}
        book.hold_to(0, at_once)
        await book.after(0)
        assert ("worker-0" in book.statuses) is not at_once and "worker-1" not in book.statuses

    run(lambda book: play(book, False))
    run(lambda book: play(book, True))


def test_a_raise_gives_them_tasks_again_and_one_that_was_drained_before_stays_so():
    async def play(book):
        for ws in book.workers:
            ws.processing = ws.executing = {"task": 1}
        book.drains.begin(book.workers[1])
        book.hold_to(0)
        await book.after(0)
        assert book.workers[0].status == Status.closing_gracefully and book.retirement.ends_all
        book.hold_to(1)
        assert book.workers[0].status == Status.running and not book.retirement.ends_all
        assert book.workers[1].status == Status.closing_gracefully

    run(play)


def test_none_that_cannot_retire_takes_a_task_meanwhile():
    async def play(book):
        book.workers[0].processing = book.workers[0].executing = {"task": 1}
        book.hold_to(0)
        await book.after(0)
        book.retirement._keep(book.workers[0])
        assert book.workers[0].status == Status.closing_gracefully

    run(play)


# ------------------------------------------------------------------------------------------------ with a real Dask


@pytest.fixture
def cluster(cluster):
    """The one of all tests, which is left without a budget, and without a daemon."""
    yield cluster
    cluster.post("lease", daemon_id="a", ttl_s=0, budget=None)


def claim(cluster, left_usd, ttl_s=600, **terms):
    budget = dict({"left_usd": left_usd, "hourly_usd": {"scheduler": 0, "worker-0": 36.0}, "at_once": False}, **terms)
    return cluster.post("lease", daemon_id="a", ttl_s=ttl_s, budget=budget)


def test_drain_lets_tasks_end_and_begins_no_other(cluster, tmp_path):
    cluster.start_workers("worker-0")
    gate, runs = tmp_path / "gate", tmp_path / "runs"
    with cluster.client() as client:
        first = client.submit(run_until, str(gate), 7, str(runs))
        others = [client.submit(run_until, str(gate), n, str(runs)) for n in range(3)]
        wait_until(runs.exists, "it runs")
        # A cent a second: the lease runs out, and so does the money, without a daemon.
        assert claim(cluster, 0.02, ttl_s=0)["budget_ends_in_s"] > 0
        wait_until(lambda: cluster.workers()["worker-0"]["status"] == "closing_gracefully", "it is drained")
        assert cluster.status()["lease"]["budget_ends_in_s"] == 0
        gate.touch()
        assert first.result(START_S) == 7
        first.release()
        wait_until(lambda: not cluster.workers(), "it has left")
        assert lines_in(runs) == 1 and all(not future.done() for future in others)
        cluster.start_workers("worker-2")
        wait_until(lambda: not cluster.workers(), "one that joins now leaves, too")
        assert lines_in(runs) == 1, "and begins no task before that"
        claim(cluster, 1)
        cluster.start_workers("worker-1")
        assert client.gather(others) == [0, 1, 2]
        claim(cluster, 0)
        cluster.post("lease", daemon_id="a", ttl_s=600)  # of a daemon that cannot add up what is spent
        assert cluster.status()["lease"]["budget_ends_in_s"] == 0
        wait_until(lambda: cluster.workers()["worker-1"]["status"] == "closing_gracefully", "it holds results")
        claim(cluster, 1)
        assert client.submit(sum, [1, 2]).result(START_S) == 3, "raised, it goes on"


def test_stop_ends_busy_workers_and_blames_no_task(cluster, tmp_path):
    cluster.start_workers("worker-0")
    gate, runs, deaths = tmp_path / "gate", tmp_path / "runs", cluster.status()["deaths"]
    with cluster.client() as client:
        task = client.submit(run_until, str(gate), 7, str(runs), retries=0)
        wait_until(runs.exists, "it runs")
        for _ in range(4):  # Dask gives a task up whose workers have died that often
            claim(cluster, 0, at_once=True)
            wait_until(lambda: not cluster.workers(), "it has ended")
            claim(cluster, 1)
            started = lines_in(runs)
            cluster.start_workers("worker-0")
            wait_until(lambda: lines_in(runs) > started, "it runs again")
        gate.touch()
        assert task.result(START_S) == 7
    assert cluster.status()["deaths"] == deaths


def test_a_worker_with_results_stays_a_minute_for_its_client(cluster):
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        held = client.submit(make_bytes, 1000)
        assert len(held.result(START_S)) == 1000
        claim(cluster, 0)
        wait_until(lambda: cluster.workers()["worker-0"]["status"] == "closing_gracefully", "it is drained")
        time.sleep(2)  # four beats
        assert len(held.result(START_S)) == 1000
        held.release()
        wait_until(lambda: not cluster.workers(), "it has left")
