"""Namespaces held by this process: a network with nothing running in it, sockets that live in another's network."""

import ctypes
import os
import subprocess
import threading
from contextlib import contextmanager

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def run(*command, text=None):
    """Runs a program, quietly.

    :raises RuntimeError: it failed; what it said
    """
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}\n{text or ''}")
    return done.stdout


def own_mounts():
    """From here on this process's mounts are its own, and go when it goes. Before it has any thread."""
    _call(_libc.unshare, CLONE_NEWNS)
    run("mount", "--make-rprivate", "/")


class Network:
    """A network namespace: a path that `ip` and `nsenter` accept, and a place to make sockets in."""

    def __init__(self, path):
        self._fd = os.open(path, os.O_RDONLY)
        self.path = f"/proc/{os.getpid()}/fd/{self._fd}"

    @classmethod
    def new(cls):
        """One with nothing in it, which lasts as long as this process holds it."""
        made = []

        def make():
            _call(_libc.unshare, CLONE_NEWNET)
            made.append(cls("/proc/thread-self/ns/net"))

        thread = threading.Thread(target=make)  # the thread ends, and so this process stays where it was
        thread.start()
        thread.join()
        return made[0]

    @contextmanager
    def entered(self):
        """This thread is inside; a socket made there stays there."""
        with open("/proc/thread-self/ns/net") as here:
            _call(_libc.setns, self._fd, CLONE_NEWNET)
            try:
                yield
            finally:
                _call(_libc.setns, here.fileno(), CLONE_NEWNET)

    def ip(self, commands):
        run("nsenter", f"--net={self.path}", "ip", "-batch", "-", text=commands)

    def nft(self, rules):
        run("nsenter", f"--net={self.path}", "nft", "-f", "-", text=rules)

    def close(self):
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _call(function, *arguments):
    if function(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), function.__name__)
