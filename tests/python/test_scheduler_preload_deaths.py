"""Tasks whose workers die: a few deaths end a task, those that were announced do not count."""

import os
import pathlib
import signal
import time

import pytest
from distributed.scheduler import KilledWorker
from preload_harness import START_S, wait_until
from test_spot_notice import notice


def end_with_worker(gate, kill):
    """A task that waits for the file `gate`, and then, with `kill`, takes its worker with it."""
    while not pathlib.Path(gate).exists():
        time.sleep(0.02)
    if kill:
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def allow(client, failures):
    def set_it(dask_scheduler, failures=failures):
        before, dask_scheduler.allowed_failures = dask_scheduler.allowed_failures, failures
        return before

    return client.run_on_scheduler(set_it)


def test_task_that_kills_its_workers_fails_and_names_the_last(cluster, tmp_path):
    gate = tmp_path / "gate"
    with cluster.client() as client:
        before = allow(client, 1)
        assert before == 3, "Dask's own"
        try:
            future = client.submit(end_with_worker, str(gate), True, key="deadly")
            for name in ("worker-0", "worker-1"):
                cluster.start_workers(name)
                wait_until(lambda: [w["executing"] for w in cluster.workers().values()] == [1], "it runs")
                gate.touch()
                wait_until(lambda: not cluster.workers(), "its worker is dead")
                gate.unlink()
            with pytest.raises(KilledWorker, match=r"deadly.*\(worker-1: see `xcore logs worker-1`, or"):
                future.result(START_S)
            assert [(d["name"], d["ran"]) for d in cluster.status()["deaths"][-2:]] == [
                ("worker-0", ["deadly"]), ("worker-1", ["deadly"]),
            ]  # fmt: skip
        finally:
            allow(client, before)


def test_announced_ends_of_workers_do_not_count(cluster, tmp_path):
    gate = tmp_path / "gate"
    with cluster.client() as client:
        before = allow(client, 0)
        try:
            told = len(cluster.status()["deaths"])
            future = client.submit(end_with_worker, str(gate), False)
            cluster.start_workers("worker-0")
            wait_until(lambda: cluster.workers()["worker-0"]["executing"] == 1, "it runs")
            notice(client, "worker-0", 3000)
            wait_until(lambda: cluster.workers()["worker-0"]["taken_in_s"] == 3000, "it is told")
            cluster.processes[-1].kill()
            cluster.start_workers("worker-1")
            gate.touch()
            assert future.result(START_S) == "done"
            assert len(cluster.status()["deaths"]) == told
        finally:
            allow(client, before)
