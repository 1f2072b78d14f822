"""Virtual machines: made one by one or in bulk, preempted, powered off, deleted.

https://cloud.google.com/compute/docs/instances/instance-lifecycle
https://cloud.google.com/compute/docs/instances/multiple/about-bulk-creation
"""

import collections
import ipaddress
import itertools
import re
from datetime import datetime, timedelta

from _usage import Usage

from . import catalog
from .errors import (
    LateError,
    already_exists,
    custom_policy_violated,
    invalid,
    min_count_not_reached,
    no_act_as,
    not_found,
    policy_violated,
    required,
    stale_fingerprint,
    unsupported_operation,
)
from .operations import numeric_id, timestamp

NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
LABEL = re.compile(r"[a-z0-9_-]{0,63}")

#: Most instances of one bulkInsert call: https://cloud.google.com/compute/docs/instances/multiple/about-bulk-creation
MOST_IN_BULK = 5000

#: Billed by the second, for a minute at least: https://cloud.google.com/compute/vm-instance-pricing
MINIMUM_S = 60

#: What is kept of a serial port's output.
CONSOLE_BYTES = 1 << 20


def fingerprint(labels):
    """Changes with the labels; what it looks like is Google's own business."""
    return "%08x" % (hash(tuple(sorted(labels.items()))) & 0xFFFFFFFF)


