"""One Google Cloud project: its resources, its limits, and the time that things take in it."""

import dataclasses

from . import catalog
from .clock import Agenda
from .errors import invalid
from .instances import Instances
from .limits import Limits
from .networks import Networks
from .operations import Operations
from .permissions import Role


@dataclasses.dataclass
class Times:
    """Seconds. Shorter than Google's, which are minutes; what matters is that nothing is done at once."""

    insert_s: float = 0.5
    staging_s: float = 0.5
    stop_s: float = 1.0
    network_s: float = 0.3
    #: For which an instance runs on after it is told, if it asked for that.
    preemption_notice_s: float = 120.0
    #: In which a guest has to end after the power button was pressed.
    soft_off_s: float = 30.0
    #: For how long a change is not seen in lists.
    list_lag_s: float = 0.0


class World:
    """machines: see `machines.py`; base_url: of the Compute API, ending in /compute/v1/."""

    def __init__(self, project, machines, base_url, agenda=None):
        self.project, self.base_url = project, base_url
        self.agenda = agenda or Agenda()
        self.times = Times()
        self.limits = Limits(self.agenda)
        self.operations = Operations(self.agenda, base_url)
        self.networks = Networks(self)
        self.instances = Instances(self, machines)
        #: The project's own images, by name.
        self.own_images = {}
        self.api_enabled = True
        self.billing_enabled = True
        #: No project has it from the start: https://cloud.google.com/service-usage/docs/enabled-service
        self.resource_manager_enabled = False
        #: The organisation's policies that are enforced, such as `compute.vmExternalIpAccess`.
        self.constraints = set()
        #: Machine types that a custom constraint of the organisation forbids.
        self.forbidden_types = set()
        self.denied_permissions = set()
        self.role = Role()
        #: Zones that do not answer: they are named in aggregated lists, and that is all.
        self.unreachable = set()
        #: Kinds of calls, as `Control.count` names them, of which the next is refused as one too many.
        self.throttled = set()
        #: The next launch is carried out, and its answer lost on the way.
        self.loses_answer = False
        self.hides_new = False
        #: Whether the project's metadata has enable-oslogin=TRUE: https://cloud.google.com/compute/docs/oslogin/set-up-oslogin
        self.os_login = False
        self._gone = []  # (until, path, instance): still listed

    def noted_made(self, path, instance):
        instance["_listed_from"] = self.agenda.now() + self.times.list_lag_s
        instance["_hidden"] = self.hides_new

    def noted_gone(self, path, instance):
        if self.times.list_lag_s:
            self._gone.append((self.agenda.now() + self.times.list_lag_s, path, dict(instance)))

    def listed_instances(self):
        """Path -> instance as lists show them: later than they are made, and longer than they are there."""
        now = self.agenda.now()
        self._gone = [entry for entry in self._gone if entry[0] > now]
        listed = {path: instance for _, path, instance in self._gone}
        listed.update((path, instance) for path, instance in self.instances.by_path.items()
                      if instance["_listed_from"] <= now and not (instance["_hidden"] and self.hides_new))
        return listed

    def subnetwork_for(self, project, region, card):
        return self.networks.subnetwork_for(project, region, card)

    def public_address(self, number):
        """From a range that is set aside for tests between networks (RFC 2544), so it is nobody's."""
        return "198.18.%d.%d" % divmod(number, 256)

    def image_behind(self, link):
        """The image that a disk is made from, given by its link or by its family's. Raises when there is none."""
        parts = link.split("projects/", 1)[-1].split("/")
        if len(parts) == 5 and parts[3] == "family":
            name = catalog.newest_in_family(parts[0], parts[4])
        else:
            name = parts[-1]
        if name is None or (parts[0], name) not in catalog.IMAGES:
            raise invalid("Invalid value for field 'resource.disks[0].initializeParams.sourceImage': '%s'." % link)
        return parts[0], name
