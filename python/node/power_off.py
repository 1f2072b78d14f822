"""Powers off an instance that has nothing more to do: `python3 power_off.py`, run by a unit of its
own beside Dask's.

XCORE_NODE_STATE          the folder with the files `alive` and `over`, see `node_state.py`;
                          default /run/xcore
XCORE_POWER_OFF_AFTER_S   seconds for which `alive` may stay untouched; default 600
XCORE_POWER_OFF_BOOT_S    seconds until it is touched first, which is when the instance has joined;
                          default: the same
XCORE_POWER_OFF_PEER      `10.0.0.5:8786`, the scheduler: while this machine has a connection to it,
                          `alive` may stay untouched for XCORE_POWER_OFF_HELD_S seconds, default
                          21600: a task in compiled code may hold the interpreter for hours
XCORE_POWER_OFF_LIFETIME_S   seconds since the machine booted after which it powers off, whatever runs;
                          default: none
XCORE_POWER_OFF_EVERY_S   seconds between two checks; default 10
XCORE_POWER_OFF_COMMAND   the command that powers off, split as a shell would; default
                          `systemctl poweroff`

It powers off at once when `over` exists: the worker was retired, the scheduler was orphaned. A time
that is not a number is replaced by its default, with a line that says so: a unit that does not
start would never power off.

Exits with status 0 after the command has succeeded, and tries a command that fails again at each
check. The unit wants Restart=always: any other exit is a fault, and a restart costs no more than
counting from 0 again. Only time that passed between two checks counts, so that a machine that was
asleep does not power off the moment it wakes.

Standard library only; Python 3.8 or later.
"""

import math
import os
import shlex
import socket
import subprocess
import sys
import time

DEFAULT_AFTER_S = 600
DEFAULT_HELD_S = 6 * 3600
DEFAULT_EVERY_S = 10
DEFAULT_OFF = "systemctl poweroff"


def say(line):
    print("xcore-power-off: " + line, flush=True)


def seconds(name, default):
    text = os.environ.get(name, "")
    try:
        value = float(text or default)
    except ValueError:
        value = math.nan
    if value > 0:
        return value
    say("%s=%s is not a number of seconds: using %g" % (name, text, default))
    return default


def touched_at(path):
    """A value that changes whenever the file is touched; None when there is none."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None


def first_line(path):
    """None when there is no such file; a file that cannot be read counts."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readline().strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        return str(error)


class Silence:
    """Counts seconds without a sign of life, of those in which this process was awake."""

    def __init__(self, after_s, boot_s, every_s, held_s):
        self.after_s, self.boot_s, self.every_s, self.held_s = after_s, boot_s, every_s, held_s
        self.seconds = 0.0
        self.touched = None

    def check(self, touched, passed_s, is_connected):
        """The reason to power off, or None; `is_connected()` tells whether the scheduler's
        connection stands."""
        if touched != self.touched:
            self.touched, self.seconds = touched, 0.0
            return None
        self.seconds += min(passed_s, 2 * self.every_s)
        if self.touched is None:
            return "never joined in %g s" % self.boot_s if self.seconds >= self.boot_s else None
        if self.seconds < self.after_s:
            return None
        if not is_connected():
            return "no connection for %g s" % self.after_s
        return "no sign of life for %g s" % self.held_s if self.seconds >= self.held_s else None


ESTABLISHED = "01"  # TCP_ESTABLISHED of Linux's tcp_states.h


def is_connected(peer):
    """Does a connection to this IPv4 address and port stand? Not where that cannot be told."""
    host, _, port = peer.rpartition(":")
    try:
        # /proc/net/tcp has an address as one number in the machine's own order.
        address = "%08X" % int.from_bytes(socket.inet_aton(host), sys.byteorder)
        remote = "%s:%04X" % (address, int(port))
    except (OSError, ValueError):
        return False
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):  # there, such an address is the end of a longer one
        try:
            with open(table, encoding="ascii") as file:
                rows = [line.split() for line in file]
        except OSError:
            continue
        if any(row[2].endswith(remote) and row[3] == ESTABLISHED for row in rows[1:]):
            return True
    return False


def machine_age_s():
    """Seconds since this machine booted, by the start of its first process: in a container that is
    not what /proc/uptime says, which is its host's. 0 where that cannot be told."""
    try:
        with open("/proc/1/stat", encoding="ascii", errors="replace") as file:
            started = int(file.read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
        with open("/proc/uptime", encoding="ascii") as file:
            return max(0.0, float(file.read().split()[0]) - started)
    except (OSError, ValueError, IndexError):
        return 0.0


def power_off(command):
    """Whether it worked."""
    try:
        status = subprocess.run(shlex.split(command), stdin=subprocess.DEVNULL).returncode
    except (OSError, ValueError) as error:
        status = error
    if status != 0:
        say("Cannot power off: `%s` ended with %s" % (command, status))
    return status == 0


def main():
    folder = os.environ.get("XCORE_NODE_STATE", "/run/xcore")
    after_s = seconds("XCORE_POWER_OFF_AFTER_S", DEFAULT_AFTER_S)
    every_s = seconds("XCORE_POWER_OFF_EVERY_S", DEFAULT_EVERY_S)
    held_s = seconds("XCORE_POWER_OFF_HELD_S", DEFAULT_HELD_S)
    silence = Silence(after_s, seconds("XCORE_POWER_OFF_BOOT_S", after_s), every_s, held_s)
    lifetime_s = seconds("XCORE_POWER_OFF_LIFETIME_S", math.inf)
    peer = os.environ.get("XCORE_POWER_OFF_PEER", "")
    command = os.environ.get("XCORE_POWER_OFF_COMMAND") or DEFAULT_OFF
    checked_at = time.monotonic()
    while True:
        now = time.monotonic()
        passed_s, checked_at = now - checked_at, now
        why = first_line(os.path.join(folder, "over"))
        if why is None:
            why = silence.check(touched_at(os.path.join(folder, "alive")), passed_s, lambda: is_connected(peer))
        if why is None and lifetime_s <= machine_age_s():
            why = "older than %g s" % lifetime_s
        if why is not None:
            say("powering off: " + why)
            if power_off(command):
                return 0
        time.sleep(every_s)


if __name__ == "__main__":
    sys.exit(main())
