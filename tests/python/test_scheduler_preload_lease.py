"""The scheduler preload when no daemon renews the lease: idle workers end, then the scheduler, and nothing is lost before."""

import signal
import time
from concurrent.futures import CancelledError

import pytest
from distributed import fire_and_forget
from preload_harness import START_S, Cluster, lines_in, run_until, wait_until, wait_until_running

GRACE_S = 0.5


@pytest.fixture
def start(certificates, tmp_path):
    """Starts a cluster of its own, with settings and environment variables for its scheduler."""
    clusters = []

    def start(environment=None, **settings):
        cluster = Cluster(tmp_path / ("cluster-%d" % len(clusters)), certificates, **settings)
        clusters.append(cluster)
        plain = cluster.environment
        cluster.environment = lambda: dict(plain(), **(environment or {}))
        return cluster.start()

    yield start
    for cluster in clusters:
        for process in cluster.processes:  # one that was stopped may take its time to end by itself
            process.kill()
            process.wait()


def claim(cluster, ttl_s, **terms):
    return cluster.post("lease", daemon_id="a", ttl_s=ttl_s, **terms)


def lease(cluster):
    return cluster.status()["lease"]


# ---------------------------------------------------------------------------------------------------- idle workers


def test_idle_workers_end_without_a_daemon_and_a_busy_one_finishes_first(start, tmp_path):
    cluster = start(daemon_grace_s=GRACE_S)
    state, gate, runs = tmp_path / "state", tmp_path / "gate", tmp_path / "runs"
    state.mkdir()
    claim(cluster, 600)
    cluster.start_workers("busy")
    cluster.start_workers("idle", state=state)
    busy, idle = cluster.processes[1:]
    with cluster.client() as client:
        task = client.submit(run_until, str(gate), 7, str(runs), workers=["busy"], allow_other_workers=True)
        wait_until(runs.exists, "the task runs")
        time.sleep(4 * GRACE_S)
        assert len(cluster.workers()) == 2, "the lease is held"

        claim(cluster, 0)
        assert idle.wait(START_S) == 0
        assert (state / "over").read_text() == "retired: scheduler-remove-worker\n"
        time.sleep(4 * GRACE_S)
        assert cluster.workers()["busy"]["status"] == "running"
        claim(cluster, 600)  # for as long as a slow machine takes to fetch the result
        gate.touch()
        assert task.result(START_S) == 7 and lines_in(runs) == 1
        claim(cluster, 0)
        # Its client is still there, and holds the result: that alone keeps no machine.
        assert busy.wait(START_S) == 0
        with pytest.raises(CancelledError):
            task.result(START_S)


def test_results_move_to_a_worker_that_is_busy(start, tmp_path):
    cluster = start(daemon_grace_s=GRACE_S)
    claim(cluster, 600)
    cluster.start_workers("busy", "idle")
    idle = cluster.processes[2]
    with cluster.client() as client:
        held = client.submit(bytes, 1000, workers=["idle"])
        task = client.submit(run_until, str(tmp_path / "gate"), 7, workers=["busy"])
        assert len(held.result(START_S)) == 1000
        claim(cluster, 0)
        assert idle.wait(START_S) == 0
        assert len(held.result(START_S)) == 1000, "it was handed over"
        claim(cluster, 600)
        (tmp_path / "gate").touch()
        assert task.result(START_S) == 7


def test_daemon_that_is_back_just_in_time_finds_its_workers_as_they_were(start):
    cluster = start(daemon_grace_s=2)
    claim(cluster, 600)
    cluster.start_workers("worker-0", "worker-1")
    cluster.post("drain", names=["worker-1"])
    claim(cluster, 0)
    seen = []

    def is_called():
        seen.append(lease(cluster)["workers_end_in_s"])
        return cluster.workers()["worker-0"]["status"] == "closing_gracefully"

    wait_until(is_called, "the last call")
    assert seen[0] > seen[-1] == 0 and seen == sorted(seen, reverse=True)
    claim(cluster, 600)
    wait_until_running(cluster, "worker-0")
    assert cluster.workers()["worker-1"]["status"] == "closing_gracefully"
    assert lease(cluster)["workers_end_in_s"] is None
    with cluster.client() as client:
        assert client.submit(sum, [1, 2]).result(START_S) == 3
    time.sleep(3)
    assert len(cluster.workers()) == 2


