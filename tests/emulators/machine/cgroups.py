"""A control group for each machine, for systemd needs one that is its own.

Groups outlive a process that is killed, as nothing else here does: a new set removes those whose processes are gone.
"""

import contextlib
import errno
import os
import pathlib
import secrets
import time

from .namespaces import run

PREFIX = "xcore-cloud-"


class ControlGroups:
    def __init__(self, folder):
        """:param folder: where the hierarchy is mounted"""
        folder.mkdir()
        run("mount", "-t", "cgroup2", "cgroup2", str(folder))
        for old in folder.glob(f"{PREFIX}*"):
            with contextlib.suppress(OSError):
                if "populated 0" in (old / "cgroup.events").read_text():
                    _remove_empty(old)
        self._before = folder / pathlib.Path("/proc/self/cgroup").read_text().rsplit("0::", 1)[1].strip().lstrip("/")
        self._group = _joined(folder)

    def make(self, name):
        """The file that a process writes its id to, to be in the group."""
        group = self._group / name
        group.mkdir(exist_ok=True)
        return group / "cgroup.procs"

    def remove(self, name):
        _remove(self._group / name)

    def close(self):
        _join(self._before)
        _remove(self._group)


def _joined(folder):
    """A new group, populated while this process lives. Until it is, another cloud that starts may take it for an old one."""
    while True:
        group = folder / f"{PREFIX}{secrets.token_hex(4)}"
        own = group / "cloud"
        try:
            own.mkdir(parents=True)
            _join(own)
            return group
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENODEV):  # it was removed
                raise


def _join(group):
    (group / "cgroup.procs").write_text(str(os.getpid()))


def _remove(group):
    """The dead take a moment to leave it."""
    for _ in range(100):
        _remove_empty(group)
        if not group.exists():
            return
        time.sleep(0.02)


def _remove_empty(group):
    for path, _, _ in os.walk(group, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(path)
