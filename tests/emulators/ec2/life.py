"""An instance takes time to start and to end, and says why it ended.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html

A launch that was accepted may fail while it is pending: it is terminated at once, and says why.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html#troubleshooting-launch-internal
"""

import time
from dataclasses import dataclass

from _usage import Usage
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance, InstanceState, StateReason

from .patching import patch
from .settings import SETTINGS, fits

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
ENDING = ("shutting-down", "terminated")


@dataclass
class Life:
    """The times of an instance, in seconds since 1970."""

    requested_at: float
    running_at: float | None = None
    ending_at: float | None = None
    """When it began to shut down or to stop."""
    interrupt_at: float | None = None
    """When a spot instance is taken away."""


def instances():
    """All of every account and region."""
    backends = [b for account in list(ec2_backends.values()) for b in list(account.values())]
    return [instance for backend in backends for instance in backend.all_instances()]


def find(instance_id):
    for instance in instances():
        if instance.id == instance_id:
            return instance
    raise EC2ClientError("InvalidInstanceID.NotFound", f"The instance ID '{instance_id}' does not exist")


def set_state(instance, name):
    instance._state.name, instance._state.code = name, CODES[name]


def end(instance, code, words):
    """Ends an instance for a reason of its own or of the cloud's."""
    instance.terminate()
    instance.state_reason = StateReason(f"{code}: {words}", code)


def powered_off(instance):
    """The machine switched itself off. The reasons' words are AWS's.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_ChangingInstanceInitiatedShutdownBehavior.html
    """
    if instance.instance_initiated_shutdown_behavior == "terminate":
        instance.terminate()
    else:
        instance.stop()
    code = "Client.InstanceInitiatedShutdown"
    instance.state_reason = StateReason(f"{code}: Instance initiated shutdown", code)


@patch(Instance, "__init__")
def _pending_at_first(original, self, *args, **kwargs):
    # Here and not after the launch: nobody may ever see moto's instant `running`.
    original(*args, **kwargs)
    set_state(self, "pending")
    self.life = Life(time.time())
    self.usage = Usage(self.life.requested_at)


@patch(Instance, "terminate")
def _shutting_down_first(original, self):
    before = InstanceState(self._state.name, self._state.code)
    if self.state not in ENDING:
        self.life.ending_at = time.time()
        self.usage.not_running(self.life.ending_at)
        original()
        set_state(self, "shutting-down")
    return before


@patch(Instance, "stop")
def _stopping_first(original, self):
    self.life.ending_at = time.time()
    self.usage.not_running(self.life.ending_at)
    before = original()
    set_state(self, "stopping")
    return before


@patch(Instance, "start")
def _pending_again(original, self):
    before = original()
    set_state(self, "pending")
    self.life = Life(time.time())
    return before


def step(is_off=lambda instance: True):
    """Moves every instance on as far as the clock says. is_off: whether its machine, if it has one, has ended."""
    now = time.time()
    for instance in instances():
        life = instance.life
        if instance.state == "pending" and now >= life.requested_at + SETTINGS.pending_s:
            if death := _death_of(instance):
                end(instance, death["code"], death["message"])
                set_state(instance, "terminated")
                _release(instance)
                continue
            set_state(instance, "running")
            life.running_at = now
            instance.usage.running(now)
            volumes = [instance.ec2_backend.volumes[disk.volume_id] for _, disk in instance.get_block_device_mapping]
            instance.usage.disk_gb = sum(volume.size for volume in volumes)
        elif instance.state == "running" and life.interrupt_at and now >= life.interrupt_at:
            end(instance, "Server.SpotInstanceTermination", "Spot instance termination")
        elif instance.state in ("shutting-down", "stopping") and now >= life.ending_at + SETTINGS.stopping_s and is_off(instance):
            set_state(instance, "terminated" if instance.state == "shutting-down" else "stopped")
            if instance.state == "terminated":
                _release(instance)


def _death_of(instance):
    facts = {"type": instance.instance_type, "zone": instance.availability_zone, "market": instance.lifecycle or "on-demand"}
    return next((rule for rule in SETTINGS.deaths if fits(rule, **facts)), None)


def _release(instance):
    """Its interfaces and addresses are free again, and its volume is gone."""
    instance.usage.released(time.time())
    for nic in instance.nics.values():
        nic.public_ip = None
        instance.ec2_backend.enis.pop(nic.id, None)


def stamp(at_s):
    """ISO 8601 in UTC, as the metadata service writes times."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_s))
