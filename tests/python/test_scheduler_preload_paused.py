"""Workers that Dask has paused for lack of memory: what they run goes on, what they do not start runs elsewhere."""

from distributed import wait
from preload_harness import START_S, lines_in, make_bytes, run_until, wait_until


def set_status(dask_worker, name):
    from distributed.core import Status

    dask_worker.status = Status[name]


def pause(cluster, client, worker, name="paused"):
    client.run(set_status, name=name, workers=[cluster.workers()[worker]["address"]])
    wait_until(lambda: cluster.workers()[worker]["status"] == name, "it is %s" % name)


def two_tasks(cluster, client, tmp_path):
    """(result that both need, futures): one is executed by worker-0, the other one waits behind it."""
    base = client.submit(make_bytes, 1000, key="base")
    wait(base, START_S)
    gates = [str(tmp_path / "gate"), str(tmp_path / "gate")]
    futures = [client.submit(run_until, gate, base, str(tmp_path / "runs"), key="t-%d" % i) for i, gate in enumerate(gates)]
    wait_until(lambda: work_of(cluster, "worker-0") == (2, 1), "one runs, the other waits")
    return base, futures


def work_of(cluster, name):
    worker = cluster.workers().get(name)
    return worker and (worker["processing"], worker["executing"])


def runnable(cluster):
    return sum(group["count"] for group in cluster.status()["runnable"])


def test_what_a_paused_worker_does_not_start_is_demand_and_runs_on_another(cluster, tmp_path):
    with cluster.client() as client:
        cluster.start_workers("worker-0")
        _, futures = two_tasks(cluster, client, tmp_path)
        pause(cluster, client, "worker-0")
        wait_until(lambda: runnable(cluster) == 1, "the one that waits needs a worker, the one that runs does not")
        assert cluster.workers()["worker-0"]["bound_by_inputs"] == 0
        cluster.start_workers("worker-1")
        wait_until(lambda: work_of(cluster, "worker-1") == (1, 1), "it runs there")
        assert work_of(cluster, "worker-0") == (1, 1)
        (tmp_path / "gate").touch()
        client.gather(futures)
        assert lines_in(tmp_path / "runs") == 2


def test_paused_worker_with_tasks_that_it_does_not_start_retires_with_its_results(cluster, tmp_path):
    with cluster.client() as client:
        cluster.start_workers("worker-0")
        base, (first, second) = two_tasks(cluster, client, tmp_path)
        pause(cluster, client, "worker-0")
        assert cluster.post("retire", names=["worker-0"])["busy"] == ["worker-0"], "it executes a task"
        (tmp_path / "gate").touch()
        first.result(START_S)
        (tmp_path / "gate").unlink()
        wait_until(lambda: work_of(cluster, "worker-0") == (1, 0), "nothing runs")

        alone = cluster.post("retire", names=["worker-0"])
        assert alone["kept"] == ["worker-0"], "nothing can take its results"
        assert cluster.workers()["worker-0"]["status"] == "paused"
        assert lines_in(tmp_path / "runs") == 1, "it was not brought back to run the other"

        cluster.start_workers("worker-1")
        gone = wait_until(lambda: cluster.post("retire", names=["worker-0"])["unknown"], "it has retired")
        assert gone == ["worker-0"]
        wait_until(lambda: work_of(cluster, "worker-1") == (1, 1), "its task runs there")
        (tmp_path / "gate").touch()
        assert second.result(START_S) == b"x" * 1000 == base.result(START_S)
        assert lines_in(tmp_path / "runs") == 2, "its results were not computed again"


def test_worker_that_goes_on_as_it_is_told_to_retire_finishes_its_task(cluster, tmp_path):
    with cluster.client() as client:
        cluster.start_workers("worker-0")
        _, (first, second) = two_tasks(cluster, client, tmp_path)
        pause(cluster, client, "worker-0")
        (tmp_path / "gate").touch()
        first.result(START_S)
        (tmp_path / "gate").unlink()
        wait_until(lambda: work_of(cluster, "worker-0") == (1, 0), "nothing runs")
        pause(cluster, client, "worker-0", "running")
        assert cluster.post("retire", names=["worker-0"])["retired"] == []
        (tmp_path / "gate").touch()
        second.result(START_S)
        assert lines_in(tmp_path / "runs") == 2
