"""The scheduler preload with workers that cannot be retired: they stay, and hold up nothing else."""

import asyncio
import re
import signal
import threading

import pytest
from distributed import get_worker, wait
from distributed.diagnostics.plugin import SchedulerPlugin
from preload_harness import START_S, Cluster, make_bytes, run_until, wait_until, wait_until_running
from test_scheduler_preload_workers import is_usable, process_of, put, retire

WITHIN_S = 60


@pytest.fixture
def own(certificates, tmp_path):
    """A cluster whose daemon is gone."""
    cluster = Cluster(tmp_path / "own", certificates, daemon_grace_s=1)
    try:
        yield cluster.start()
    finally:
        cluster.end()


def make_lock():
    return threading.Lock()


class Counter:
    n = 0

    def increment(self):
        self.n += 1
        return self.n


def watch_drains(dask_scheduler):
    """Counts from now on how often each worker is told to take no more tasks."""
    plain = dask_scheduler.handle_worker_status_change
    dask_scheduler.test_drained = []

    def handle_worker_status_change(status, ws, stimulus_id):
        if getattr(status, "name", status) == "closing_gracefully":
            dask_scheduler.test_drained.append(str(getattr(ws, "name", ws)))
        return plain(status, ws, stimulus_id)

    dask_scheduler.handle_worker_status_change = handle_worker_status_change


def drained(client):
    return client.run_on_scheduler(lambda dask_scheduler: dask_scheduler.test_drained)


def retire_fully(cluster, *names):
    """The answer once no hand-over is under way."""

    def answer():
        found = cluster.post("retire", names=list(names), force=False)
        return None if "hands its results over" in found["reasons"].values() else found

    return wait_until(answer, "the hand-over ends", WITHIN_S)


def test_result_that_cannot_be_pickled_keeps_its_worker_alone(cluster):
    cluster.start_workers("worker-0", "worker-1", "worker-2")
    with cluster.client() as client:
        lock = client.submit(make_lock, key="the-lock", workers=["worker-1"])
        wait(lock)
        large = put(client, "worker-2", 5000)
        on_it = put(client, "worker-1", 50)
        retire_fully(cluster, "worker-0", "worker-1", "worker-2")  # before it is known, another may stay for results
        answer = retire_fully(cluster, *cluster.workers())
        left = cluster.workers()
        assert list(left) == ["worker-1"]
        assert answer["kept"] == ["worker-1"]
        assert re.search("the-lock .* (cannot pickle|Could not serialize)", answer["reasons"]["worker-1"])
        assert left["worker-1"]["kept_by"] == "result"
        wait_until_running(cluster, "worker-1")
        assert left["worker-1"]["kept_reason"] == answer["reasons"]["worker-1"]
        assert (len(large.result()), len(on_it.result())) == (5000, 50)
        assert is_usable(cluster, client, "worker-1")

        client.run_on_scheduler(watch_drains)
        for _ in range(3):
            assert retire(cluster, "worker-1") == {"kept": ["worker-1"]}
        assert drained(client) == [], "what is known takes no capacity again"

        lock.release()
        wait_until(lambda: cluster.workers()["worker-1"]["kept_by"] is None, "the client has let go")
        cluster.start_workers("worker-3")
        assert retire(cluster, "worker-1") == {"retired": ["worker-1"]}
        assert (len(large.result()), len(on_it.result())) == (5000, 50)


def test_actor_keeps_its_worker_which_goes_on_taking_tasks(cluster):
    cluster.start_workers("worker-0", "worker-1")
    with cluster.client() as client:
        future = client.submit(Counter, actor=True, key="the-actor", workers=["worker-0"])
        counter = future.result()
        worker = cluster.workers()["worker-0"]
        assert (worker["kept_by"], worker["holds_results"]) == ("actor", True)
        client.run_on_scheduler(watch_drains)
        for _ in range(3):
            answer = cluster.post("retire", names=["worker-0"], force=False)
            assert answer["kept"] == ["worker-0"] and "the-actor" in answer["reasons"]["worker-0"]
        assert drained(client) == []
        assert counter.increment().result() == 1
        assert is_usable(cluster, client, "worker-0")

        assert cluster.post("cancel", holders=["worker-0"], reason="hold_results_s")["cancelled"] == 1
        wait_until(lambda: cluster.workers()["worker-0"]["kept_by"] is None, "the actor is gone")
        assert retire(cluster, "worker-0") == {"retired": ["worker-0"]}


def set_limits(hand_over_s, retry_after_s, answer_s=4):
    def set_them(dask_scheduler):
        from xcore_scheduler import kept_workers, retirement

        retirement.HAND_OVER_S, retirement.ANSWER_S, kept_workers.RETRY_AFTER_S = hand_over_s, answer_s, retry_after_s

    return set_them


