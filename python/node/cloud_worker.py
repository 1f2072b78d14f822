"""A worker on an instance, run by xcore-worker.service. Its settings are in /etc/xcore:
`node.json`, and `name`, which the instance found out when it booted.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress

import node_process
import power_off
import spot_notice
from reclaimed_in_s import reclaimed_in_s

FOLDER = "/etc/xcore/"
SCRATCH = "/var/lib/xcore"
LIFETIME_METRIC = "xcore_lifetime_left_s"
DEATH_TIMEOUT_S = 60
"""How long one process waits for a scheduler before the unit starts another."""


def main():
    spec = read_spec()
    os.environ.update(task_environment())
    node_process.limit_threads(spec["threads"], spec["slots"], 1, alone=spec["slots"] == 1)
    node_process.return_freed_memory()
    from distributed.cli.dask_worker import main as dask_worker
    from distributed.utils import get_ip

    with open(FOLDER + "name", encoding="utf-8") as file:
        name = file.read().strip()
    node_process.use_own_programs()
    # Its own pages are without TLS, so it has none; the scheduler's tell all there is.
    node_process.configure("worker", spec, {"distributed.worker.http.routes": []})
    arguments = [
        "tls://{}:{}".format(spec["scheduler_host"], spec["scheduler_port"]),
        "--no-nanny",
        "--name={}".format(name),
        "--nthreads={}".format(spec["slots"]),
        # Dask's own share is by threads: one slot on four cores would get a quarter of the memory.
        "--memory-limit=1.0",
        "--host={}".format(get_ip(spec["scheduler_host"])),
        "--no-dashboard",
        "--dashboard-address=127.0.0.1:0",
        "--local-directory={}".format(SCRATCH),
        "--death-timeout={}".format(DEATH_TIMEOUT_S),
        "--preload=__main__",
        "--preload={}".format(node_process.beside("worker_preload.py")),
        *node_process.resources_argument(spec["resources"]),
    ]
    dask_worker(arguments, prog_name="dask worker")


def read_spec():
    with open(FOLDER + "node.json", encoding="utf-8") as file:
        return json.load(file)


def task_environment():
    """The variables that the configuration gives to tasks."""
    with suppress(FileNotFoundError), open(FOLDER + "task_environment.json", encoding="utf-8") as file:
        return json.load(file)
    return {}


def dask_setup(worker):
    """Dask calls this before the worker joins."""
    spec = read_spec()
    # With every heartbeat: the scheduler gives no more tasks to one whose time is over.
    worker.metrics[LIFETIME_METRIC] = lambda worker: round(spec["lifetime_s"] - power_off.machine_age_s(), 1)
    if spec["spot"]:
        spot_notice.SpotNotice(reclaimed_in_s).tell(worker)


def dask_teardown(worker):
    """Dask calls this when the worker begins to close, and then waits half a minute for a task that
    still runs, although nothing takes its result any more, as when the scheduler is gone."""
    node_process.end_programs()


if __name__ == "__main__":
    main()
