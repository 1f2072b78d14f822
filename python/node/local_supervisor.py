"""The process above a worker on this machine: it leads the session, and Dask runs in its child.

None of a task's code runs in it, so that no task, whatever it holds or breaks, can keep it from its
work. It starts the worker again when its scheduler wants that, ends it when its pid file is gone or
when it and the programs of its tasks use up its memory, and tells how it ended.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import local_process
import node_process

AGAIN = 75
"""The exit status of a worker that shall be started again: EX_TEMPFAIL of sysexits.h."""

OUT_OF_MEMORY = 0.95
"""The share of its memory at which a worker is ended, as Dask's nanny does."""

CHECK_EVERY_S = 1
CHECK_EVERY_FULL_S = 0.1
"""How often memory is measured, and how often once half of it is used: a task may fill gigabytes in
a second."""

CHECK_EVERY_BY_PS_S = 5
"""The same where each check is a program of its own."""

ROUNDS = 3
"""How often all is killed that there is: one may start another in between."""

GIB = 2**30


class Supervisor:
    """Starts and watches one worker.

    name: the worker's; pid_file: the path of its pid file; memory: the bytes that it and the
    programs of its tasks may use together.
    """

    def __init__(self, name, pid_file, memory):
        self.name = name
        self.pid_file = pid_file
        self.memory = memory
        self.much = OUT_OF_MEMORY * memory
        self.child = None
        self.told = False
        self._wake, self._woken = os.pipe()
        for end in (self._wake, self._woken):
            os.set_blocking(end, False)

    def run(self):
        """Returns None in the worker's own process, again for each that is started; in the
        supervisor's, once that has ended for good, the status to exit with."""
        adopt_orphans()
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda signum, frame: None)
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGUSR1, self._end_programs)
        while True:
            sys.stdout.flush()
            sys.stderr.flush()
            self.child = os.fork()
            if self.child == 0:
                self._become_worker()
                return None
            if self.told:  # in between
                send([self.child], signal.SIGTERM)
            status = self._watch()
            self._end_programs()
            if self.told:
                return 0 if status == AGAIN else status
            if status != AGAIN:
                return status
            print("xcore: {} starts again, as its scheduler asks".format(self.name), flush=True)

    def _become_worker(self):
        signal.set_wakeup_fd(-1)
        for signum in (signal.SIGCHLD, signal.SIGTERM, signal.SIGUSR1):
            signal.signal(signum, signal.SIG_DFL)
        os.close(self._wake)
        os.close(self._woken)
        threading.Thread(target=_end_without, args=(os.getppid(),), name="xcore-parent", daemon=True).start()

    def _end(self, signum=None, frame=None):
        self.told = True
        if self.child:
            send([self.child], signal.SIGTERM)

    def _end_programs(self, signum=None, frame=None):
        """Ends the programs of tasks."""
        send([pid for pid in started() if pid != self.child], signal.SIGTERM)

    def _watch(self):
        """Waits for the worker's end, and brings it about where it has to."""
        watched = local_process.PidFile(self.pid_file)
        check_at = time.monotonic()
        while True:
            status = self._reap()
            if status is not None:
                return status
            now = time.monotonic()
            if now >= check_at:
                if watched.is_gone():
                    return self._end_orphan()
                used = used_bytes(self.much)
                if used >= self.much:
                    return self._end_out_of_memory(used)
                check_at = now + self._pause_s(used)
            select.select([self._wake], [], [], max(0, check_at - time.monotonic()))
            with suppress(BlockingIOError):
                os.read(self._wake, 512)

    def _pause_s(self, used):
        if not os.path.exists("/proc/self/status"):
            return CHECK_EVERY_BY_PS_S
        return CHECK_EVERY_FULL_S if used > self.memory / 2 else CHECK_EVERY_S

    def _reap(self):
        """The worker's exit status, 128 + N when signal N has ended it; None while it runs."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return 1
            if pid == 0:
                return None
            if pid != self.child:
                continue  # an orphan's
            if not os.WIFSIGNALED(status):
                return os.WEXITSTATUS(status)
            number = os.WTERMSIG(status)
            if not self.told:
                names = {each.value: each.name for each in signal.Signals}
                self._tell("killed by signal {} ({})".format(number, names.get(number, "real-time")))
            return 128 + number

    def _end_orphan(self):
        """xcore would never find this worker."""
        print("{} is gone: this process ends".format(self.pid_file), file=sys.stderr, flush=True)
        self._end()
        time.sleep(node_process.QUIT_WITHIN_S)
        self._kill()
        return 1

    def _end_out_of_memory(self, used):
        self._kill()
        self._tell("out of memory ({:.1f} of {:.1f} GiB)".format(used / GIB, self.memory / GIB))
        return 128 + signal.SIGKILL

    def _kill(self):
        """Kills the worker and all that it has started, what is started meanwhile too."""
        for _ in range(ROUNDS):
            send(started(), signal.SIGKILL)

    def _tell(self, cause):
        """Says in the log and in the pid file how the worker ended."""
        print("xcore: {} ended: {}".format(self.name, cause), flush=True)
        local_process.add_to_pid_file(self.pid_file, {"cause": cause, "ended_at_ms": round(time.time() * 1000)})


def end_programs(status=1):
    """What the worker's process does in place of `node_process.end_programs`, as its parent leads
    the session. It ends within a few seconds, with this status at the latest."""
    threading.Thread(target=node_process.quit_soon, args=(status,), name="xcore-quit", daemon=True).start()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.getsid(0) == os.getppid():  # else the supervisor has ended
        os.kill(os.getppid(), signal.SIGUSR1)


def _end_without(parent):
    """Ends this process once its parent is gone: nothing watches over it then."""
    while os.getppid() == parent:
        time.sleep(CHECK_EVERY_S)
    os._exit(1)


def adopt_orphans():
    """On Linux, a program whose own parent has ended stays among this one's, and is counted."""
    if sys.platform != "linux":
        return
    import ctypes

    set_child_subreaper = 36  # prctl(2)
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


