"""Instances that boot: moto's state on one side, machines on the other."""

import base64
import ipaddress
import json
import pathlib
import time

from machine.cgroups import ControlGroups
from machine.firewall import ruleset
from machine.image import Image, python_environment
from machine.imds import imds
from machine.machine import Hardware, Machine
from machine.namespaces import own_mounts
from machine.network import Internet, PrivateNetwork
from machine.temporary_mount import TemporaryMount

from .credits import slow_boot_s
from .groups import rules_of
from .life import end, instances, powered_off, stamp
from .settings import SETTINGS

ROOT = pathlib.Path(__file__).parents[3]


class Machines:
    """:param environment: a virtual environment that every instance has at /opt/xcore, as a prepared image would
    :param hosts: (name, address) that every instance knows; there is no DNS
    :param authority: a certificate that every instance trusts
    """

    def __init__(self, environment=None, hosts=(), authority=None):
        own_mounts()
        self._mount = TemporaryMount("xcore-cloud-")
        self._folder = self._mount.path
        self._cgroups = ControlGroups(self._folder / "cgroup")
        self._internet = Internet()
        self._image = Image(self._folder, hidden=[ROOT])
        for name, address in hosts:
            self._image.name(name, address)
        if authority:
            self._image.trust(authority)
        self._shown = python_environment(environment, self._folder) if environment else []
        self._networks, self._machines, self._firewalls = {}, {}, {}
        self._published, self._restarting = {}, set()

    def step(self):
        """Boots, switches off and shields, as the instances' states and groups say."""
        for instance in instances():
            machine = self._machines.get(instance.id)
            if instance.state == "running":
                if machine is None or (machine.is_off and machine.life is not instance.life):
                    if time.time() < instance.life.running_at + SETTINGS.boot_s + slow_boot_s(instance):
                        continue
                    self._boot(instance, machine)
                elif instance.id in self._restarting:
                    self._restarting.discard(instance.id)
                    machine.boot()
                    self._firewalls.pop(instance.id, None)
                self._shield(instance)
            elif machine and not machine.is_off and not machine.ended_by_us:
                machine.press_power_button()

    def is_off(self, instance):
        machine = self._machines.get(instance.id)
        return machine is None or machine.is_off

    def cut(self, instance):
        self._machines[instance.id].fail()
        end(instance, "Server.InternalError", "Internal error on launch")

    def move_user(self, address):
        self._internet.move_user(address)

    def console(self, instance):
        machine = self._machines.get(instance.id)
        return machine.console() if machine else b""

    def posted_console(self, instance):
        machine = self._machines.get(instance.id)
        return machine.posted_console() if machine else b""

    def times(self, instance):
        machine = self._machines.get(instance.id)
        return machine.times if machine else {}

    def pids(self, instance):
        machine = self._machines.get(instance.id)
        return machine.pids() if machine else []

    def close(self):
        for machine in self._machines.values():
            machine.cut()
        for machine in self._machines.values():
            machine.wait()
        for one in self._networks.values():
            one.close()
        self._internet.close()
        self._cgroups.close()
        self._mount.close()

    def _boot(self, instance, machine):
        if machine is None:
            machine = self._machines[instance.id] = self._make(instance)
        machine.life = instance.life
        if instance.public_ip:
            self._network(instance).publish(instance.private_ip, instance.public_ip)
            self._published[instance.id] = instance.public_ip
        machine.boot()
        self._shield(instance)

    def _make(self, instance):
        subnet = ipaddress.ip_network(instance.nics[0].subnet.cidr_block)
        return Machine(
            Hardware(
                name=instance.id,
                address=instance.private_ip,
                gateway=str(subnet[1]),
                prefix=subnet.prefixlen,
                user_data=base64.b64decode(str(instance.user_data)) if instance.user_data else b"",
                public_key=_public_key(instance),
                metadata=imds(
                    lambda path: metadata(instance, path),
                    instance.metadata_options.http_tokens,
                    instance.metadata_options.http_put_response_hop_limit,
                ),
                grace_s=SETTINGS.grace_s,
                shown=self._shown,
            ),
            self._folder / instance.id,
            self._image_of(instance),
            self._network(instance),
            self._cgroups,
            f"i{instance.id[-12:]}",
            lambda machine, restarts: self._off(instance, restarts),
        )

    def _image_of(self, instance):
        """An image that was made here is the disk of the machine that it was made of."""
        image = instance.ec2_backend.amis.get(instance.image_id)
        origin = self._machines.get(image and image.instance_id)
        return origin.image if origin else self._image

    def _network(self, instance):
        if instance.vpc_id not in self._networks:
            self._networks[instance.vpc_id] = PrivateNetwork(self._internet)
        return self._networks[instance.vpc_id]

    def _off(self, instance, restarts):
        if restarts:
            self._restarting.add(instance.id)
            return
        public = self._published.pop(instance.id, None)
        self._firewalls.pop(instance.id, None)
        if public:
            self._network(instance).withdraw(instance.private_ip, public)
        if not self._machines[instance.id].ended_by_us:
            powered_off(instance)

    def _shield(self, instance):
        """The instance's groups as they are now: they may change while it runs."""
        rules = ruleset(rules_of(instance))
        machine = self._machines[instance.id]
        inside = machine.inside
        if inside and self._firewalls.get(instance.id) != rules:
            inside.nft(rules)
            self._firewalls[instance.id] = rules


def _public_key(instance):
    pairs = instance.ec2_backend.key_pairs
    return pairs[instance.key_name].public_key if instance.key_name in pairs else ""


def metadata(instance, path):
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html"""
    interrupt_at = instance.life.interrupt_at
    value = {
        "meta-data/ami-id": instance.image_id,
        "meta-data/ami-launch-index": str(instance.ami_launch_index),
        "meta-data/instance-id": instance.id,
        "meta-data/instance-type": instance.instance_type,
        "meta-data/instance-life-cycle": instance.lifecycle or "on-demand",
        "meta-data/local-ipv4": instance.private_ip,
        "meta-data/public-ipv4": instance.public_ip,
        "meta-data/placement/availability-zone": instance.availability_zone,
        "meta-data/placement/region": instance.region_name,
        "meta-data/public-keys/0/openssh-key": _public_key(instance) or None,
        "meta-data/spot/instance-action": interrupt_at
        and json.dumps({"action": "terminate", "time": stamp(interrupt_at)}),
        "meta-data/spot/termination-time": interrupt_at and stamp(interrupt_at),
    }.get(path)
    if path == "user-data" and instance.user_data:
        return base64.b64decode(str(instance.user_data))
    return value

