"""A folder in memory that vanishes with this process, whose mounts are its own (namespaces.own_mounts)."""

import contextlib
import fcntl
import os
import pathlib
import tempfile

from .namespaces import run


class TemporaryMount:
    """Only its mount point stays, if this process is killed; the next one with the same prefix removes it."""

    def __init__(self, prefix):
        for left in pathlib.Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            with contextlib.suppress(OSError):
                lock = _locked(left)
                left.rmdir()
                os.close(lock)
        # Elsewhere the mount cannot be seen: to remove its point would unmount it.
        self.path, self._lock = _new(prefix)
        run("mount", "-t", "tmpfs", "-o", "mode=700", "tmpfs", str(self.path))

    def close(self):
        run("umount", "--lazy", str(self.path))
        self.path.rmdir()
        os.close(self._lock)


def _new(prefix):
    """A folder that this process holds. Until it does, another that starts may take it for one that was left, and remove it."""
    while True:
        path = pathlib.Path(tempfile.mkdtemp(prefix=prefix))
        with contextlib.suppress(FileNotFoundError, BlockingIOError):
            lock = _locked(path)
            if path.exists():
                return path, lock
            os.close(lock)


def _locked(folder):
    """Holds a folder.

    :raises OSError: somebody who lives holds it
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
