"""What every program that becomes a Dask scheduler or worker has in common, on this machine or on
an instance."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

QUIT_WITHIN_S = 5
"""How long a thread of a task may delay the end of a process that has nothing more to do."""


def configure(role, spec, settings):
    """Sets Dask's configuration over the user's own: encryption and this role's certificate, and
    further keys."""
    import dask

    dask.config.set(
        {
            "distributed.comm.require-encryption": True,
            "distributed.comm.tls.ca-file": _pem(spec["ca_file"]),
            "distributed.comm.tls.{}.cert".format(role): _pem(spec["cert_file"]),
            "distributed.comm.tls.{}.key".format(role): _pem(spec["key_file"]),
            **settings,
        }
    )


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


def quit_soon():
    time.sleep(QUIT_WITHIN_S)
    os._exit(1)
