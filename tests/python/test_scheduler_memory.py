"""A scheduler's instance may have as little as 600 MB: what 20 workers and 5,000 tasks take of it."""

import sys

import pytest
from distributed import wait
from preload_harness import Cluster, make_bytes, wait_until

WORKERS, TASKS = 20, 5_000
SYSTEM_MB = 200
"""What Ubuntu takes for itself, without swap."""

AVAILABLE_MB = 600 - SYSTEM_MB

MANY_WORKERS = """
import asyncio, sys
from distributed import Security, Worker

async def main(url, ca, cert, key, count):
    security = Security(require_encryption=True, tls_ca_file=ca, tls_worker_cert=cert, tls_worker_key=key)
    names = ["worker-%d" % n for n in range(int(count))]
    workers = [Worker(url, name=name, nthreads=4, host="127.0.0.1", memory_limit=0, security=security) for name in names]
    await asyncio.gather(*workers)
    await asyncio.gather(*(worker.finished() for worker in workers))

asyncio.run(main(*sys.argv[1:]))
"""


class LimitedCluster(Cluster):
    """Its scheduler cannot have more memory than is available: it ends, asking for more."""

    def scheduler_command(self):
        return ["prlimit", "--data=%d" % (AVAILABLE_MB * 2**20), *super().scheduler_command()]


def increment(number):
    return number + 1


def peak_mb(pid):
    with open("/proc/%d/status" % pid) as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:")) / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="the limit and the peak are Linux's")
def test_a_scheduler_of_600_mb_has_room_for_20_workers_and_5000_tasks(tmp_path, certificates):
    cluster = LimitedCluster(tmp_path / "limited", certificates)
    try:
        cluster.start()
        command = [sys.executable, "-c", MANY_WORKERS, cluster.url, certificates.ca, certificates.cert, certificates.key]
        cluster.spawn("workers", [*command, str(WORKERS)])
        wait_until(lambda: len(cluster.workers()) == WORKERS, "all workers joined")
        with cluster.client() as client:
            futures = client.map(increment, range(TASKS))
            wait_until(lambda: not cluster.status()["runnable"], "all tasks are done", poll_s=1)  # as the daemon asks
            assert sum(client.gather(futures)) == sum(range(TASKS)) + TASKS
        print("peak: %.0f MB" % peak_mb(cluster.scheduler.pid))
        assert peak_mb(cluster.scheduler.pid) < AVAILABLE_MB
    finally:
        cluster.end()


class SmallCluster(Cluster):
    """Its scheduler is told that it may have 400 MB, as one on a small machine is."""

    def scheduler_command(self):
        return ["prlimit", "--rss=%d:%d" % (400 * 2**20, 400 * 2**20), *super().scheduler_command()]


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_a_gather_that_does_not_fit_through_the_scheduler_is_refused_and_ends_nothing(tmp_path, certificates):
    cluster = SmallCluster(tmp_path / "small", certificates)
    try:
        cluster.start()
        cluster.start_workers("worker-0")
        assert cluster.status()["memory_limit_bytes"] == 400 * 2**20
        with cluster.client() as client:
            parts = client.map(make_bytes, [60_000_000 + n for n in range(8)])
            wait(parts)
            with pytest.raises(MemoryError, match="do not fit through the scheduler"):
                client.gather(parts)
            assert len(client.gather(parts[0])) == 60_000_000
        assert cluster.scheduler.poll() is None
    finally:
        cluster.end()
