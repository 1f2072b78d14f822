"""The scheduler on this machine: `python …/run/scheduler.py <cluster_id> scheduler <attempt>`, as
the leader of its own session. Its settings are in `scheduler-spec.json` beside it; a second one
ends at once.
"""

from __future__ import annotations

import os
import sys

RUN = os.path.dirname(os.path.abspath(__file__))
if RUN not in sys.path:
    sys.path.insert(0, RUN)
sys.dont_write_bytecode = True
import local_process  # noqa: E402
import node_process  # noqa: E402

sys.dont_write_bytecode = False
sys.path.remove(RUN)  # a client's own module `scheduler` is not this one

PID_FILE = os.path.join(RUN, "scheduler.json")


def main():
    cluster_id, name, attempt = sys.argv[1:4]
    spec = _spec(attempt)
    if spec is None:
        sys.exit("scheduler {} is not wanted: another was started, or the cluster was shut down".format(attempt))
    facts = {"cluster_id": cluster_id, "name": name, "attempt": attempt}
    if not local_process.write_pid_file(PID_FILE, {**facts, "port": spec["port"], "http_port": spec["http_port"]}):
        sys.exit("scheduler {} is not wanted: another one runs".format(attempt))
    # Read again after the pid file is written: a shutdown removes the spec first, and then looks
    # for pid files.
    if _spec(attempt) is None:
        os.unlink(PID_FILE)
        sys.exit("scheduler {} is not wanted: the cluster was shut down".format(attempt))
    local_process.end_without_pid_file(PID_FILE)
    local_process.become(lambda: _schedule(spec))


def _spec(attempt):
    spec = local_process.read_json(os.path.join(RUN, "scheduler-spec.json"))
    return spec if spec is not None and spec["attempt"] == attempt else None


def _schedule(spec):
    from distributed.cli.dask_scheduler import main as dask_scheduler

    sys.path.append(os.path.join(RUN, "preloads"))
    if spec.get("working_dir"):
        os.environ["XCORE_WORKING_DIR"] = spec["working_dir"]
    node_process.configure("scheduler", spec, {})
    dask_scheduler(
        [
            "--host=tls://127.0.0.1:{}".format(spec["port"]),
            "--dashboard-address=127.0.0.1:0",
            "--preload=xcore_scheduler",
        ],
        prog_name="dask scheduler",
    )


if __name__ == "__main__":
    main()
