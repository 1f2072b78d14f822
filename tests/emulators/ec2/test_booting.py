import gzip
import subprocess

from .conftest import until


def test_user_data_runs_as_root_with_nothing_of_this_computer(boots):
    instance = boots.boot("id -un; pwd; echo home=${HOME-none}; ls /root /mnt; cat /etc/hostname")
    name = "ip-" + boots.cloud.reading(instance)["private_address"].replace(".", "-")
    assert f"root\n/\nhome=none\n/mnt:\n\n/root:\n{name}\n" in boots.cloud.console(instance)
    assert "root\n/\nhome=none" in boots.cloud.inside(instance, "cat /var/log/cloud-init-output.log")


def test_gzipped_user_data_runs(boots):
    (instance,) = boots.run(UserData=gzip.compress(b"#!/bin/sh\necho it was packed\n"))
    boots.booted(instance)
    assert "it was packed" in boots.cloud.console(instance)


def test_user_data_that_fails_says_so(boots):
    assert "ended with status 3" in boots.cloud.console(boots.boot("exit 3"))


def test_other_user_data_is_not_run(boots):
    (instance,) = boots.run(UserData="echo run me")
    boots.booted(instance)
    assert "unhandled user data" in boots.cloud.console(instance)


def test_systemd_is_whole(boots):
    instance = boots.boot()
    until("all units", lambda: "running" in boots.cloud.inside(instance, "systemctl is-system-running"))
    assert boots.cloud.inside(instance, "systemctl --failed --no-legend") == ""
    assert boots.cloud.inside(instance, "systemd-run --quiet --wait --pipe echo from a unit").strip() == "from a unit"


def test_a_prepared_environment_is_there_and_cannot_be_written(boots):
    instance = boots.boot()
    assert boots.cloud.inside(instance, "/opt/xcore/bin/dask --version").startswith("dask, version")
    assert "Read-only" in boots.cloud.inside(instance, "touch /opt/xcore/x")


def test_what_is_written_stays_in_the_instance(boots):
    one, other = boots.boot("echo mine >/usr/local/share/mark"), boots.boot()
    assert boots.cloud.inside(one, "cat /usr/local/share/mark") == "mine\n"
    assert "No such file" in boots.cloud.inside(other, "cat /usr/local/share/mark")
    assert subprocess.run(["test", "-e", "/usr/local/share/mark"]).returncode == 1


def test_what_is_written_to_the_console_is_read_back(boots):
    instance = boots.boot("echo progress >/dev/console; echo more >/dev/ttyS0")
    assert "progress\n" in boots.cloud.console(instance) and "more\n" in boots.cloud.console(instance)
