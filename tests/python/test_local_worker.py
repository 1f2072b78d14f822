"""The program of a worker on this machine, told to end: while it works, while it closes, before it has joined."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
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
    for name in ("local_process.py", "local_supervisor.py", "node_process.py"):
        (run / name).symlink_to(NODE / name)
    (run / "preloads").symlink_to(NODE)
    certificates = cluster.certificates

    def start_worker(scheduler=cluster.url, memory_bytes=None, sharers=1, threads="auto", working_dir=None, env=None, **environment):
        spec = {
            "cluster_id": "test-01234567", "attempt": "a", "names": ["worker-0"], "scheduler": scheduler,
            "ca_file": certificates.ca, "cert_file": certificates.cert, "key_file": certificates.key,
            "slots": 1, "resources": {}, "boot_delay_s": 0, "death_timeout_s": 60, "pool": "default", "type": "local",
            "accelerator": None, "zone": None, "market": "on-demand", "memory_bytes": memory_bytes, "sharers": sharers, "threads": threads,
            "working_dir": working_dir, "env": env or {},
        }  # fmt: skip
        (run / "a.json").write_text(json.dumps(spec))
        return cluster.spawn("worker-0", [sys.executable, str(run / "worker.py"), "test-01234567", "worker-0", "a"], **environment)

    start_worker.run = run
    return start_worker


def test_tasks_have_the_variables_of_the_configuration(cluster, start):
    start(env={"LAB_TOKEN": "of two\nlines", "OMP_NUM_THREADS": "3"}, OMP_NUM_THREADS="8")
    with cluster.client() as client:
        found = client.submit(lambda: [os.environ["LAB_TOKEN"], os.environ["OMP_NUM_THREADS"]], pure=False)
        assert found.result(START_S) == ["of two\nlines", "3"]
        program = client.submit(subprocess.check_output, [sys.executable, "-c", "import os; print(os.environ['LAB_TOKEN'])"])
        assert program.result(START_S) == b"of two\nlines\n"


def processes_of_session(session):
    """The command lines of what is alive in it."""
    listed = subprocess.run(["ps", "-eo", "sess=,stat=,args="], stdout=subprocess.PIPE, universal_newlines=True, check=True)
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return [command for number, state, command in rows if int(number) == session and not state.startswith("Z")]


@pytest.mark.parametrize("later_s", [0, 0.002, 0.005, 0.01, 0.02])
def test_worker_that_is_retired_and_told_to_end_closes_by_itself(cluster, start, later_s):
    worker = start()
    # Both have to know: an old Dask that is told to end before it has heard that it joined waits for its timer.
    wait_until(lambda: "worker-0" in cluster.workers() and "Registered to" in cluster.log("worker-0"), "it joins")
    assert cluster.post("retire", names=["worker-0"], force=False)["retired"] == ["worker-0"]
    with suppress(subprocess.TimeoutExpired):
        worker.wait(later_s)
    worker.send_signal(signal.SIGTERM)
    # 1 would say that its timer had to end it; at its very end the signal finds no handler any more,
    # in the worker or in its supervisor.
    assert worker.wait(START_S) in (0, 128 + signal.SIGTERM, -signal.SIGTERM), cluster.log("worker-0")


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


def length_by_a_client_of_its_own(text):
    """A task that asks the cluster by a client that it makes itself."""
    from distributed import Client, get_worker

    with Client(get_worker().scheduler.address, set_as_default=False) as client:
        future = client.scatter(text)
        return len(client.gather(future))


def test_task_may_make_a_client_of_its_own(cluster, start):
    start()
    with cluster.client() as client:
        assert client.submit(length_by_a_client_of_its_own, "four").result(START_S) == 4


def fill(bytes_):
    """A task that fills memory, slowly enough to be seen."""
    parts = []
    while sum(map(len, parts)) < bytes_:
        parts.append(b"x" * 16_000_000)
        time.sleep(0.02)
    return len(parts)


def fill_by_program(bytes_):
    """The same in a program of its own, which outlives its parent."""
    code = "import time; data = b'x' * %d; time.sleep(600)" % bytes_
    subprocess.Popen(["sh", "-c", '"$0" -c "$1" & wait', sys.executable, code])
    time.sleep(600)


@pytest.mark.parametrize("task", [fill, fill_by_program])
def test_worker_that_uses_up_its_memory_ends_with_all_it_started(cluster, start, task):
    worker = start(memory_bytes=500_000_000, DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE="False")
    with cluster.client() as client:
        future = client.submit(task, 800_000_000)
        assert worker.wait(START_S) == 128 + signal.SIGKILL, cluster.log("worker-0")
        future.cancel()
    said = json.loads((start.run / "a.worker-0.json").read_text())
    assert re.match(r"out of memory \(0\.\d of 0\.5 GiB\)", said["cause"]) and said["ended_at_ms"] > 0
    wait_until(lambda: processes_of_session(worker.pid) == [], "the kernel has ended them")


def test_worker_that_is_killed_tells_by_what(cluster, start):
    worker = start()
    with cluster.client() as client:
        future = client.submit(os.kill, client.submit(os.getpid).result(START_S), signal.SIGSEGV)
        assert worker.wait(START_S) == 128 + signal.SIGSEGV
        future.cancel()
    assert json.loads((start.run / "a.worker-0.json").read_text())["cause"] == "killed by signal 11 (SIGSEGV)"


def test_restart_of_a_client_returns_with_its_workers_started_anew(cluster, start):
    worker = start()
    with cluster.client() as client:
        before = client.submit(os.getpid, pure=False).result(START_S)
        client.restart(timeout=START_S)
        assert client.submit(os.getpid, pure=False).result(START_S) != before
    assert worker.poll() is None


def test_worker_ends_when_its_supervisor_is_killed(cluster, start):
    worker = start()
    wait_until(lambda: "worker-0" in cluster.workers(), "it joins")
    worker.kill()
    wait_until(lambda: processes_of_session(worker.pid) == [], "nothing is left")


def read_module_and_write(name):
    import importlib

    pathlib.Path("result.txt").write_text(importlib.import_module(name).VALUE)
    return os.getcwd()


def test_tasks_run_in_the_working_dir_and_find_its_modules(cluster, start, tmp_path):
    folder = tmp_path / "a project"
    folder.mkdir()
    (folder / "beside_the_script.py").write_text("VALUE = 'found'")
    start(working_dir=str(folder))
    with cluster.client() as client:
        assert client.submit(read_module_and_write, "beside_the_script").result(START_S) == str(folder)
    assert (folder / "result.txt").read_text() == "found"
    assert sorted(path.name for path in folder.iterdir() if path.name != "__pycache__") == ["beside_the_script.py", "result.txt"]


def test_worker_goes_on_without_its_working_dir(cluster, start, tmp_path):
    start(working_dir=str(tmp_path / "gone"))
    with cluster.client() as client:
        assert client.submit(sum, [1, 2]).result(START_S) == 3
    assert "Cannot run tasks in %s: No such file" % (tmp_path / "gone") in cluster.log("worker-0")


def threads_of_libraries_and_programs(names):
    """What libraries in the worker see, what a program sees, and Python itself."""
    import ctypes

    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_char_p
    inside = [getenv(name.encode()) for name in names]
    program = subprocess.check_output("echo $OMP_NUM_THREADS,$MKL_NUM_THREADS", shell=True)
    return [value and value.decode() for value in inside], program.decode().strip()


@pytest.mark.parametrize(
    "threads, environment, libraries, programs",
    [
        ("auto", {}, ["1", "1"], ","),
        ("auto", {"OMP_NUM_THREADS": "7"}, ["7", "1"], "7,"),
        ("none", {}, [None, None], ","),
        (3, {"MKL_NUM_THREADS": "2"}, ["3", "2"], "3,2"),
    ],
)
def test_threads_of_numerical_libraries(cluster, start, threads, environment, libraries, programs):
    start(threads=threads, sharers=1000, **environment)
    with cluster.client() as client:
        names = ["OMP_NUM_THREADS", "MKL_NUM_THREADS"]
        assert client.submit(threads_of_libraries_and_programs, names).result(START_S) == (libraries, programs)


STARTING = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
import local_worker
from distributed._signals import wait_for_signals
from distributed.core import Status

# What waits for seconds on a busy machine waits for tenths of one here.
local_worker.GIVE_UP_AFTER_S = 0.5
local_worker.node_process.QUIT_WITHIN_S = 1
lost, death_timeout = float(sys.argv[2]), float(sys.argv[3])

class Worker:
    status = Status.init

async def start():
    global lost
    Worker.death_timeout = death_timeout
    local_worker.dask_setup(Worker)
    print("starting", flush=True)
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            lost -= 1
            if lost < 0:
                raise

async def main():
    tasks = [asyncio.ensure_future(wait_for_signals()), asyncio.ensure_future(asyncio.wait_for(start(), death_timeout))]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    [task.result() for task in done]

try:
    asyncio.run(main())
except asyncio.TimeoutError:
    sys.exit(3)
"""
"""A worker that joins nowhere, and loses that many cancellations: before Python 3.12, `asyncio.wait_for` forgets one that
comes just as the connection it waits for fails."""


@pytest.fixture
def joining():
    """Starts one whose start loses so many cancellations, and may take so long."""
    processes = []

    def start_joining(lost, death_timeout_s=600):
        arguments = [sys.executable, "-c", STARTING, str(NODE), str(lost), str(death_timeout_s)]
        worker = subprocess.Popen(arguments, stdout=subprocess.PIPE, universal_newlines=True, start_new_session=True)
        processes.append(worker)
        assert worker.stdout.readline() == "starting\n"
        return worker

    yield start_joining
    for worker in processes:
        worker.kill()
        worker.communicate()


def test_worker_that_is_told_to_end_ends_though_its_start_loses_a_cancellation(joining):
    worker = joining(lost=2)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(START_S) == 0


def test_worker_that_is_told_to_end_ends_though_its_start_goes_on_whatever_comes(joining):
    worker = joining(lost="inf")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(START_S) == 1


def test_worker_that_finds_no_scheduler_in_time_ends_though_its_start_loses_a_cancellation(joining):
    # Before Python 3.12 its end is Dask's timeout, since then a cancellation.
    assert joining(lost=2, death_timeout_s=0.1).wait(START_S) in (3, 1)
