import pytest

from .conftest import until


def test_power_off_inside_terminates(boots):
    instance = boots.boot("echo its last word", InstanceInitiatedShutdownBehavior="terminate")
    boots.cloud.inside(instance, "systemctl poweroff")
    until("terminated", lambda: boots.cloud.state(instance) == "terminated")
    assert boots.cloud.instance(instance)["StateReason"]["Code"] == "Client.InstanceInitiatedShutdown"
    assert "its last word" in boots.cloud.console(instance), "AWS keeps it for a while"


def test_shutdown_as_people_type_it(boots):
    (instance,) = boots.run(UserData="#!/bin/sh\nshutdown -h now\n", InstanceInitiatedShutdownBehavior="terminate")
    until("terminated", lambda: boots.cloud.state(instance) == "terminated")


def test_terminating_lets_services_end(boots):
    instance = boots.boot(
        "systemd-run --quiet --unit polite bash -c 'trap \"echo goodbye >/dev/console; exit\" TERM; touch /run/polite; while :; do sleep 0.1; done'"
    )
    until("its manners", lambda: "polite" in boots.cloud.inside(instance, "ls /run"))
    boots.cloud.ec2.terminate_instances(InstanceIds=[instance])
    until("terminated", lambda: boots.cloud.state(instance) == "terminated")
    assert "goodbye" in boots.cloud.console(instance)
    assert boots.cloud.reading(instance)["pids"] == []


def test_who_does_not_end_is_cut(boots):
    boots.cloud.set(grace_s=1)
    instance = boots.boot("systemd-run --quiet --unit rude -p TimeoutStopSec=600 bash -c 'trap \"\" TERM; sleep 600 & wait; sleep 600'")
    boots.cloud.ec2.terminate_instances(InstanceIds=[instance])
    until("terminated", lambda: boots.cloud.state(instance) == "terminated")
    assert boots.cloud.reading(instance)["pids"] == []


def test_a_reboot_keeps_the_disk_and_runs_user_data_no_more(boots):
    instance = boots.boot("echo x >>/var/lib/runs")
    before = boots.cloud.reading(instance)["times"]["boot_at"]
    boots.cloud.inside(instance, "systemctl reboot")
    until("the second boot", lambda: boots.cloud.reading(instance)["times"]["boot_at"] > before)
    boots.booted(instance)
    assert boots.cloud.state(instance) == "running"
    assert boots.cloud.inside(instance, "cat /var/lib/runs") == "x\n"


def test_a_stopped_instance_boots_again_with_its_disk(boots):
    instance = boots.boot("echo kept >/var/lib/mark")
    first = boots.cloud.reading(instance)["public_address"]
    boots.cloud.ec2.stop_instances(InstanceIds=[instance])
    until("stopped", lambda: boots.cloud.state(instance) == "stopped")
    boots.cloud.ec2.start_instances(InstanceIds=[instance])
    until("running", lambda: boots.cloud.state(instance) == "running")
    until("processes", lambda: boots.cloud.reading(instance)["pids"])
    boots.booted(instance)
    assert boots.cloud.inside(instance, "cat /var/lib/mark") == "kept\n"
    assert boots.cloud.reading(instance)["public_address"] != first


CALLER = """
import socket, sys
with socket.create_connection((sys.argv[1], 7000)) as peer:
    print("up", flush=True)
    peer.recv(1)
print("down", flush=True)
"""
ANSWERER = "import socket; peer, _ = socket.create_server(('', 7000)).accept(); peer.recv(1)"


@pytest.mark.parametrize("fails", [True, False])
def test_a_host_that_fails_says_nothing_to_its_peers(boots, fails):
    boots.allow(7000, boots.group)
    one = boots.boot(f'systemd-run --quiet python3 -c "{ANSWERER}"')
    address = boots.cloud.reading(one)["private_address"]
    until("the answerer", lambda: "7000" in boots.cloud.inside(one, "ss -Hltn"))
    other = boots.boot(f"systemd-run --quiet --unit caller python3 -c '{CALLER}' {address}")

    def heard():
        return boots.cloud.inside(other, "journalctl -o cat -u caller").split()

    until("the connection", lambda: "up" in heard())
    if fails:
        boots.cloud.ask("cut", id=one)
    else:
        boots.cloud.ec2.terminate_instances(InstanceIds=[one])
    until("its end", lambda: boots.cloud.state(one) == "terminated")
    if fails:
        assert "down" not in heard()
    else:
        until("the word of its end", lambda: "down" in heard())
