"""Workers that have reached max_worker_lifetime_h: what the scheduler does with them, without a daemon."""

import time

from preload_harness import START_S, make_bytes, run_until, tell_metric, wait_until


def tell_age(client, name, left_s):
    """As if the worker's machine were that old."""
    tell_metric(client, name, "xcore_lifetime_left_s", left_s)


def test_a_young_worker_goes_on(cluster):
    cluster.start_workers("worker-0")
    assert cluster.workers()["worker-0"]["lifetime_left_s"] is None
    with cluster.client() as client:
        tell_age(client, "worker-0", 1800)
        wait_until(lambda: cluster.workers()["worker-0"]["lifetime_left_s"] == 1800, "it is told")
        assert client.submit(sum, [1, 2]).result(START_S) == 3
    assert cluster.workers()["worker-0"]["status"] == "running"


def test_at_its_lifetime_it_takes_no_new_tasks_and_leaves_when_its_task_ends(cluster, tmp_path):
    cluster.start_workers("worker-0", "worker-1")
    gate, runs = tmp_path / "gate", tmp_path / "runs"
    with cluster.client() as client:
        held = client.submit(run_until, str(gate), 7, runs=str(runs), workers=["worker-0"])
        wait_until(runs.exists, "it runs")
        tell_age(client, "worker-0", -1)
        wait_until(lambda: cluster.workers()["worker-0"]["status"] == "closing_gracefully", "it is drained")
        assert client.submit(sum, [1, 2]).result(START_S) == 3
        assert cluster.workers()["worker-0"]["executing"] == 1
        gate.touch()
        assert held.result(START_S) == 7
        wait_until(lambda: list(cluster.workers()) == ["worker-1"], "it has left")
        assert runs.read_text() == "run\n" and held.result() == 7


def test_with_nothing_to_hand_over_it_leaves_although_there_is_no_other(cluster):
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        tell_age(client, "worker-0", -1)
        wait_until(lambda: not cluster.workers(), "it has left")


def test_the_last_one_with_results_waits_for_another_to_take_them(cluster):
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        result = client.submit(make_bytes, 1000)
        assert len(result.result()) == 1000
        tell_age(client, "worker-0", -1)
        wait_until(lambda: cluster.workers()["worker-0"]["status"] == "closing_gracefully", "it is drained")
        time.sleep(2)  # the scheduler considers it every half second
        assert cluster.workers()["worker-0"]["status"] == "closing_gracefully"
        cluster.start_workers("worker-1")
        wait_until(lambda: list(cluster.workers()) == ["worker-1"], "it has left")
        assert len(result.result()) == 1000


def test_a_task_whose_worker_ends_for_its_age_has_not_failed(cluster, tmp_path):
    cluster.start_workers("worker-0")
    gate, runs, deaths = tmp_path / "gate", tmp_path / "runs", cluster.status()["deaths"]
    with cluster.client() as client:
        held = client.submit(run_until, str(gate), 7, runs=str(runs), retries=0)
        wait_until(runs.exists, "it runs")
        tell_age(client, "worker-0", -1)
        wait_until(lambda: cluster.workers()["worker-0"]["status"] == "closing_gracefully", "it is drained")
        cluster.processes[-1].kill()
        cluster.start_workers("worker-1")
        wait_until(lambda: runs.read_text() == "run\nrun\n", "it runs again")
        gate.touch()
        assert held.result(START_S) == 7
    assert cluster.status()["deaths"] == deaths
