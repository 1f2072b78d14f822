"""The program of a worker on this machine, told to end: while it works, while it closes, before it has joined."""

import json
import pathlib
import signal
import subprocess
import sys
from contextlib import suppress

import pytest
from preload_harness import START_S, free_port, run_until, wait_until

NODE = pathlib.Path(__file__).resolve().parents[2] / "python" / "node"


@pytest.fixture
def start(cluster, tmp_path):
    """Starts worker-0 in a `run` folder of its own."""
    run = tmp_path / "run"
    (run / "ended").mkdir(parents=True)
    (run / "worker.py").write_text((NODE / "local_worker.py").read_text())  # it looks around from where it lies
    for name in ("local_process.py", "node_process.py"):
        (run / name).symlink_to(NODE / name)
    (run / "preloads").symlink_to(NODE)
    certificates = cluster.certificates

    def start_worker(scheduler=cluster.url):
        spec = {
            "cluster_id": "test-01234567", "attempt": "a", "names": ["worker-0"], "scheduler": scheduler,
            "ca_file": certificates.ca, "cert_file": certificates.cert, "key_file": certificates.key,
            "slots": 1, "resources": {}, "boot_delay_s": 0, "death_timeout_s": 60, "pool": "default", "type": "local",
            "accelerator": None, "zone": None, "market": "on-demand",
        }  # fmt: skip
        (run / "a.json").write_text(json.dumps(spec))
        return cluster.spawn("worker-0", [sys.executable, str(run / "worker.py"), "test-01234567", "worker-0", "a"])

    return start_worker


@pytest.mark.parametrize("later_s", [0, 0.002, 0.005, 0.01, 0.02])
def test_worker_that_is_retired_and_told_to_end_closes_by_itself(cluster, start, later_s):
    worker = start()
    # Both have to know: an old Dask that is told to end before it has heard that it joined waits for its timer.
    wait_until(lambda: "worker-0" in cluster.workers() and "Registered to" in cluster.log("worker-0"), "it joins")
    assert cluster.post("retire", names=["worker-0"], force=False)["retired"] == ["worker-0"]
    with suppress(subprocess.TimeoutExpired):
        worker.wait(later_s)
    worker.send_signal(signal.SIGTERM)
    # 1 would say that its timer had to end it; at its very end the signal finds nobody who answers.
    assert worker.wait(START_S) in (0, -signal.SIGTERM), cluster.log("worker-0")


def test_worker_that_is_told_to_end_does_not_wait_for_its_task(cluster, start, tmp_path):
    worker = start()
    with cluster.client() as client:
        task = client.submit(run_until, str(tmp_path / "never"), runs=str(tmp_path / "runs"))
        wait_until((tmp_path / "runs").exists, "the task runs")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(START_S) == 0, cluster.log("worker-0")
        task.cancel()


def test_worker_that_is_told_to_end_before_it_has_joined_ends(cluster, start):
    worker = start("tls://127.0.0.1:%d" % free_port())
    wait_until(lambda: "Waiting to connect" in cluster.log("worker-0"), "it looks for its scheduler")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(START_S) == 0, cluster.log("worker-0")