class Instances:
    """The instances of all zones, by their paths `projects/P/zones/Z/instances/NAME`.

    machines: boots and switches off what an instance is in fact, see `machines.py`.
    """

    def __init__(self, world, machines):
        self._world, self._machines = world, machines
        self.by_path = {}
        self._usages = {}  # by the instances' own ids
        self._addresses = itertools.count(1)

    # -- requests ----------------------------------------------------------------------------------------------------

    def insert(self, project, zone, body):
        scope = "projects/%s/zones/%s" % (project, zone)
        path = "%s/instances/%s" % (scope, self._name(body.get("name")))
        if path in self.by_path:
            raise already_exists(path)
        self._validate(project, zone, body)
        self._obey_policies(path, body)
        return self._world.operations.start(
            "insert", scope, path, lambda: self._made(project, zone, path, body), self._world.times.insert_s)

    def bulk_insert(self, project, zone, body):
        """Up to `count` instances, at least `minCount` (default: all) or none of them stay.

        Quota and stock are looked at before the call is accepted as far as minCount goes; what is short of `count`
        comes out at the end.
        """
        scope = "projects/%s/zones/%s" % (project, zone)
        count = int(body.get("count", 0))
        if not 1 <= count <= MOST_IN_BULK:
            raise invalid("Invalid value for field 'resource.count': '%d'." % count)
        least = int(body.get("minCount", count))
        names = list(body.get("perInstanceProperties", {}))
        if any("name" in own for own in body.get("perInstanceProperties", {}).values()):
            # "name: [Output only]", by the reference page of bulkInsert: the key is the name.
            raise invalid("Invalid value for field 'resource.perInstanceProperties.name': it is output only.")
        if not names and "namePattern" not in body:
            raise required("Required field 'resource.namePattern' not specified")
        if names and len(names) != count:
            raise invalid("The count must equal the number of entries in perInstanceProperties.")
        names = names or [re.sub("#+", str(number), body["namePattern"]) for number in range(1, count + 1)]
        paths = ["%s/instances/%s" % (scope, self._name(name)) for name in names]
        taken = next((path for path in paths if path in self.by_path), None)
        if taken is not None:
            raise already_exists(taken)
        properties = body.get("instanceProperties", {})
        self._validate(project, zone, properties)
        self._obey_policies(paths[0], properties)

        def work():
            made, failure = [], None
            for path in paths:
                try:
                    self._made(project, zone, path, properties)
                    made.append(path)
                except LateError as error:
                    failure = error
            if len(made) < least:
                for path in made:
                    self._remove(path)
                hidden = self._world.limits.hides_causes
                raise min_count_not_reached(least, len(made), failure.status, () if hidden else [failure])
            status = {"status": "DONE", "targetVmCount": count, "createdVmCount": len(made),
                      "failedToCreateVmCount": count - len(made), "deletedVmCount": 0}
            return {"instancesBulkInsertOperationMetadata": {"perLocationStatus": {"zones/" + zone: status}}}

        return self._world.operations.start(
            "bulkInsert", scope, scope + "/instances", work, self._world.times.insert_s)

    def delete(self, path):
        instance = self.get(path)
        scope = path.rsplit("/instances/", 1)[0]
        if instance["status"] != "STOPPING":
            instance["status"] = "STOPPING"
            self._machines.power_off(instance)
        return self._world.operations.start(
            "delete", scope, path, lambda: self._remove(path), self._world.times.stop_s)

    def set_labels(self, path, body):
        instance = self.get(path)
        if body.get("labelFingerprint") != instance["labelFingerprint"]:
            raise stale_fingerprint("Labels")
        scope = path.rsplit("/instances/", 1)[0]

        def work():
            instance.update(labels=body["labels"], labelFingerprint=fingerprint(body["labels"]))

        return self._world.operations.start("setLabels", scope, path, work, 0)

    def get(self, path):
        try:
            return self.by_path[path]
        except KeyError:
            raise not_found(path) from None

    def serial_port_output(self, path, start):
        """From a byte on, of the last 1 MB; negative: so many of the last bytes.

        https://cloud.google.com/compute/docs/reference/rest/v1/instances/getSerialPortOutput
        """
        output = self._machines.console(self.get(path))
        oldest = max(0, len(output) - CONSOLE_BYTES)
        start = max(oldest, start if start >= 0 else len(output) + start)
        return {"kind": "compute#serialPortOutput", "contents": output[start:].decode(errors="replace"),
                "start": str(start), "next": str(max(start, len(output)))}

    def print(self, path, text):
        self._machines.print(self.get(path), text)

    def bill(self):
        """What is billed up to now, a line an instance; prices are the test's.

        From RUNNING until a stop has completed, its disk from its making until it is deleted:
        https://cloud.google.com/compute/docs/instances/instance-lifecycle
        """
        now = self._world.agenda.now()
        return [{**about, **usage.line(now, MINIMUM_S)} for about, usage in self._usages.values()]

    def age(self, path, by_s):
        """As if an instance had been made, and had begun to run, so many seconds earlier."""
        instance = self.get(path)
        self._usages[instance["id"]][1].aged(by_s)
        made = datetime.fromisoformat(instance["creationTimestamp"]) - timedelta(seconds=by_s)
        instance["creationTimestamp"] = made.isoformat(timespec="milliseconds")

    # -- what happens to machines --------------------------------------------------------------------------------------

    def powered_off(self, path):
        """The guest switched itself off: the instance stays, TERMINATED, and its disk goes on costing."""
        instance = self.by_path.get(path)
        if instance is not None and instance["status"] in ("PROVISIONING", "STAGING", "RUNNING"):
            self._stop(path, "TERMINATED")

    def preempt(self, path):
        """Told at the metadata server, then the power button, half a minute for the guest to end, then STOP or DELETE.

        Between the first two is `preemptionNoticeDuration`; without it they come together: "there will be no wait before
        the G2 Soft Off signal is triggered" (Scheduling in the discovery document, revision 20261106).
        https://cloud.google.com/compute/docs/instances/spot#preemption
        """
        instance = self.get(path)
        scheduling, times = instance["scheduling"], self._world.times
        self._machines.tell_preempted(instance)

        def soft_off():
            if self.by_path.get(path) is instance:
                instance["status"] = "STOPPING"
                self._machines.power_off(instance)
                self._world.agenda.after(times.soft_off_s, end)

        def end():
            if self.by_path.get(path) is not instance:
                return
            if scheduling.get("instanceTerminationAction") == "DELETE":
                self._remove(path)
            else:
                self._stop(path, "TERMINATED")

        if scheduling.get("preemptionNoticeDuration", {}).get("seconds", "0") == "0":
            soft_off()
        else:
            self._world.agenda.after(times.preemption_notice_s, soft_off)

    def _stop(self, path, final):
        instance = self.by_path[path]
        instance["status"] = "STOPPING"
        self._machines.power_off(instance)

        def stopped():
            if self.by_path.get(path) is instance and instance["status"] == "STOPPING":
                instance.update(status=final, lastStopTimestamp=timestamp())
                self._usages[instance["id"]][1].not_running(self._world.agenda.now())
                for card in instance["networkInterfaces"]:
                    for access in card.get("accessConfigs", []):
                        access.pop("natIP", None)

        self._world.agenda.after(self._world.times.stop_s, stopped)

    def _remove(self, path):
        instance = self.by_path.pop(path, None)
        if instance is not None:
            self._machines.power_off(instance)
            self._usages[instance["id"]][1].released(self._world.agenda.now())
            self._world.noted_gone(path, instance)

    # -- making ---------------------------------------------------------------------------------------------------------

    def _made(self, project, zone, path, body):
        kinds = self._kinds(body)
        spot = is_spot(body)
        for account in body.get("serviceAccounts", []):
            if "iam.serviceAccounts.actAs" in self._world.denied_permissions:
                raise no_act_as(account["email"])
        if spot and self._world.limits.preempts_at_once:
            raise unsupported_operation()
        wanted = usage_of(body, self._world.limits.region_quotas)
        region = catalog.region_of(zone)
        self._world.limits.check_quota(wanted, self._used(region), region)
        self._world.limits.take_stock(project, zone, kinds, spot, path)
        instance = self._instance(project, zone, path, body)
        self.by_path[path] = instance
        self._world.noted_made(path, instance)
        usage = Usage(self._world.agenda.now(), disk_gb=sum(int(disk["diskSizeGb"]) for disk in instance["disks"]))
        about = {"id": path, "type": self._last(body["machineType"]), "market": "spot" if spot else "on-demand"}
        self._usages[instance["id"]] = (about, usage)

        def running():
            if self.by_path.get(path) is instance and instance["status"] == "STAGING":
                instance.update(status="RUNNING", lastStartTimestamp=timestamp())
                usage.running(self._world.agenda.now())
                self._machines.boot(instance, path)

        self._world.agenda.after(self._world.times.staging_s, running)
        lifetime = int(body.get("scheduling", {}).get("maxRunDuration", {}).get("seconds", 0))
        if lifetime:
            self._world.agenda.after(lifetime, lambda: self.by_path.get(path) is instance and self._remove(path))

    def _instance(self, project, zone, path, body):
        base = self._world.base_url
        labels = dict(body.get("labels", {}))
        scheduling = {"onHostMaintenance": "MIGRATE", "automaticRestart": True, "preemptible": False,
                      "provisioningModel": "STANDARD", **body.get("scheduling", {})}
        number = next(self._addresses)
        cards = []
        for card in body["networkInterfaces"]:
            subnetwork = self._world.subnetwork_for(project, catalog.region_of(zone), card)
            network = ipaddress.ip_network(subnetwork["ipCidrRange"])
            cards.append({
                "kind": "compute#networkInterface", "name": "nic0", "fingerprint": "AAAA",
                "network": subnetwork["network"], "subnetwork": subnetwork["selfLink"], "stackType": "IPV4_ONLY",
                "networkIP": str(network[number + 1]),
                "accessConfigs": [{"kind": "compute#accessConfig", "type": "ONE_TO_ONE_NAT", "name": "External NAT",
                                   "networkTier": "PREMIUM", **access, "natIP": self._world.public_address(number)}
                                  for access in card.get("accessConfigs", [])],
            })
        machine = self._last(body["machineType"])
        disks = [{"kind": "compute#attachedDisk", "index": index, "mode": "READ_WRITE", "type": "PERSISTENT",
                  "boot": disk.get("boot", False), "autoDelete": disk.get("autoDelete", False),
                  "_type": disk_type_of(disk), "deviceName": "persistent-disk-%d" % index, "interface": "SCSI",
                  "diskSizeGb": str(disk.get("initializeParams", {}).get("diskSizeGb", 10)),
                  "source": "%sprojects/%s/zones/%s/disks/%s" % (base, project, zone, path.rsplit("/", 1)[1])}
                 for index, disk in enumerate(body["disks"])]
        return {
            "kind": "compute#instance", "id": numeric_id(), "name": path.rsplit("/", 1)[1], "status": "STAGING",
            "creationTimestamp": timestamp(), "selfLink": base + path,
            "zone": "%sprojects/%s/zones/%s" % (base, project, zone),
            "machineType": "%sprojects/%s/zones/%s/machineTypes/%s" % (base, project, zone, machine),
            "networkInterfaces": cards, "disks": disks, "labels": labels, "labelFingerprint": fingerprint(labels),
            "metadata": {"kind": "compute#metadata", "fingerprint": "BBBB", **body.get("metadata", {})},
            "tags": {"fingerprint": "CCCC", **body.get("tags", {})}, "scheduling": scheduling,
            "guestAccelerators": body.get("guestAccelerators", []),
            "serviceAccounts": body.get("serviceAccounts", []), "canIpForward": body.get("canIpForward", False),
            "shieldedInstanceConfig": {"enableSecureBoot": False, "enableVtpm": True, "enableIntegrityMonitoring": True,
                                       **body.get("shieldedInstanceConfig", {})},
            "shieldedInstanceIntegrityPolicy": {"updateAutoLearnPolicy": True},
            "deletionProtection": body.get("deletionProtection", False), "fingerprint": "DDDD",
            "cpuPlatform": "Intel Haswell", "startRestricted": False, "description": body.get("description", ""),
        }

    def _validate(self, project, zone, body):
        machine = self._last(body.get("machineType") or "")
        if not catalog.has_machine_type(zone, machine):
            # The words are of terratest #1132.
            raise invalid("Invalid value for field 'resource.machineType': '%s'. Machine type with name '%s' does not exist "
                          "in zone '%s'." % (body.get("machineType"), machine, zone))
        for card in body.get("guestAccelerators", []):
            name = self._last(card["acceleratorType"])
            if name not in catalog.ACCELERATORS or zone not in catalog.ACCELERATORS[name][2]:
                raise not_found("projects/%s/zones/%s/acceleratorTypes/%s" % (project, zone, name))
            built_in = [card["guestAcceleratorType"] for card in catalog.BUILT_IN_ACCELERATORS.get(machine, [])]
            if not machine.startswith("n1-") and name not in built_in or machine.startswith("n1-") and name == "nvidia-l4":
                raise invalid("[%s] features are not compatible for creating instance." % name)
        for card in body.get("networkInterfaces", []):
            self._world.subnetwork_for(project, catalog.region_of(zone), card)
        scheduling = body.get("scheduling", {})
        if (body.get("guestAccelerators") or is_spot(body)) and scheduling.get("onHostMaintenance") != "TERMINATE":
            raise invalid("Instances with guest accelerators or of the spot kind do not support live migration: "
                          "'onHostMaintenance' must be TERMINATE.")
        if is_spot(body) and scheduling.get("automaticRestart", True):
            raise invalid("Scheduling option 'automaticRestart' must be false for spot instances.")
        if "preemptionNoticeDuration" in scheduling:
            seconds = scheduling["preemptionNoticeDuration"].get("seconds", "0")
            if seconds not in ("0", "120") or not is_spot(body):
                raise invalid("Invalid value for field 'resource.scheduling.preemptionNoticeDuration': '%s'." % seconds)
        if "maxRunDuration" in scheduling and scheduling.get("instanceTerminationAction") is None:
            raise required("Scheduling must have 'instanceTerminationAction' when 'maxRunDuration' is given.")
        for key, value in body.get("labels", {}).items():
            if not re.match("[a-z]", key) or not LABEL.fullmatch(key) or not LABEL.fullmatch(value):
                raise invalid("Invalid value for field 'resource.labels': '%s=%s'." % (key, value))
        if not body.get("networkInterfaces"):
            raise required("At least one network interface is required.")
        if not any(disk.get("boot") for disk in body.get("disks", [])):
            raise invalid("Invalid value for field 'resource.disks': no boot disk is given.")
        for disk in body["disks"]:
            self._world.image_behind(disk.get("initializeParams", {}).get("sourceImage", ""))
            kind = disk_type_of(disk)
            if kind not in catalog.DISK_TYPES:
                raise invalid("Invalid value for field 'resource.disks[0].initializeParams.diskType': '%s'." % kind)
            if not catalog.can_boot_from(machine, kind):
                raise invalid("[%s] features are not compatible for creating instance." % kind)

    def _obey_policies(self, path, body):
        """The organisation's policies, its own on types of machines among them: custom constraints.

        https://cloud.google.com/compute/docs/ip-addresses/configure-static-external-ip-address#disableexternalip
        https://cloud.google.com/compute/docs/access/custom-constraints
        """
        machine = self._last(body["machineType"])
        if machine in self._world.forbidden_types:
            raise custom_policy_violated("custom.machineTypes", "The machine type %s is not allowed." % machine)
        public = any(card.get("accessConfigs") for card in body.get("networkInterfaces", []))
        if public and "compute.vmExternalIpAccess" in self._world.constraints:
            raise policy_violated(
                "compute.vmExternalIpAccess", "Add instance %s to the constraint to use external IP with it." % path)

        items = {item["key"]: item["value"] for item in body.get("metadata", {}).get("items", [])}
        if items.get("enable-oslogin", "").upper() == "FALSE" and "compute.requireOsLogin" in self._world.constraints:
            # "The constraint rejects updates that disable OS Login": /compute/docs/oslogin/manage-oslogin-in-an-org
            raise policy_violated("compute.requireOsLogin", "The enable-oslogin metadata may not be FALSE.")

    def _used(self, region):
        """Metric -> amount of what runs (or stands stopped) in the region, project-wide metrics over all regions."""
        used = {}
        for path, instance in self.by_path.items():
            if instance["status"] == "TERMINATED":
                continue
            here = catalog.region_of(path.split("/")[3]) == region
            for metric, amount in usage_of(instance, self._world.limits.region_quotas).items():
                if here or metric in self._world.limits.project_quotas:
                    used[metric] = used.get(metric, 0) + amount
        return used

    def _kinds(self, body):
        cards = [self._last(card["acceleratorType"]) for card in body.get("guestAccelerators", [])]
        return (self._last(body["machineType"]), *cards)

    @staticmethod
    def _last(link):
        return link.rsplit("/", 1)[-1]

    @staticmethod
    def _name(name):
        if not name or not NAME.fullmatch(name):
            raise invalid("Invalid value for field 'resource.name': '%s'." % name)
        return name


