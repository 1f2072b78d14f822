"""Instances that boot: the emulated API's state on one side, machines on the other."""

import ipaddress
import pathlib

from machine.cgroups import ControlGroups
from machine.firewall import Rule, ruleset
from machine.guest_metadata import NAME, guest_metadata
from machine.image import Image, python_environment
from machine.machine import Hardware, Machine
from machine.metadata import ADDRESS
from machine.namespaces import own_mounts
from machine.network import Internet, PrivateNetwork
from machine.temporary_mount import TemporaryMount

ROOT = pathlib.Path(__file__).parents[3]


class Booting:
    """Machines behind the instances of one world.

    All that starts or ends a machine happens in `step`, which the thread that stays calls: a machine ends with the thread
    that started it.

    :param environment: a virtual environment that every instance has at /opt/xcore, as a prepared image would
    """

    def __init__(self, environment=None):
        own_mounts()
        self._mount = TemporaryMount("xcore-cloud-")
        self._cgroups = ControlGroups(self._mount.path / "cgroup")
        self._internet = Internet()
        self._image = Image(self._mount.path, hidden=[ROOT])
        self._image.name(NAME, ADDRESS)
        self._shown = python_environment(environment, self._mount.path) if environment else []
        self._networks, self._booted, self._waiting, self._restarting = {}, {}, [], set()
        self.world = None

    # -- what the API asks (see machines.py) ------------------------------------------------------------------------------

    def boot(self, instance, path):
        self._waiting.append((instance, path))

    def power_off(self, instance):
        booted = self._booted.get(instance["id"])
        if booted and not booted.machine.is_off and not booted.machine.ended_by_us:
            booted.machine.press_power_button()

    def tell_preempted(self, instance):
        instance["_preempted"] = True

    def console(self, instance):
        booted = self._booted.get(instance["id"])
        return booted.machine.console() if booted else b""

    # -- time passes --------------------------------------------------------------------------------------------------------

    def step(self):
        waiting, self._waiting = self._waiting, []
        for instance, path in waiting:
            self._start(instance, path)
        for booted in list(self._booted.values()):
            if booted.instance["id"] in self._restarting:
                self._restarting.discard(booted.instance["id"])
                booted.machine.boot()
                booted.rules = None
            self._shield(booted)

    def close(self):
        for booted in self._booted.values():
            booted.machine.cut()
        for booted in self._booted.values():
            booted.machine.wait()
        for network in self._networks.values():
            network.close()
        self._internet.close()
        self._cgroups.close()
        self._mount.close()

    def _start(self, instance, path):
        card = instance["networkInterfaces"][0]
        made = self.world.networks.get("projects/" + card["subnetwork"].split("projects/")[1])
        subnet = ipaddress.ip_network(made["ipCidrRange"])
        if card["network"] not in self._networks:
            self._networks[card["network"]] = PrivateNetwork(self._internet)
        network = self._networks[card["network"]]
        items = {item["key"]: item["value"] for item in instance["metadata"].get("items", [])}
        hardware = Hardware(
            name="g" + instance["id"], address=card["networkIP"], gateway=str(subnet[1]), prefix=subnet.prefixlen,
            user_data=items.get("startup-script", "").encode(), public_key=key_of(items, self.world.os_login),
            metadata=guest_metadata(lambda wanted: metadata(instance, items, wanted)), shown=self._shown,
        )  # fmt: skip
        machine = Machine(
            hardware, self._mount.path / instance["id"], self._image, network, self._cgroups, "g" + instance["id"][-12:],
            lambda machine, restarts: self._off(instance, path, restarts),
        )  # fmt: skip
        public = next((access["natIP"] for access in card.get("accessConfigs", []) if "natIP" in access), None)
        if public:
            network.publish(card["networkIP"], public)
        booted = Booted(instance, machine, network, card["networkIP"], public)
        self._booted[instance["id"]] = booted
        machine.boot()
        self._shield(booted)

    def _off(self, instance, path, restarts):
        booted = self._booted[instance["id"]]
        if restarts:
            self._restarting.add(instance["id"])
            return
        if booted.public:
            booted.network.withdraw(booted.private, booted.public)
            booted.public = None
        if not booted.machine.ended_by_us:
            self.world.agenda.after(0, lambda: self.world.instances.powered_off(path))

    def _shield(self, booted):
        """The network's firewalls as they are now: they may change while it runs."""
        if booted.machine.is_off:
            return
        rules = ruleset(rules_of(self.world, booted.instance))
        if rules != booted.rules:
            booted.machine.inside.nft(rules)
            booted.rules = rules


class Booted:
    """An instance and its machine."""

    def __init__(self, instance, machine, network, private, public):
        self.instance, self.machine, self.network = instance, machine, network
        self.private, self.public, self.rules = private, public, None


def rules_of(world, instance):
    """What the firewalls of its network let in to an instance.

    https://cloud.google.com/firewall/docs/firewalls: a rule is for the instances that have one of its target tags.
    """
    tags = set(instance["tags"].get("items", []))
    network = instance["networkInterfaces"][0]["network"]
    rules = []
    for path, firewall in world.networks.by_path.items():
        if "/firewalls/" not in path or firewall["network"] != network or firewall["disabled"]:
            continue
        if firewall.get("targetTags") and not tags & set(firewall["targetTags"]):
            continue
        sources = set(firewall.get("sourceRanges", [])) | _addresses(world, set(firewall.get("sourceTags", [])))
        for allowed in firewall.get("allowed", []):
            for port in allowed.get("ports", ["0-65535"]):
                first, _, last = port.partition("-")
                rules.append(Rule(frozenset(sources), allowed["IPProtocol"], int(first), int(last or first)))
    return rules


def _addresses(world, tags):
    """The private addresses of the instances that have one of the tags."""
    return {
        other["networkInterfaces"][0]["networkIP"]
        for other in world.instances.by_path.values() if tags & set(other["tags"].get("items", []))
    }  # fmt: skip


def key_of(items, os_login):
    """`ubuntu:ssh-ed25519 AAAA` -> the key; none where OS Login is on: "the VM ignores SSH keys in metadata".

    https://cloud.google.com/compute/docs/oslogin/set-up-oslogin: an instance's own enable-oslogin comes before the project's.

    :param items: the instance's metadata
    :param os_login: the project's
    """
    own = items.get("enable-oslogin", "TRUE" if os_login else "FALSE")
    return "" if own.upper() == "TRUE" else items.get("ssh-keys", "").partition(":")[2]


def metadata(instance, items, path):
    """https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys"""
    attribute = path.removeprefix("instance/attributes/")
    if attribute != path:
        return items.get(attribute)
    card = instance["networkInterfaces"][0]
    return {
        "instance/name": instance["name"],
        "instance/id": instance["id"],
        "instance/zone": instance["zone"].split("/v1/")[-1],
        "instance/machine-type": instance["machineType"].split("/v1/")[-1],
        "instance/preempted": "TRUE" if instance.get("_preempted") else "FALSE",
        "instance/network-interfaces/0/ip": card["networkIP"],
        "project/project-id": instance["selfLink"].split("projects/")[1].split("/")[0],
    }.get(path)
