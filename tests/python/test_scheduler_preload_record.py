"""What the status tells of tasks that have ended: by function, whatever became of their results."""

import collections
import os
import signal

import pytest
from preload_harness import START_S, run_until, wait_until
from test_scheduler_preload_deaths import allow


def square_of(x):
    return x * x


def fail_always(x):
    raise ValueError("no \x1b[31mroot\x1b[0m of\n%s" % x)


def fail_until(path):
    """Fails once; then there is the file."""
    try:
        open(path).close()
    except FileNotFoundError:
        open(path, "w").close()
        raise


def kill_worker():
    os.kill(os.getpid(), signal.SIGKILL)


def told(cluster):
    """{function: its counts}, of all tests so far: each has functions and keys of its own; a new one has none yet."""
    rows = {each["name"]: each for each in cluster.status()["record"]["functions"]}
    return collections.defaultdict(dict, rows)


def counts_of(row):
    return {key: row[key] for key in ("done", "failed", "skipped", "running", "waiting") if row.get(key)}


def occupied_s(cluster, function):
    """Seconds of workers that tasks of a function have occupied."""
    times = [each for worker in cluster.status()["task_time"] for each in worker["functions"]]
    return sum(each["seconds"] for each in times if each["name"] == function)


def test_counts_stay_when_results_and_errors_are_forgotten(cluster):
    with cluster.client() as client:
        cluster.start_workers("worker-0")
        client.gather(client.map(square_of, range(12)))
        futures = client.map(fail_always, range(3), pure=False)
        after = client.map(lambda x: x, futures, key=["after_failure-%d" % i for i in range(3)])
        for future in futures + after:
            assert isinstance(future.exception(START_S), ValueError)
        del futures, future, after
        wait_until(lambda: not any(cluster.status()["tasks"].values()), "all is forgotten")
        rows = told(cluster)
        assert counts_of(rows["square_of"]) == {"done": 12}
        assert counts_of(rows["fail_always"]) == {"failed": 3}
        assert counts_of(rows["after_failure"]) == {"skipped": 3}
        assert rows["fail_always"]["first_error"].startswith("ValueError(")
        assert "\x1b" not in rows["fail_always"]["first_error"] and "\n" not in rows["fail_always"]["first_error"]
        assert rows["fail_always"]["first_failed_key"].startswith("fail_always-")
        assert rows["square_of"]["first_error"] is None and rows["square_of"]["first_failed_key"] is None


def test_tasks_that_run_and_wait_are_told_by_function(cluster, tmp_path):
    with cluster.client() as client:
        cluster.start_workers("worker-0")
        futures = [client.submit(run_until, str(tmp_path / "gate"), key="gated-%d" % i) for i in range(3)]
        wait_until(lambda: counts_of(told(cluster)["gated"]) == {"running": 1, "waiting": 2}, "one runs")
        assert cluster.workers()["worker-0"]["runs"] == {"gated": 1}
        wait_until(lambda: occupied_s(cluster, "gated") > 0.9, "its time counts while it runs")
        (tmp_path / "gate").touch()
        client.gather(futures)
        wait_until(lambda: counts_of(told(cluster)["gated"]) == {"done": 3}, "all are done")
        wait_until(lambda: cluster.workers()["worker-0"]["runs"] == {}, "nothing runs")


def test_retries_count_once_and_what_is_computed_again_too(cluster, tmp_path):
    with cluster.client() as client:
        cluster.start_workers("worker-0")
        assert client.submit(fail_until, str(tmp_path / "a"), key="retried-0", retries=1).result(START_S) is None
        assert counts_of(told(cluster)["retried"]) == {"done": 1}
        again = client.submit(fail_until, str(tmp_path / "b"), key="asked-0")
        assert isinstance(again.exception(START_S), FileNotFoundError)
        again.retry()
        assert again.result(START_S) is None
        assert counts_of(told(cluster)["asked"]) == {"done": 1, "failed": 1}
        kept = client.submit(square_of, 3, key="again-0")
        assert kept.result(START_S) == 9
        cluster.processes[-1].kill()
        wait_until(lambda: not cluster.workers(), "its worker is dead")
        cluster.start_workers("worker-1")
        assert kept.result(START_S) == 9
        assert counts_of(told(cluster)["again"]) == {"done": 1}


def test_task_that_dies_with_its_workers_has_failed_once(cluster):
    with cluster.client() as client:
        before = allow(client, 0)
        try:
            cluster.start_workers("worker-0")
            future = client.submit(kill_worker, key="perishing-0")
            with pytest.raises(Exception, match="perishing"):
                future.result(START_S)
            row = told(cluster)["perishing"]
            assert counts_of(row) == {"failed": 1}
            assert row["first_error"].startswith("KilledWorker: ") and "xcore logs worker-0" in row["first_error"]
            assert row["first_failed_key"] == "perishing-0"
        finally:
            allow(client, before)


def test_data_that_a_client_sends_is_no_task(cluster):
    with cluster.client() as client:
        cluster.start_workers("worker-0")
        client.scatter({"sent-0": 1})
        assert "sent" not in told(cluster)


def test_many_functions_are_summed_up_but_those_that_fail_or_have_tasks_left(cluster, tmp_path):
    with cluster.client() as client:
        cluster.start_workers("worker-0")
        before = cluster.status()["record"]
        client.gather([client.submit(square_of, i, key="one_of_many_%d" % i) for i in range(150)])
        late = client.submit(fail_always, 1, key="late_failure")
        assert isinstance(late.exception(START_S), ValueError)
        record = cluster.status()["record"]
        assert len(record["functions"]) == 100
        assert counts_of(told(cluster)["late_failure"]) == {"failed": 1}
        running = client.submit(run_until, str(tmp_path / "gate"), key="late_start")
        wait_until(lambda: counts_of(told(cluster).get("late_start", {})) == {"running": 1}, "it is told")
        (tmp_path / "gate").touch()
        running.result(START_S)
        record = cluster.status()["record"]

        def done(record):
            return record["others"]["done"] + sum(each["done"] for each in record["functions"])

        assert done(record) == done(before) + 151