def test_terms_come_with_the_lease_and_not_from_who_is_refused(start):
    cluster = start(daemon_grace_s=900)
    cluster.start_workers("worker-0")
    claim(cluster, 600, daemon_grace_s=GRACE_S, orphan_timeout_s=5000)
    terms = {"daemon_id": "b", "ttl_s": 60, "daemon_grace_s": 800, "orphan_timeout_s": 800}
    assert cluster.call("POST", "/xcore/lease", terms)[0] == 409
    released = claim(cluster, 0)
    assert released["workers_end_in_s"] == GRACE_S and released["scheduler_ends_in_s"] > 4000
    assert cluster.processes[1].wait(START_S) == 0


# ----------------------------------------------------------------------------------------------------------- asleep


def test_scheduler_that_was_asleep_gives_the_daemon_its_whole_grace(start):
    cluster = start(daemon_grace_s=4)
    cluster.start_workers("worker-0")
    claim(cluster, 0.2)
    stop_all(cluster)
    time.sleep(5)
    cont_all(cluster)
    assert lease(cluster)["workers_end_in_s"] > 1, "the time it was asleep counted"
    claim(cluster, 600)
    with cluster.client() as client:
        assert client.submit(sum, [1, 2]).result(START_S) == 3


def test_worker_that_wakes_after_the_scheduler_is_not_taken_for_dead(start, tmp_path):
    cluster = start({"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "2s"})
    cluster.start_workers("worker-0")
    gate, runs = tmp_path / "gate", tmp_path / "runs"
    with cluster.client() as client:
        task = client.submit(run_until, str(gate), 7, str(runs))
        wait_until(runs.exists, "the task runs")
        stop_all(cluster)
        time.sleep(6.5)  # silent for longer than Dask bears: ten heartbeats
        cluster.scheduler.send_signal(signal.SIGCONT)
        time.sleep(2.5)  # time for a look at who is silent
        assert list(cluster.workers()) == ["worker-0"]
        cont_all(cluster)
        gate.touch()
        assert task.result(START_S) == 7 and lines_in(runs) == 1


def test_worker_that_hangs_is_still_given_up(start):
    cluster = start({"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "2s"})
    cluster.start_workers("worker-0")
    cluster.processes[1].send_signal(signal.SIGSTOP)
    wait_until(lambda: not cluster.workers(), "it is removed")


def stop_all(cluster):
    for process in cluster.processes:
        process.send_signal(signal.SIGSTOP)


def cont_all(cluster):
    for process in cluster.processes:
        process.send_signal(signal.SIGCONT)


# ------------------------------------------------------------------------------------------- the scheduler's own end


def test_scheduler_ends_when_it_has_neither_lease_nor_client_nor_task(start, tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    cluster = start({"XCORE_NODE_STATE": str(state)})
    claim(cluster, 600, orphan_timeout_s=1)  # with the lease: a start may take longer
    time.sleep(2)
    assert lease(cluster)["scheduler_ends_in_s"] is None, "there is a lease"

    gate = tmp_path / "gate"
    client = cluster.client()
    claim(cluster, 0)
    time.sleep(2)
    assert lease(cluster)["scheduler_ends_in_s"] is None, "there is a client"

    cluster.start_workers("worker-0")
    fire_and_forget(client.submit(run_until, str(gate)))
    wait_until(lambda: cluster.workers()["worker-0"]["processing"], "the task is on its worker")
    client.close()
    time.sleep(2)
    assert lease(cluster)["scheduler_ends_in_s"] is None, "a task runs"
    assert (state / "alive").exists() and not (state / "over").exists()

    gate.touch()
    assert cluster.scheduler.wait(START_S) == 0
    assert (state / "over").read_text() == "orphaned: neither daemon nor client for 1 s\n"
    assert cluster.processes[1].wait(START_S) == 0, "its worker ends with it"
