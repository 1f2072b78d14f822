"""A worker on this machine: `python …/run/worker.py <cluster_id> <name> <attempt>`, as the leader
of its own session.

It writes its pid file, sleeps for as long as a cloud's instance would take to boot, and starts a
Dask worker as its child, which it watches. A second process for the same name and attempt ends at
once, so the launch may be repeated at any time.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time

RUN = os.path.dirname(os.path.abspath(__file__))
if RUN not in sys.path:
    sys.path.insert(0, RUN)
sys.dont_write_bytecode = True
import local_process  # noqa: E402
import local_supervisor  # noqa: E402
import node_process  # noqa: E402

sys.dont_write_bytecode = False
sys.path.remove(RUN)  # a task's own module `worker` is not this one

GIVE_UP_EVERY_S = 0.1
GIVE_UP_AFTER_S = 5
"""How long Dask may take to end by itself a worker that has not joined within its death timeout."""


def main():
    cluster_id, name, attempt = sys.argv[1:4]
    instance = "{}.{}".format(attempt, name)
    spec = _spec(attempt)
    if spec is None or not _write_pid_file(spec, name, instance):
        sys.exit("{} of attempt {} is not wanted: it runs, or has run, already".format(name, attempt))
    _boot(_pid_file(instance), spec["boot_delay_s"])
    node_process.use_own_programs()
    memory = spec["memory_bytes"] or local_supervisor.share_of_memory(spec["sharers"])
    status = local_supervisor.Supervisor(name, _pid_file(instance), memory).run()
    if status is not None:
        sys.exit(status)
    try:
        local_process.become(lambda: _work(spec, name, memory), _end_programs)
    finally:
        if Again.wanted:
            sys.exit(local_supervisor.AGAIN)


def _boot(pid_file, delay_s):
    """Waits for as long as a cloud's instance would take to boot."""
    file, ready_at = local_process.PidFile(pid_file), time.monotonic() + delay_s
    while time.monotonic() < ready_at:
        if file.is_gone():
            sys.exit("{} is gone: this process ends".format(pid_file))
        time.sleep(min(local_process.WATCH_EVERY_S, max(0, ready_at - time.monotonic())))


class Again:
    """Whether this worker's scheduler has let it go for another to come in its place."""

    wanted = False


def _end_programs():
    local_supervisor.end_programs(local_supervisor.AGAIN if Again.wanted else 1)


def _spec(attempt):
    return local_process.read_json(os.path.join(RUN, attempt + ".json"))


def _pid_file(instance):
    return os.path.join(RUN, instance + ".json")


def _write_pid_file(spec, name, instance):
    kept = ("cluster_id", "attempt", "pool", "type", "accelerator", "zone", "market", "boot_delay_s")
    if not local_process.write_pid_file(_pid_file(instance), {"name": name, **{key: spec[key] for key in kept}}):
        return False
    # Read after the pid file is written, so that a process that was slow to start cannot run after
    # its end: xcore first writes down that it ends the instance or the cluster, and then looks for
    # pid files.
    ended = os.path.exists(os.path.join(RUN, "ended", instance + ".json"))
    if not ended and _spec(spec["attempt"]) is not None:
        return True
    os.unlink(_pid_file(instance))
    return False


def _work(spec, name, memory):
    os.environ.update(spec.get("env", {}))  # an older xcore has none
    node_process.limit_threads(spec["threads"], spec["slots"], spec["sharers"], alone=False)
    node_process.return_freed_memory()
    from distributed.cli.dask_worker import main as dask_worker

    scratch = os.getcwd()
    _enter(spec["working_dir"])
    # Its own pages are without TLS, so it has none; the scheduler's tell all there is.
    node_process.configure("worker", spec, {"distributed.worker.http.routes": []})
    arguments = [
        spec["scheduler"],
        "--no-nanny",
        "--name={}".format(name),
        "--nthreads={}".format(spec["slots"]),
        "--memory-limit={}".format(memory),
        "--host=127.0.0.1",
        "--no-dashboard",
        "--dashboard-address=127.0.0.1:0",
        "--local-directory={}".format(scratch),
        "--death-timeout={}".format(spec["death_timeout_s"]),
        "--preload=__main__",
        "--preload={}".format(os.path.join(RUN, "preloads", "worker_preload.py")),
        *node_process.resources_argument(spec["resources"]),
    ]
    dask_worker(arguments, prog_name="dask worker")


def _enter(folder):
    """Has tasks run in their user's folder, and find its modules after all others."""
    if folder is None:
        return
    try:
        os.chdir(folder)
        sys.path.append(folder)
    except OSError as error:
        print("xcore: Cannot run tasks in {}: {}".format(folder, error.strerror), flush=True)


def dask_setup(worker):
    """Makes a worker that is told to end close, and one that closes already close to its end.

    Dask's own answer to the signal breaks off all that goes on, the closing of a worker just
    retired too, whose process then stays."""
    from distributed.core import Status

    loop = asyncio.get_running_loop()
    starting = asyncio.current_task()
    break_off = signal.getsignal(signal.SIGTERM)

    def give_up_joining():
        """Cancels until it is heard: `asyncio.wait_for` before Python 3.12 forgets what comes as a
        connection fails."""
        if worker.status == Status.init and not starting.done():
            starting.cancel()
            loop.call_later(GIVE_UP_EVERY_S, give_up_joining)

    def end_joining():
        _end_programs()
        loop.call_later(GIVE_UP_EVERY_S, give_up_joining)

    loop.call_later(worker.death_timeout + GIVE_UP_AFTER_S, give_up_joining)  # Dask has cancelled once by then

    def close():
        closing = asyncio.ensure_future(worker.close(executor_wait=False))
        closing.add_done_callback(lambda closed: closed.cancelled() or closed.exception())  # Dask has logged it

    def end(signum, frame):
        if worker.status == Status.init:
            break_off(signum, frame)
            loop.call_soon_threadsafe(end_joining)
        else:
            loop.call_soon_threadsafe(close)

    signal.signal(signal.SIGTERM, end)


def dask_teardown(worker):
    """Dask calls this when the worker begins to close, and then waits half a minute for a task that
    still runs, although nothing takes its result any more, as when the scheduler is gone."""
    Again.wanted = getattr(worker, "xcore_again", False)
    _end_programs()


if __name__ == "__main__":
    main()