def test_hand_over_that_nothing_takes_ends_and_is_not_begun_again_at_once(cluster):
    """The only worker that could take the result over does not answer."""
    cluster.start_workers("worker-0", "worker-1")
    with cluster.client() as client:
        client.run_on_scheduler(set_limits(4, 60, answer_s=1))
        try:
            result = put(client, "worker-0", 1000)
            process_of(cluster, "worker-1").send_signal(signal.SIGSTOP)
            first = cluster.post("retire", names=["worker-0"], force=False)
            assert first["busy"] == ["worker-0"] and first["reasons"], "answered before it is over"
            answer = retire_fully(cluster, "worker-0")
            assert answer["kept"] == ["worker-0"] and answer["reasons"]["worker-0"]
            assert cluster.workers()["worker-0"]["kept_by"] == "slow"
            wait_until_running(cluster, "worker-0")
            client.run_on_scheduler(watch_drains)
            assert retire(cluster, "worker-0") == {"kept": ["worker-0"]}
            assert drained(client) == []
            process_of(cluster, "worker-1").send_signal(signal.SIGCONT)
            client.run_on_scheduler(forget_failures)
            assert retire_fully(cluster, "worker-0")["retired"] == ["worker-0"]
            assert len(result.result()) == 1000
        finally:
            client.run_on_scheduler(set_limits(20, 60))


def forget_failures(dask_scheduler):
    import gc

    for each in gc.get_objects():
        if type(each).__name__ == "KeptWorkers":
            each._failed.clear()


def test_retirement_behind_a_lock_of_dasks_ends(cluster):
    """A client's rebalance or replicate has it for as long as it takes."""
    cluster.start_workers("worker-0", "worker-1")

    async def take(dask_scheduler):
        new = getattr(dask_scheduler, "_replica_lock", None)
        dask_scheduler.test_taken = taken = new("replicate") if new else dask_scheduler._lock
        await taken.__aenter__()

    async def give_back(dask_scheduler):
        await dask_scheduler.test_taken.__aexit__(None, None, None)

    with cluster.client() as client:
        client.run_on_scheduler(set_limits(2, 60))
        client.run_on_scheduler(take)
        try:
            assert retire_fully(cluster, "worker-0")["kept"] == ["worker-0"]
            wait_until_running(cluster, "worker-0")
        finally:
            client.run_on_scheduler(give_back)
            client.run_on_scheduler(set_limits(20, 60))
        assert retire(cluster, "worker-1") == {"retired": ["worker-1"]}, "and Dask's lock is free"


def test_idle_workers_end_without_a_daemon_whatever_cannot_be_moved(own):
    own.start_workers("worker-0", "worker-1", "worker-2")
    with own.client() as client:
        lock = client.submit(make_lock, workers=["worker-1"], key="the-lock")
        actor = client.submit(Counter, actor=True, workers=["worker-2"], key="the-actor")
        wait([lock, actor])
        wait_until(lambda: not own.workers(), "all have ended", WITHIN_S)


def test_scatter_that_never_arrives_keeps_no_worker(cluster):
    """Its client is gone."""
    cluster.start_workers("worker-0", "worker-1")
    with cluster.client() as client:
        process_of(cluster, "worker-1").send_signal(signal.SIGSTOP)
        other = cluster.client(set_as_default=False)
        future = asyncio.run_coroutine_threadsafe(
            other.scatter(b"x" * 2000, workers=["worker-1"], asynchronous=True), other.loop.asyncio_loop
        )
        wait_until(lambda: client.run_on_scheduler(is_sending), "it is on its way")
        assert retire(cluster, "worker-0") == {"busy": ["worker-0"]}
        future.cancel()
        other.close(timeout=1)
        wait_until(lambda: len(cluster.status()["clients"]) == 1, "the other client is gone")
        assert retire(cluster, "worker-0") == {"retired": ["worker-0"]}
        process_of(cluster, "worker-1").send_signal(signal.SIGCONT)


def is_sending(dask_scheduler):
    return bool(dask_scheduler.handlers["scatter"].__self__.sending)


def test_worker_stays_for_tasks_that_may_run_nowhere_else(cluster, tmp_path):
    """As between two phases of xgboost.dask."""
    cluster.start_workers("worker-0", "worker-1")
    gate = tmp_path / "gate"
    with cluster.client() as client:
        first = client.submit(run_until, str(gate), 7, workers=["worker-0"])
        then = client.submit(lambda n: (n, get_worker().name), first, workers=["worker-1"])
        wait_until(lambda: cluster.workers()["worker-0"]["processing"], "the first task runs")
        assert cluster.workers()["worker-1"]["kept_by"] == "tasks"
        assert retire(cluster, "worker-1") == {"kept": ["worker-1"]}
        assert cluster.post("cancel", holders=["worker-1"], reason="no")["cancelled"] == 0
        gate.touch()
        assert then.result(START_S) == (7, "worker-1")
        del then
        wait_until(lambda: cluster.workers()["worker-1"]["kept_by"] is None, "nothing waits for it")
        assert retire(cluster, "worker-1") == {"retired": ["worker-1"]}


