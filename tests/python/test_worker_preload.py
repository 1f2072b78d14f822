"""The worker preload: what an instance can tell of its worker's connection, and of the end of it."""

import signal
import time

import pytest
from preload_harness import START_S, Cluster, wait_until


@pytest.fixture
def state(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


@pytest.fixture
def own(certificates, tmp_path):
    """A cluster whose scheduler may be ended."""
    cluster = Cluster(tmp_path / "own", certificates)
    try:
        yield cluster.start()
    finally:
        cluster.end()


def test_worker_shows_life_while_it_is_registered(cluster, state):
    cluster.start_workers("worker-0", state=state)
    first = wait_until(lambda: alive(state), "it shows life")
    wait_until(lambda: alive(state) > first, "again")
    assert not (state / "over").exists()


def alive(state):
    path = state / "alive"
    return path.exists() and path.stat().st_mtime_ns


def test_worker_that_is_retired_leaves_a_note(cluster, state):
    cluster.start_workers("worker-0", state=state)
    assert cluster.post("retire", names=["worker-0"])["retired"] == ["worker-0"]
    assert cluster.processes[-1].wait(START_S) == 0
    assert (state / "over").read_text() == "retired: scheduler-remove-worker\n"
    assert {path.name for path in state.iterdir()} <= {"alive", "over"}, "nothing half-written is left"


def test_worker_that_is_kept_leaves_none(cluster, state):
    cluster.start_workers("worker-0", state=state)
    with cluster.client() as client:
        result = client.submit(bytes, 1000)
        assert len(result.result()) == 1000
        assert cluster.post("retire", names=["worker-0"])["kept"] == ["worker-0"]
        assert client.submit(sum, [1, 2]).result(START_S) == 3
    assert not (state / "over").exists()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_worker_that_lost_its_scheduler_leaves_none(own, state, how):
    """Both end it with status 0, and on SIGTERM the scheduler even tells it to close."""
    own.start_workers("worker-0", state=state)
    own.scheduler.send_signal(how)
    assert own.processes[-1].wait(START_S) == 0
    assert not (state / "over").exists()
    last = alive(state)
    time.sleep(0.5)  # its process has ended: nothing else may go on touching it
    assert alive(state) == last


def test_worker_that_is_removed_but_was_not_asked_to_leave_leaves_none(cluster, state):
    """As one that was silent for too long, or all of them on a client's restart()."""
    cluster.start_workers("worker-0", state=state)
    address = cluster.workers()["worker-0"]["address"]

    async def remove(dask_scheduler):
        await dask_scheduler.remove_worker(address, stimulus_id="test", close=True)

    with cluster.client() as client:
        client.run_on_scheduler(remove)
        assert cluster.processes[-1].wait(START_S) == 0
    assert not (state / "over").exists()
