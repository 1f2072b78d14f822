"""A machine: boots, writes to its console, can be switched off, and says when it was."""

import contextlib
import os
import pathlib
import pty
import signal
import subprocess
import threading
import time
import tty
from dataclasses import dataclass, field

import psutil

from .image import DiskImage
from .metadata import MetadataService, NothingThere
from .namespaces import Network

ROOT_SH = pathlib.Path(__file__).parent / "root.sh"
# What systemd takes as the button: https://www.freedesktop.org/software/systemd/man/latest/systemd.html#Signals
POWER_BUTTON = signal.SIGRTMIN + 4
PRESS_EVERY_S = 0.5


@dataclass
class Hardware:
    """What a machine is given."""

    name: str
    address: str
    gateway: str
    prefix: int
    user_data: bytes = b""
    public_key: str = ""
    metadata: type = NothingThere
    """A handler class for its metadata service."""
    grace_s: float = 20
    """From the power button to the cut, if it has not ended by then."""
    shown: list = field(default_factory=list)
    """(source, target): folders of this computer that it sees, read-only."""


class Machine:
    """One machine with its disk. It may be booted again when it is off.

    Boot from a thread that stays: the machine ends with the thread that started it, so that it cannot outlive this process.

    :param on_off: called when it has ended, not when it restarts by itself
    """

    def __init__(self, hardware, folder, image, network, cgroups, link, on_off):
        self.hardware, self._folder, self._image = hardware, folder, image
        self._network, self._cgroups, self._link, self._on_off = network, cgroups, link, on_off
        self._process = self._service = self._waiter = self._reader = self.inside = None
        self._begin = self._posted = self._boots = 0
        self._console = bytearray()
        self.times, self.ended_by_us = {}, False
        self._off = threading.Event()
        self._off.set()
        self.image = DiskImage(folder / "written", image)
        seed = folder / "written/var/lib/cloud/seed"
        seed.mkdir(parents=True)
        # A machine's cloud-init takes no notice of what is left there of another one's.
        os.setxattr(seed.parent, "trusted.overlay.opaque", b"y")
        (seed / "user-data").write_bytes(hardware.user_data)
        (seed / "public-key").write_text(hardware.public_key)
        (seed / "user-data").chmod(0o600)

    def boot(self):
        """Returns when its user's part begins.

        :raises RuntimeError: it cannot be made; it is off again
        """
        self.times, self.ended_by_us = {"boot_at": time.time()}, False
        self._off.clear()
        self._boots += 1
        self._begin = self._posted = len(self._console)
        terminal = self._terminal()
        self._process = self._spawn(terminal)
        self._waiter = threading.Thread(target=self._wait, args=(terminal,), daemon=True)
        try:
            self._connect()
            self._process.stdin.write(b"\n")
            self._process.stdin.close()
        except Exception:
            self.cut()
            raise
        finally:
            self._waiter.start()

    def _terminal(self):
        console, terminal = pty.openpty()
        tty.setraw(terminal)
        self._reader = threading.Thread(target=self._read, args=(console,), daemon=True)
        self._reader.start()
        return terminal

    def _spawn(self, terminal):
        name = "ip-" + self.hardware.address.replace(".", "-")
        shown = [str(part) for pair in self.hardware.shown for part in pair]
        namespaces = ["--net", "--uts", "--ipc", "--mount", "--pid", "--cgroup", "--propagation", "private"]
        return subprocess.Popen(
            [
                "bash", "-c", 'echo $$ >"$1" && shift && exec "$@"', "machine", self._cgroups.make(self.hardware.name),
                "setpriv", "--pdeathsig", "KILL", "unshare", *namespaces, "--fork", "--kill-child",
                "bash", ROOT_SH, self._folder, self._image.layer, os.ttyname(terminal), name, *shown,
            ],
            cwd="/", stdin=subprocess.PIPE, stdout=terminal, stderr=terminal, start_new_session=True,
        )  # fmt: skip

    def _connect(self):
        self.inside = self._network_of(self._process.pid)
        self._network.connect(
            self.inside, self._cable, self.hardware.address, self.hardware.gateway, self.hardware.prefix
        )
        self._service = MetadataService(self.inside, self.hardware.metadata)

    @property
    def _cable(self):
        """Each boot has its own: the last one's takes a while to vanish."""
        return f"{self._link}{self._boots}"

    def _network_of(self, pid):
        own = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{pid}/ns/net") == own:  # until unshare(2) has happened
            if self._process.poll() is not None:
                raise RuntimeError(f"the machine {self.hardware.name} cannot be made: {self._console.decode()}")
            time.sleep(0.001)
        return Network(f"/proc/{pid}/ns/net")

    def _read(self, console):
        """Keeps what is written to the console, and when cloud-init was heard of."""
        while True:
            try:
                data = os.read(console, 65536)
            except OSError:
                data = b""
            if not data:
                os.close(console)
                return
            self._console += data
            for mark, name in ((b"Cloud-init running", "user_data_at"), (b"Cloud-init finished", "user_data_ended_at")):
                if name not in self.times and self._console.find(mark, self._begin) >= 0:
                    self._posted = len(self._console)
                    self.times[name] = time.time()

    def _wait(self, terminal):
        code = self._process.wait()
        for held in (self._service, self.inside):
            if held:
                held.close()
        self._service = self.inside = None  # the last that held its network: it and its cable vanish
        os.close(terminal)
        self._reader.join()  # to the last word on the console: nobody has it open any more
        self._cgroups.remove(self.hardware.name)
        self.times["off_at"] = time.time()
        self._off.set()
        self._on_off(self, restarts=code == -signal.SIGHUP and not self.ended_by_us)

    @property
    def is_off(self):
        return self._off.is_set()

    def console(self):
        return bytes(self._console)

    def posted_console(self):
        """As it was when cloud-init had done, or the machine was off."""
        if self.is_off:
            return self.console()
        return bytes(self._console[: self._posted]) if "user_data_ended_at" in self.times else b""

    def pids(self):
        """The processes inside, by their ids outside."""
        return [] if self.is_off or self._process is None else _inside(self._process)

    def press_power_button(self):
        """What a cloud does first at a termination. It is cut when it has not ended in its time."""
        self.ended_by_us = True
        # This boot's process, not the next one's.
        threading.Thread(target=_end, args=(self._process, self.hardware.grace_s), daemon=True).start()

    def cut(self):
        self.ended_by_us = True
        _kill(self._process)

    def wait(self):
        """Until it is off, and who wanted to know of it does."""
        if self._waiter:
            self._waiter.join()

    def fail(self):
        """The host fails: the cable first, so that the dying kernel's word does not reach anybody."""
        self._network.unplug(self._cable)
        self.cut()


def _inside(process):
    """The processes below this one, the first of them first."""
    try:
        return [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    except psutil.Error:  # it has just ended
        return []


def _end(process, grace_s):
    """Presses again and again: a system that is just coming up does not notice."""
    deadline = time.monotonic() + grace_s
    while process.poll() is None and time.monotonic() < deadline:
        for pid in _inside(process)[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, POWER_BUTTON)
        time.sleep(PRESS_EVERY_S)
    _kill(process)


def _kill(process):
    """With it process 1 inside, and with that the rest."""
    if process.poll() is None:
        process.kill()
