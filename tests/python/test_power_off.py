"""What powers an instance off, as its unit runs it: a process, with times of tenths of a second."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import pytest
from preload_harness import START_S, lines_in, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python" / "node"))
import power_off  # noqa: E402

POWER_OFF = pathlib.Path(__file__).resolve().parents[2] / "python" / "node" / "power_off.py"


class PowerOff:
    def __init__(self, folder, **environment):
        self.folder, self.off = folder, folder / "off"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("XCORE_")}
        defaults = {
            "XCORE_NODE_STATE": str(folder), "XCORE_POWER_OFF_EVERY_S": "0.05", "XCORE_POWER_OFF_AFTER_S": "0.5",
            "XCORE_POWER_OFF_BOOT_S": "60", "XCORE_POWER_OFF_COMMAND": "touch '%s'" % self.off,
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, str(POWER_OFF)], env=dict(inherited, **dict(defaults, **environment)),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True,
        )  # fmt: skip

    def said(self):
        """All that it printed; it has to end by itself, with status 0."""
        output, _ = self.process.communicate(timeout=START_S)
        assert self.process.returncode == 0, output
        return output

    def touch(self):
        (self.folder / "alive").touch()


@pytest.fixture
def start(tmp_path):
    units = []

    def start(**environment):
        units.append(PowerOff(tmp_path, **environment))
        return units[-1]

    yield start
    for unit in units:
        unit.process.kill()
        unit.process.communicate()


def test_it_powers_off_at_once_when_over_is_there(start, tmp_path):
    unit = start()
    unit.touch()
    (tmp_path / "over").write_text("retired: scheduler-remove-worker\n")
    assert unit.said() == "xcore-power-off: powering off: retired: scheduler-remove-worker\n"
    assert unit.off.exists()


def test_it_powers_off_when_the_connection_is_gone_for_long(start):
    unit = start(XCORE_POWER_OFF_AFTER_S="1.5")
    ends = time.monotonic() + 2.5
    while time.monotonic() < ends:  # longer than it may be silent
        unit.touch()
        assert unit.process.poll() is None
        time.sleep(0.02)
    assert unit.said() == "xcore-power-off: powering off: no connection for 1.5 s\n"


def test_it_powers_off_when_nothing_ever_joined(start):
    unit = start(XCORE_POWER_OFF_BOOT_S="0.3", XCORE_POWER_OFF_AFTER_S="60")
    assert unit.said() == "xcore-power-off: powering off: never joined in 0.3 s\n"


def test_it_lets_a_boot_take_longer_than_a_lost_connection(start):
    unit = start(XCORE_POWER_OFF_AFTER_S="0.1")
    time.sleep(0.6)
    assert unit.process.poll() is None
    unit.touch()
    assert "no connection" in unit.said()


def test_it_that_was_asleep_waits_for_a_sign_of_life(start):
    unit = start(XCORE_POWER_OFF_AFTER_S="1.5")
    unit.touch()
    time.sleep(0.3)
    unit.process.send_signal(signal.SIGSTOP)
    time.sleep(2)
    unit.process.send_signal(signal.SIGCONT)
    time.sleep(0.3)
    assert unit.process.poll() is None, "the time it was asleep counted"
    assert "no connection" in unit.said()


def test_it_tries_a_command_that_fails_again(start, tmp_path):
    (tmp_path / "over").write_text("orphaned\n")
    gate, tries = tmp_path / "gate", tmp_path / "tries"
    unit = start(XCORE_POWER_OFF_COMMAND="sh -c 'echo >> %s; mkdir %s'" % (tries, gate / "off"))
    wait_until(lambda: tries.exists() and lines_in(tries) >= 2, "it has failed once and tries again")
    gate.mkdir()
    assert "xcore-power-off: Cannot power off: `sh -c 'echo" in unit.said()
    assert (gate / "off").is_dir()


def test_it_says_what_it_cannot_read_and_goes_on(start, tmp_path):
    (tmp_path / "over").write_text("orphaned\n")
    said = start(XCORE_POWER_OFF_AFTER_S="soon").said()
    assert "XCORE_POWER_OFF_AFTER_S=soon is not a number of seconds: using 600" in said


def test_it_goes_on_when_it_was_killed_and_started_again(start, tmp_path):
    unit = start()
    unit.touch()
    wait_until(lambda: unit.process.poll() is None, "it runs")
    unit.process.kill()
    assert "no connection for 0.5 s" in start().said()


def test_it_waits_longer_for_a_silent_worker_whose_connection_stands(start):
    with socket.create_server(("127.0.0.1", 0)) as server:
        peer = "127.0.0.1:%d" % server.getsockname()[1]
        client = socket.create_connection(server.getsockname())
        unit = start(XCORE_POWER_OFF_PEER=peer)
        unit.touch()
        time.sleep(2)
        assert unit.process.poll() is None and not unit.off.exists()
        client.close()
        assert unit.said() == "xcore-power-off: powering off: no connection for 0.5 s\n"


def test_it_does_not_wait_for_ever_for_one(start):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        unit = start(XCORE_POWER_OFF_PEER="127.0.0.1:%d" % server.getsockname()[1], XCORE_POWER_OFF_HELD_S="1.5")
        unit.touch()
        assert unit.said() == "xcore-power-off: powering off: no sign of life for 1.5 s\n"


@pytest.mark.parametrize("peer", ["", "scheduler:8786", "127.0.0.1:port", "127.0.0.1"])
def test_a_peer_that_it_cannot_look_for_is_none(start, peer):
    unit = start(XCORE_POWER_OFF_PEER=peer)
    unit.touch()
    assert unit.said() == "xcore-power-off: powering off: no connection for 0.5 s\n"


def test_it_powers_off_at_its_age_whatever_the_worker_does(start):
    age_s = power_off.machine_age_s()
    assert age_s > 0
    unit = start(XCORE_POWER_OFF_LIFETIME_S="%f" % (age_s + 1.5), XCORE_POWER_OFF_AFTER_S="600")
    while unit.process.poll() is None:  # alive all the time
        unit.touch()
        time.sleep(0.02)
    assert "older than" in unit.said()
    assert power_off.machine_age_s() >= age_s + 1.5


def test_without_a_lifetime_it_stays(start):
    unit = start(XCORE_POWER_OFF_LIFETIME_S="", XCORE_POWER_OFF_AFTER_S="600")
    unit.touch()
    time.sleep(0.6)
    assert unit.process.poll() is None


def test_a_machine_is_as_old_as_its_first_process():
    # As `ps` tells it, in whole seconds.
    told = subprocess.run(["ps", "-o", "etimes=", "-p", "1"], stdout=subprocess.PIPE, universal_newlines=True)
    assert abs(power_off.machine_age_s() - int(told.stdout)) < 5