LEAST_SHARE = 2**30
"""Of memory: where `max_workers` is far more than the machine can hold, it says nothing of a share."""


def share_of_memory(workers):
    """The bytes for each of so many workers on this machine, or in this container."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in _container_limits():
        with suppress(OSError, ValueError):  # `max`, or there is none
            with open(limit, encoding="ascii") as file:
                total = min(total, int(file.read()))
    return max(total // max(1, workers), min(total, LEAST_SHARE))


def _container_limits():
    """The files with the memory limits of this process's control groups, version 2 and 1."""
    yield "/sys/fs/cgroup/memory/memory.limit_in_bytes"
    with suppress(OSError):
        with open("/proc/self/cgroup", encoding="utf-8") as file:
            path = next((line.rstrip("\n").partition("::")[2] for line in file if line.startswith("0::")), "")
        while path:
            yield "/sys/fs/cgroup{}/memory.max".format(path.rstrip("/"))
            path = os.path.dirname(path) if path != "/" else ""


def started():
    """The ids of all that this process has started, and what these have, parents first."""
    if not os.path.exists("/proc/self/task"):
        return [pid for pid, _ in _started_by_ps()]
    found, parents = [], [os.getpid()]
    while parents:
        parents = [child for parent in parents for child in _children_of(parent)]
        found += parents
    return found


def _children_of(pid):
    children = []
    with suppress(OSError):
        for thread in os.listdir("/proc/{}/task".format(pid)):
            with suppress(OSError), open("/proc/{}/task/{}/children".format(pid, thread), encoding="ascii") as file:
                children += map(int, file.read().split())
    return children


def send(pids, signum):
    """Signals those of these processes that are there and this user's."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signum)


def used_bytes(much):
    """What all that this process has started has in memory, without the files it maps.

    Up to `much`, a page that several processes share counts once for each, which is quicker to read.
    """
    if not os.path.exists("/proc/self/status"):
        return sum(used for _, used in _started_by_ps())
    pids = started()
    used = sum(_bytes_in(pid, "status", ("RssAnon:", "RssShmem:")) for pid in pids)
    if used < much:
        return used
    return sum(_bytes_in(pid, "smaps_rollup", ("Pss_Anon:", "Pss_Shmem:")) for pid in pids) or used


def _bytes_in(pid, name, fields):
    with suppress(OSError), open("/proc/{}/{}".format(pid, name), encoding="utf-8", errors="replace") as file:
        return sum(int(line.split()[1]) * 1024 for line in file if line.startswith(fields))
    return 0


def _started_by_ps():
    """Pairs of process id and resident bytes."""
    listed = subprocess.run(["ps", "-ax", "-o", "pid=,ppid=,rss="], stdout=subprocess.PIPE, universal_newlines=True)
    rows = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    found, parents = [], {os.getpid()}
    while parents:
        children = [(pid, kib * 1024) for pid, parent, kib in rows if parent in parents]
        parents = {pid for pid, _ in children}
        found += children
    return found
