"""The scheduler on its instance, run by xcore-scheduler.service. Its settings are in
/etc/xcore/node.json."""

from __future__ import annotations

import json

import node_process

SPEC = "/etc/xcore/node.json"


def main():
    from distributed.cli.dask_scheduler import main as dask_scheduler

    with open(SPEC, encoding="utf-8") as file:
        spec = json.load(file)
    node_process.use_own_programs()
    node_process.configure("scheduler", spec, {})
    dask_scheduler(
        [
            "--host=tls://0.0.0.0:{}".format(spec["scheduler_port"]),
            "--dashboard-address=127.0.0.1:0",
            "--preload=xcore_scheduler",
        ],
        prog_name="dask scheduler",
    )


if __name__ == "__main__":
    main()
