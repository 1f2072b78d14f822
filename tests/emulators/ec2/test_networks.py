import socket
import subprocess
import urllib.request

from machine.network import USER

from .conftest import PATIENCE_S, new_network, until

SERVE = "systemd-run --quiet --unit web --working-directory /usr/share/common-licenses python3 -u -m http.server 7000"


def meets(address, port=7000):
    """What a connection from the user meets."""
    try:
        socket.create_connection((address, port), timeout=0.5).close()
        return "an answer"
    except ConnectionRefusedError:
        return "nobody listening"
    except TimeoutError:
        return "a wall"


def status(cloud, instance, address, port=7000):
    """The HTTP status that an instance gets there; 000: no answer."""
    return cloud.inside(instance, f"curl -s -o /dev/null -w '%{{http_code}}' --max-time 2 http://{address}:{port}/")


def test_the_user_is_let_in_where_a_rule_says_so(boots):
    rule = boots.allow(7000, f"{USER}/32")
    instance = boots.boot(SERVE)
    address = boots.cloud.reading(instance)["public_address"]
    until("the server", lambda: meets(address) == "an answer")
    urllib.request.urlopen(f"http://{address}:7000/").close()
    until("the user's own address, as it sees it", lambda: USER in boots.cloud.inside(instance, "journalctl -o cat -u web"))
    boots.cloud.ec2.revoke_security_group_ingress(GroupId=boots.group, IpPermissions=[rule])
    until("the wall", lambda: meets(address) == "a wall")


def test_a_user_who_moves_is_somebody_else(boots):
    boots.allow(7000, f"{USER}/32")
    address = boots.cloud.reading(boots.boot(SERVE))["public_address"]
    until("the server", lambda: meets(address) == "an answer")
    boots.cloud.ask("move-user", address="198.19.0.2")
    assert meets(address) == "a wall"
    boots.allow(7000, "198.19.0.2/32")
    until("the new rule", lambda: meets(address) == "an answer")
    boots.cloud.ask("move-user", address=USER)


def test_nobody_is_let_in_where_no_rule_says_so(boots):
    boots.allow(7000, "192.0.2.0/24")
    instance = boots.boot(SERVE)
    until("the server", lambda: status(boots.cloud, instance, "127.0.0.1") == "200")
    assert meets(boots.cloud.reading(instance)["public_address"]) == "a wall"


def test_a_group_lets_its_members_in_by_their_private_addresses(boots):
    boots.allow(7000, boots.group)
    server = boots.boot(SERVE)
    member = boots.boot()
    stranger = boots.boot(SecurityGroupIds=[boots.cloud.ec2.create_security_group(GroupName="o", Description="o", VpcId=boots.vpc)["GroupId"]])
    reading = boots.cloud.reading(server)
    until("the server", lambda: status(boots.cloud, member, reading["private_address"]) == "200")
    assert status(boots.cloud, stranger, reading["private_address"]) == "000"
    assert status(boots.cloud, member, reading["public_address"]) == "000", "there it comes from a public address"


def test_two_networks_with_the_same_addresses_do_not_meet(boots):
    other = new_network(boots.cloud)
    for network in (boots, other):
        network.allow(7000, "0.0.0.0/0")
    boots.cloud.ec2.modify_subnet_attribute(SubnetId=other.subnet, MapPublicIpOnLaunch={"Value": True})
    server, stranger = boots.boot(SERVE), other.boot()
    reading, seen = boots.cloud.reading(server), boots.cloud.reading(stranger)
    assert reading["private_address"] == seen["private_address"]
    until("the server", lambda: status(boots.cloud, stranger, reading["public_address"]) == "200")
    assert status(boots.cloud, stranger, reading["private_address"]) == "000"


def test_no_packet_leaves(boots):
    instance = boots.boot()
    words = boots.cloud.inside(instance, "curl -sS --max-time 3 http://192.0.2.1/ 2>&1; getent hosts example.org || echo no such name")
    assert "Failed to connect" in words or "timed out" in words
    assert "no such name" in words


def test_ssh_with_the_key_pair_and_the_host_key_of_the_console(boots, tmp_path):
    key, known = tmp_path / "key", tmp_path / "known_hosts"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = (tmp_path / "key.pub").read_bytes()
    boots.cloud.ec2.import_key_pair(KeyName=boots.vpc, PublicKeyMaterial=public)
    boots.allow(22, f"{USER}/32")
    instance = boots.boot(KeyName=boots.vpc)
    address = boots.cloud.reading(instance)["public_address"]
    console = boots.cloud.console(instance)
    keys = console.split("-----BEGIN SSH HOST KEY KEYS-----\n")[1].split("-----END")[0]
    known.write_text("".join(f"{address} {line}\n" for line in keys.splitlines()))
    options = ["-o", f"UserKnownHostsFile={known}", "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-i", key]
    until("sshd", lambda: meets(address, 22) == "an answer")
    done = subprocess.run(["ssh", *options, f"ubuntu@{address}", "id -un; hostname"], capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.stdout == f"ubuntu\nip-{boots.cloud.reading(instance)['private_address'].replace('.', '-')}\n", done.stderr