def make_block(gate, block_info=None):
    import numpy

    if block_info[None]["chunk-location"] == (0, 0):
        run_until(gate)
    return numpy.ones(block_info[None]["chunk-shape"])


if hasattr(SchedulerPlugin, "valid_workers_downscaling"):

    def test_participant_of_a_shuffle_stays_until_it_is_over(cluster, tmp_path):
        import dask.array

        cluster.start_workers("worker-0", "worker-1", "worker-2")
        gate = tmp_path / "gate"
        with cluster.client() as client, dask.config.set({"array.rechunk.method": "p2p"}):
            blocks = dask.array.map_blocks(make_block, str(gate), chunks=((40,) * 6, (240,)), dtype=float)
            whole = client.compute(blocks.rechunk((240, 40), block_size_limit=9600 * 8).sum())
            idle = wait_until(lambda: participants(cluster), "an idle worker takes part", WITHIN_S)
            assert retire(cluster, *idle) == {"kept": idle}
            gate.touch()
            assert whole.result(START_S) == 240 * 240
            del whole
            wait_until(lambda: not any(w["kept_by"] for w in cluster.workers().values()), "the shuffle is over")
            assert len(cluster.workers()) == 3

else:  # 2022.12 does not have this question, nor a shuffle without pandas

    def test_participant_of_a_shuffle_of_an_old_dask_stays(cluster):
        cluster.start_workers("worker-0", "worker-1")
        address = cluster.workers()["worker-0"]["address"]

        def begin(dask_scheduler):
            extension = dask_scheduler.extensions["shuffle"]
            extension.states["a-shuffle"] = type("State", (), {"participating_workers": {address}})

        def end(dask_scheduler):
            dask_scheduler.extensions["shuffle"].states.clear()

        with cluster.client() as client:
            client.run_on_scheduler(begin)
            assert retire(cluster, "worker-0") == {"kept": ["worker-0"]}
            client.run_on_scheduler(end)
            assert retire(cluster, "worker-0") == {"retired": ["worker-0"]}


def participants(cluster):
    return [n for n, w in cluster.workers().items() if w["kept_by"] == "shuffle" and not w["processing"]]


def test_large_results_take_as_long_as_they_need(cluster):
    cluster.start_workers("worker-0", "worker-1")
    with cluster.client() as client:
        results = [client.submit(make_bytes, 3_000_000, workers=["worker-0"], pure=False) for _ in range(20)]
        wait(results)
        assert retire_fully(cluster, "worker-0")["retired"] == ["worker-0"]
        assert sum(len(result.result()) for result in results) == 60_000_000


def test_drained_worker_retires_when_its_task_ends_and_takes_no_other(cluster, tmp_path):
    cluster.start_workers("worker-0", "worker-1")
    gates = [tmp_path / name for name in ("gate-0", "gate-1")]
    with cluster.client() as client:
        first = [client.submit(run_until, str(gate), n, workers=["worker-%d" % n], allow_other_workers=True)
                 for n, gate in enumerate(gates)]  # fmt: skip
        wait_until(lambda: all(w["executing"] for w in cluster.workers().values()), "both work", WITHIN_S)
        then = [client.submit(run_until, str(gates[1]), n, pure=False) for n in range(20)]
        assert cluster.post("drain", names=["worker-0"], then_retire=True)["drained"] == ["worker-0"]
        worker = cluster.workers()["worker-0"]
        assert (worker["drained"], worker["status"], worker["executing"]) == (True, "closing_gracefully", 1)
        gates[0].touch()
        wait_until(lambda: list(cluster.workers()) == ["worker-1"], "it has gone", WITHIN_S)
        gates[1].touch()
        assert client.gather(first + then) == [0, 1, *range(20)]


def test_drained_worker_that_is_given_tasks_again_stays(cluster, tmp_path):
    cluster.start_workers("worker-0", "worker-1")
    gate = tmp_path / "gate"
    with cluster.client() as client:
        task = client.submit(run_until, str(gate), 7, workers=["worker-0"], allow_other_workers=True)
        wait_until(lambda: cluster.workers()["worker-0"]["executing"], "it works", WITHIN_S)
        cluster.post("drain", names=["worker-0"], then_retire=True)
        cluster.post("drain", names=["worker-0"], drain=False)
        gate.touch()
        assert task.result(WITHIN_S) == 7
        assert not cluster.workers()["worker-0"]["drained"]
        wait_until_running(cluster, "worker-0")
        assert is_usable(cluster, client, "worker-0")
