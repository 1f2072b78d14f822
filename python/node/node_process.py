"""What every program that becomes a Dask scheduler or worker has in common, on this machine or on
an instance."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

QUIT_WITHIN_S = 5
"""How long a thread of a task may delay the end of a process that has nothing more to do."""

SILENT_WORKER_S = 6 * 3600
"""How long a worker may be silent whose connection stands: a task in compiled code may hold the
interpreter for hours. A machine that is gone is noticed by its connection, in half a minute."""

RELIED_ON = {
    # xcore ends schedulers and workers, and knows what their end may cost.
    "distributed.scheduler.idle-timeout": None,
    "distributed.worker.lifetime.duration": None,
    "distributed.worker.lifetime.restart": False,
    "distributed.scheduler.worker-ttl": "{} s".format(SILENT_WORKER_S),
    # Tasks without a worker wait for one that boots.
    "distributed.scheduler.no-workers-timeout": None,
    # What waits behind a busy worker goes to one that is idle, and no further one is launched.
    "distributed.scheduler.work-stealing": True,
    # Each worker offers what its pool offers.
    "distributed.worker.resources": {},
    # Scheduler and workers reach each other at the addresses that xcore gives them.
    "distributed.scheduler.contact-address": None,
}
"""Dask's settings that a cluster works with, over the user's own; all others are the user's."""


def configure(role, spec, settings):
    """Sets Dask's configuration over the user's own: what xcore relies on, encryption, this role's
    certificate, also for clients in this process, and further keys.

    The keys of the user's that differ are Dask's setting `xcore.overridden` afterwards.
    """
    import dask

    theirs = dask.config.collect()
    overridden = [key for key, ours in RELIED_ON.items() if dask.config.get(key, ours, config=theirs) != ours]
    certificates = {
        "distributed.comm.tls.{}.{}".format(which, part): _pem(spec[part + "_file"])
        for which in (role, "client")
        for part in ("cert", "key")
    }
    dask.config.set(
        {
            **RELIED_ON,
            "distributed.comm.require-encryption": True,
            "distributed.comm.tls.ca-file": _pem(spec["ca_file"]),
            **certificates,
            **settings,
            "xcore.overridden": overridden,
        }
    )


THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""What numerical libraries read when they are loaded, the same as Dask's nanny sets."""


def limit_threads(threads, slots, sharers, alone):
    """Limits the threads of numerical libraries, before any of them is loaded.

    threads: the setting threads_per_task; slots: tasks of this worker at a time; sharers: workers
    on this machine; alone: whether one task has the machine to itself. By `auto` the programs of
    tasks are not limited: one that is told its threads in another way would refuse to start, as
    `gmx mdrun -ntomp` does. Variables that are set already stay.
    """
    if threads == "none" or (threads == "auto" and alone):
        return
    if threads == "auto":
        value = str(max(1, _cores() // sharers // slots))
        _hide_from_programs({name: value for name in THREADS if name not in os.environ})
    else:
        for name in THREADS:
            os.environ.setdefault(name, str(threads))


def _cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _hide_from_programs(variables):
    """Sets variables for libraries in this process, which ask the C library, and not in os.environ,
    which programs that it starts get from now on."""
    library = ctypes.CDLL(None)
    for name, value in variables.items():
        library.setenv(name.encode("ascii"), value.encode("ascii"), 1)
    plain = subprocess.Popen.__init__

    def start(self, *args, **kwargs):
        # `env` is the eleventh of Popen's arguments, and is given by its name nearly always.
        if len(args) < 11 and kwargs.get("env") is None:
            kwargs["env"] = dict(os.environ)
        plain(self, *args, **kwargs)

    subprocess.Popen.__init__ = start


TRIM_THRESHOLD = -1  # M_TRIM_THRESHOLD of mallopt(3)
TRIM_BYTES = 65536  # as Dask's nanny sets it by MALLOC_TRIM_THRESHOLD_


def return_freed_memory():
    """Has glibc give memory back that a task has freed; else the process seems to use it."""
    if "MALLOC_TRIM_THRESHOLD_" not in os.environ and hasattr(ctypes.CDLL(None), "mallopt"):
        ctypes.CDLL(None).mallopt(TRIM_THRESHOLD, TRIM_BYTES)


def _pem(path):
    """A value for Dask, which takes a path with a line break in it for the certificate itself."""
    if "\n" not in path:
        return path
    with open(path, encoding="ascii") as file:
        return file.read()


def use_own_programs():
    """Finds the environment's command-line tools before others of their name, activated or not."""
    folder = os.path.dirname(sys.executable)
    path = os.environ.get("PATH", os.defpath)
    if folder not in path.split(os.pathsep):
        os.environ["PATH"] = folder + os.pathsep + path


def resources_argument(resources):
    """Dask's argument for what a worker offers, `{"GPU": 1}`; none when it offers nothing."""
    return ["--resources={}".format(" ".join("{}={}".format(*each) for each in resources.items()))] if resources else []


def beside(name):
    """The path of another file in this one's folder."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), name)


def end_programs():
    """Ends the programs that tasks have started; this process itself ends within a few seconds."""
    threading.Thread(target=quit_soon, name="xcore-quit", daemon=True).start()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.getpgrp() == os.getpid():  # else it is the group of a shell that started this
        os.killpg(os.getpgrp(), signal.SIGTERM)


def quit_soon(status=1):
    time.sleep(QUIT_WITHIN_S)
    os._exit(status)