def is_spot(body):
    scheduling = body.get("scheduling", {})
    return scheduling.get("provisioningModel") == "SPOT" or scheduling.get("preemptible") is True


def disk_type_of(disk):
    """A disk's type, which an instance may name by a link; pd-standard is what none is."""
    named = disk.get("initializeParams", {}).get("diskType", "pd-standard")
    return disk.get("_type") or named.rsplit("/", 1)[-1]


def usage_of(body, granted):
    """What an instance counts against quotas: https://cloud.google.com/compute/resource-usage.

    Families that have a quota of their own count against that, the others against CPUS. Spot instances count against
    PREEMPTIBLE_CPUS and the like where these were granted, else against what all others do.

    :param granted: the region's limits by metric
    """
    spot = is_spot(body)

    def metric(name):
        preemptible = "PREEMPTIBLE_" + name
        return preemptible if spot and granted.get(preemptible, 0) > 0 else name

    machine = body["machineType"].rsplit("/", 1)[-1]
    cpus = catalog.MACHINE_TYPES[machine][0]
    family = machine.partition("-")[0].upper() + "_CPUS"
    cpu_metric = metric("CPUS")
    if cpu_metric == "CPUS" and family in granted:
        cpu_metric = family
    usage = collections.Counter({"INSTANCES": 1, cpu_metric: cpus, "CPUS_ALL_REGIONS": cpus})
    cards = body.get("guestAccelerators") or [
        {"acceleratorType": card["guestAcceleratorType"], "acceleratorCount": card["guestAcceleratorCount"]}
        for card in catalog.BUILT_IN_ACCELERATORS.get(machine, [])]
    for card in cards:
        count = int(card["acceleratorCount"])
        usage[metric(catalog.gpu_metric(card["acceleratorType"].rsplit("/", 1)[-1]))] += count
        usage["GPUS_ALL_REGIONS"] += count
    usage["IN_USE_ADDRESSES"] = sum(len(card.get("accessConfigs", [])) for card in body["networkInterfaces"])
    for disk in body["disks"]:
        size = disk.get("diskSizeGb") or disk.get("initializeParams", {}).get("diskSizeGb", 10)
        usage[catalog.DISK_TYPES[disk_type_of(disk)]] += int(size)
    return usage
