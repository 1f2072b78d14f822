"""What the worker's and the scheduler's program on this machine have in common.

Such a process leads a session of its own and is found again by its *pid file*: JSON with its
process id, start time and what it is, made in one step so that no reader sees it half-written, and
by one process only however many are started.
"""

from __future__ import annotations

import calendar
import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time

import node_process

WATCH_EVERY_S = 1
"""How often a process checks that its pid file exists."""


def read_json(path):
    """The file's content, or None when there is no such file."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def _lead_session():
    """A session of its own, which is what is ended; for when a wrapper around Python started this
    as its child."""
    if os.getpgrp() != os.getpid():
        os.setsid()


def start_time():
    """When this process started, in digits: clock ticks since boot on Linux, seconds since 1970
    elsewhere."""
    if sys.platform == "linux":
        with open("/proc/self/stat", encoding="utf-8", errors="replace") as file:
            # The program's name, in brackets, may hold anything; field 3 comes after the last
            # bracket.
            return file.read().rpartition(")")[2].split()[22 - 3]
    started = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(os.getpid())],
        env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
        stdout=subprocess.PIPE,
        check=True,
        universal_newlines=True,
    ).stdout
    return str(calendar.timegm(time.strptime(" ".join(started.split()), "%a %b %d %H:%M:%S %Y")))


def write_pid_file(path, facts):
    """False when another process has written it."""
    _lead_session()
    whole = {
        **facts,
        "pid": os.getpid(),
        "start_time": start_time(),
        "launched_at_ms": round(time.time() * 1000),
    }
    temporary = "{}.{}.part".format(path, os.getpid())
    with open(temporary, "w", encoding="utf-8", opener=_owner_only) as file:
        json.dump(whole, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    try:
        return _link(temporary, path)
    finally:
        os.unlink(temporary)


def _owner_only(path, flags):
    return os.open(path, flags, 0o600)


def _link(temporary, path):
    try:
        os.link(temporary, path)
        return True
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
            raise
    # A file system without hard links: one process only still, though a reader may come too early.
    try:
        with open(temporary, encoding="utf-8") as source, open(path, "x", encoding="utf-8") as file:
            file.write(source.read())
        return True
    except FileExistsError:
        return False


def add_to_pid_file(path, facts):
    """Adds what is known at a process's end. Not where the file is gone or cannot be written."""
    temporary = "{}.{}.part".format(path, os.getpid())
    try:
        whole = {**read_json(path), **facts}
        with open(temporary, "w", encoding="utf-8", opener=_owner_only) as file:
            json.dump(whole, file, indent=2)
        os.replace(temporary, path)
    except (OSError, ValueError, TypeError) as error:
        print("Cannot write {}: {}".format(path, error), file=sys.stderr, flush=True)


class PidFile:
    """Asked now and then, it tells whether the file is gone: the cluster's folder was removed, and
    xcore would never find the process."""

    def __init__(self, path):
        self.path = path
        self._missed = 0
        self._check_at = 0.0

    def is_gone(self):
        """At the second time it is missing, a second after the first, which may be a moment of its
        replacement. It may be asked more often."""
        if time.monotonic() < self._check_at:
            return False
        self._check_at = time.monotonic() + WATCH_EVERY_S
        try:
            os.stat(self.path)
            self._missed = 0
        except (FileNotFoundError, NotADirectoryError):
            self._missed += 1
        except OSError:
            pass  # a file server that is away proves nothing
        return self._missed > 1


def end_without_pid_file(path):
    """Ends this process when its pid file is gone."""
    threading.Thread(target=_watch, args=(path,), name="xcore-pid-file", daemon=True).start()


def _watch(path):
    file = PidFile(path)
    while not file.is_gone():
        time.sleep(WATCH_EVERY_S)
    print("{} is gone: this process ends".format(path), file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGTERM)
    node_process.quit_soon()


def become(command, end_programs=node_process.end_programs):
    """Runs one of Dask's commands to its end, then ends the programs that its tasks started."""
    _keep_command_line()
    try:
        command()
    finally:
        end_programs()


def _keep_command_line():
    """Keeps Dask from writing its own title over the arguments by which this process is recognised."""
    import distributed.proctitle

    distributed.proctitle.setproctitle_mod = None
