"""What the preload takes of a scheduler with many workers and tasks, in processor seconds, which no other program's load touches.

    python preload_load.py WORKERS TASKS

The workers are connections on which nothing is ever said, so that what is measured is the scheduler's own; the tasks come from a
real client. Prints {"status_s", "beat_s"}: an answer to the daemon with its JSON, and a turn of what the preload does by itself.
"""

import asyncio
import json
import os
import pathlib
import sys
import time
from types import SimpleNamespace

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python" / "node"))

from distributed import Client, Scheduler
from distributed.core import Status
from xcore_scheduler.xcore import Xcore

ROUNDS = 21
SETTINGS = SimpleNamespace(
    cluster_id="bench-00000000", scatter_timeout_s=3600, daemon_grace_s=3600, orphan_timeout_s=3600, lease_s=30
)


class SilentComm:
    """A connection to a worker that never says anything."""

    def __init__(self, address):
        self.name = self.peer_address = self.local_address = address
        self.handshake_options = {}
        self._end = asyncio.get_running_loop().create_future()

    async def write(self, *args, **kwargs):
        return 0

    async def read(self, *args, **kwargs):
        await self._end

    def closed(self):
        return self._end.done()


def task(number):
    return number


def join(scheduler, number):
    address = "tcp://10.{}.{}.{}:40000".format(number >> 16, number >> 8 & 255, number & 255)
    metrics = {
        "memory": 2e8, "cpu": 99.5, "executing": {}, "bandwidth": {"total": 1e8, "workers": {}, "types": {}}, "event_loop_interval": 0.02,
        "digests_total_since_heartbeat": {}, "spilled_bytes": {"memory": 0, "disk": 0},
    }  # fmt: skip
    told = {
        "status": Status.running.name, "server_id": str(number), "name": "worker-%d" % number, "nthreads": 1,
        "memory_limit": 4 << 30, "metrics": metrics, "now": time.time(), "versions": {}, "resources": {}, "services": {},
        "local_directory": "", "nanny": None, "extra": {}, "stimulus_id": "bench",
    }  # fmt: skip
    return asyncio.ensure_future(scheduler.add_worker(SilentComm(address), address=address, **told))


def least_s(work):
    """Of several turns the least: the others were kept waiting by this machine."""
    taken = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        work()
        taken.append(time.thread_time() - began)
    return min(taken)


async def main(workers, tasks):
    async with Scheduler(dashboard=False, host="127.0.0.1", port=0) as scheduler:
        xcore = Xcore(scheduler, SETTINGS)
        _held = [join(scheduler, number) for number in range(workers)]
        async with Client(scheduler.address, asynchronous=True) as client:
            _futures = client.map(task, range(tasks))
            while len(scheduler.workers) < workers or len(scheduler.tasks) < tasks:
                await asyncio.sleep(0.1)
            # Those that end workers when no daemon is there do not run here.
            parts = (
                xcore.spot_retirement, xcore.lifetime_retirement, xcore.budget_end, xcore.retirement, xcore.balance, xcore.task_time,
            )  # fmt: skip
            measured = {
                "status_s": least_s(lambda: json.dumps(xcore.status())),
                "beat_s": least_s(lambda: [part.beat(0.5) for part in parts]),
            }
            assert len(xcore.status()["workers"]) == workers
            assert xcore.status()["tasks"]["queued"] == tasks - workers
            print(json.dumps(measured), flush=True)
            os._exit(0)  # a thousand connections to nobody would be waited for


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
