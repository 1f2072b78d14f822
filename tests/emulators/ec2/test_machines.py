"""What holds of the booting cloud as a whole: how many it boots, what it shows them, and that it leaves nothing behind."""

import os
import pathlib
import signal
import subprocess

import psutil

from .conftest import PATIENCE_S, a_cloud, new_network, refused, until


def test_at_most_seven_are_booted(boots):
    assert len(boots.run(1, 9)) == 7
    assert refused(boots.run) == ("InsufficientInstanceCapacity", 500)


def leftovers():
    """What of a booting cloud can be seen on this computer."""
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True).stdout.splitlines()
    mounts = pathlib.Path("/proc/self/mounts").read_text().splitlines()
    return {
        "links": [line for line in links if " lo:" not in line],
        "mounts": [line for line in mounts if "xcore-cloud" in line],
        "processes": [p.info for p in psutil.process_iter(["name", "pid"]) if p.info["name"] in ("systemd", "unshare")],
    }


def test_killed_it_leaves_no_process_mount_or_link(tmp_path):
    """In namespaces of its own, for another cloud may be up in these."""
    script = f"""
        set -e
        ip link set lo up
        {os.sys.executable} -m pytest -q -p no:cacheprovider {__file__} -k inner_killed
    """
    done = subprocess.run(
        ["unshare", "--net", "--pid", "--fork", "--mount-proc", "--kill-child", "bash", "-c", script],
        capture_output=True, text=True, env={**os.environ, "XCORE_CLOUD_KILL": "1"}, timeout=5 * PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


if "XCORE_CLOUD_KILL" in os.environ:

    def test_inner_killed():
        assert leftovers() == {"links": [], "mounts": [], "processes": []}
        try:
            with a_cloud("--boot") as cloud:
                new_network(cloud).boot()
                assert leftovers()["processes"]
                os.kill(cloud.pid, signal.SIGKILL)
                until("its end", lambda: leftovers() == {"links": [], "mounts": [], "processes": []})
                raise InterruptedError
        except InterruptedError:
            pass
        with a_cloud("--boot") as cloud:  # the next is not disturbed
            new_network(cloud).boot()
