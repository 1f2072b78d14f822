"""The Compute API's paths: which method of which part answers. Pure routing, no HTTP."""

import re

from . import catalog
from .errors import ApiError, api_disabled, billing_disabled, forbidden, invalid, not_found
from .filters import compiled
from .operations import numeric_id, timestamp
from .permissions import permissions_of

#: https://cloud.google.com/compute/docs/api/how-tos/api-requests-responses: pages hold 500 unless told otherwise.
PAGE = 500

ROUTE = re.compile(
    r"projects/(?P<project>[^/]+)(?:/(?P<scope>global|zones/[^/]+|regions/[^/]+|aggregated))?"
    r"(?:/(?P<collection>[a-zA-Z]+)(?:/(?P<name>family/[^/]+|[^/]+)(?:/(?P<verb>[a-zA-Z]+))?)?)?")

#: (collection, method) -> the permission it takes
PERMISSIONS = {
    ("instances", "POST"): "compute.instances.create", ("instances", "GET"): "compute.instances.list",
    ("instances", "DELETE"): "compute.instances.delete", ("networks", "POST"): "compute.networks.create",
    ("firewalls", "POST"): "compute.firewalls.create", ("subnetworks", "POST"): "compute.subnetworks.create",
}


class Api:
    def __init__(self, world):
        self.world = world

    def answer(self, method, path, query, body, client=None):
        """The JSON answer of one call; raises ApiError. `client`: as permissions.py has it."""
        found = ROUTE.fullmatch(path)
        if found is None:
            raise not_found(path)
        call = Call(method, path, query, body, **found.groupdict())
        self._admit(call)
        lacking = self.world.role.lacking(client, permissions_of(call, self.world.project))
        if lacking is not None:
            raise forbidden(lacking, call.path)
        if call.collection is None:
            return self._place(call)
        handler = getattr(self, "_" + call.collection, None)
        if handler is None:
            raise not_found(path)
        if call.method == "GET":
            return handler(call)
        return self.world.operations.once(call.request_id, lambda: handler(call))

    def _admit(self, call):
        world = self.world
        if not world.api_enabled:
            raise api_disabled()
        if not world.billing_enabled:
            raise billing_disabled()
        permission = PERMISSIONS.get((call.collection, call.method))
        if permission in world.denied_permissions:
            raise forbidden(permission, call.path)
        zone = (call.scope or "").partition("zones/")[2]
        if zone in world.unreachable:
            raise ApiError(503, "backendError", "Internal error. Please try again or contact Google Support.")
        reads_operation = call.collection == "operations"
        lists = call.method == "GET" and call.name is None
        mutates = call.method != "GET" and not reads_operation
        world.limits.count_call("operation_reads" if reads_operation else "mutations" if mutates else
                                "list_requests" if lists else "queries")

    # -- places -------------------------------------------------------------------------------------------------------

    def _place(self, call):
        kind, _, name = (call.scope or "").partition("/")
        base = self.world.base_url
        if call.scope is None:
            if call.project != self.world.project and call.project not in {owner for owner, _ in catalog.IMAGES}:
                raise not_found(call.path)
            return {"kind": "compute#project", "id": "7001", "name": call.project, "selfLink": base + call.path,
                    "commonInstanceMetadata": {"kind": "compute#metadata", "fingerprint": "FFFF"},
                    "quotas": self._quotas(self.world.limits.project_quotas, None)}
        if kind == "zones" and name in catalog.zones():
            region = "%sprojects/%s/regions/%s" % (base, call.project, catalog.region_of(name))
            return {"kind": "compute#zone", "id": "2000", "name": name, "status": "UP", "region": region,
                    "selfLink": base + call.path}
        if kind == "regions" and name in catalog.REGIONS:
            return {"kind": "compute#region", "id": "1000", "name": name, "status": "UP", "selfLink": base + call.path,
                    "zones": ["%sprojects/%s/zones/%s-%s" % (base, call.project, name, letter)
                              for letter in catalog.REGIONS[name]],
                    "quotas": self._quotas(self.world.limits.region_quotas, name)}
        raise not_found(call.path)

    def _quotas(self, limits, region):
        used = self.world.instances._used(region)
        return [{"metric": metric, "limit": limit, "usage": float(used.get(metric, 0))} for metric, limit in limits.items()]

    def _zones(self, call):
        return self._listed(call, {zone: {"name": zone, "status": "UP"} for zone in catalog.zones()}, "zoneList")

    # -- the catalogue --------------------------------------------------------------------------------------------------

    def _machineTypes(self, call):  # noqa: N802 (the API's own word)
        zone = call.scope.partition("/")[2]
        here = [name for name in catalog.MACHINE_TYPES if catalog.has_machine_type(zone, name)]
        return self._catalogued(call, here, catalog.machine_type, "machineTypeList")

    def _acceleratorTypes(self, call):  # noqa: N802
        zone = call.scope.partition("/")[2]
        here = [name for name, (_, _, zones) in catalog.ACCELERATORS.items() if zone in zones]
        return self._catalogued(call, here, catalog.accelerator_type, "acceleratorTypeList")

    def _diskTypes(self, call):  # noqa: N802
        return self._catalogued(call, catalog.DISK_TYPES, catalog.disk_type, "diskTypeList")

    def _catalogued(self, call, names, make, kind):
        zone = call.scope.partition("/")[2]
        if zone not in catalog.zones():
            raise not_found("projects/%s/%s" % (call.project, call.scope))
        whole = "projects/%s/%s/%s/" % (call.project, call.scope, call.collection)
        made = {name: make(name, zone, self.world.base_url + whole + name) for name in names}
        return self._one_or_list(call, made, kind)

    def _images(self, call):
        if call.name is not None and call.name.startswith("family/"):
            name = catalog.newest_in_family(call.project, call.name.partition("/")[2])
            if name is None:
                raise not_found(call.path)
            call = call.named(name)
        whole = "projects/%s/global/images/" % call.project
        own = self.world.own_images
        if call.method != "GET":
            return self._change_image(call, own, whole)
        offered = {name: catalog.image(owner, name, self.world.base_url + whole + name)
                   for owner, name in catalog.IMAGES if owner == call.project}
        return self._one_or_list(call, offered or own, "imageList")

    def _change_image(self, call, own, whole):
        name = call.name or call.body["name"]
        if call.method == "DELETE" and name not in own:
            raise not_found(call.path)
        made = {**call.body, "kind": "compute#image", "id": numeric_id(), "creationTimestamp": timestamp(), "status": "READY",
                "diskSizeGb": "20", "archiveSizeBytes": "1900000000", "selfLink": self.world.base_url + whole + name}
        work = {"POST": lambda: own.update({name: made}), "DELETE": lambda: own.pop(name, None)}[call.method]
        kind = {"POST": "insert", "DELETE": "delete"}[call.method]
        return self.world.operations.start(kind, call.whole_scope, whole + name, work, self.world.times.network_s)

    # -- what is made -----------------------------------------------------------------------------------------------------

    def _networks(self, call):
        return self._networking(call)

    def _subnetworks(self, call):
        return self._networking(call)

    def _firewalls(self, call):
        return self._networking(call)

    def _networking(self, call):
        networks = self.world.networks
        if call.method == "POST":
            return networks.insert(call.whole_scope, call.collection, call.body)
        if call.method == "PATCH":
            return networks.patch(call.path, call.body)
        if call.method == "DELETE":
            return networks.delete(call.path)
        if call.name is not None:
            return networks.get(call.path)
        inside = {path: found for path, found in networks.by_path.items() if "/%s/" % call.collection in path}
        return self._aggregated_or_list(call, inside, call.collection[:-1])

    def _instances(self, call):
        instances = self.world.instances
        zone = call.scope.partition("/")[2]
        path = "%s/instances/%s" % (call.whole_scope, call.name)
        if call.method == "POST" and call.name is None:
            return instances.insert(call.project, zone, call.body)
        if call.method == "POST" and call.name == "bulkInsert":
            return instances.bulk_insert(call.project, zone, call.body)
        if call.method == "POST" and call.verb == "setLabels":
            return instances.set_labels(path, call.body)
        if call.method == "GET" and call.verb == "serialPort":
            return instances.serial_port_output(path, int(call.query.get("start", 0)))
        if call.method == "DELETE":
            return instances.delete(path)
        if call.method == "GET" and call.verb is None and call.name is not None:
            return shown(instances.get(path))
        if call.method == "GET" and call.name is None:
            return self._aggregated_or_list(call, self.world.listed_instances(), "instance")
        raise not_found(call.path)

    def _operations(self, call):
        return self.world.operations.get(call.whole_scope, call.name)

    # -- lists --------------------------------------------------------------------------------------------------------------

    def _one_or_list(self, call, resources, kind):
        if call.name is None:
            return self._listed(call, resources, kind)
        if call.name not in resources:
            raise not_found(call.path)
        return resources[call.name]

    def _aggregated_or_list(self, call, by_path, noun):
        if call.scope == "aggregated":
            return self._aggregated(call, by_path, noun)
        inside = {path: found for path, found in by_path.items() if path.startswith(call.whole_scope + "/")}
        return self._listed(call, inside, noun + "List")

    def _listed(self, call, resources, kind):
        taken, token = self._page(call, resources)
        answer = {"kind": "compute#" + kind, "id": call.path, "selfLink": self.world.base_url + call.path,
                  "items": [shown(found) for _, found in taken]}
        return {**answer, **({"nextPageToken": token} if token else {})}

    def _aggregated(self, call, resources, noun):
        """All zones in one list, by zone; those that do not answer are named, if the caller takes a part for the whole.

        https://cloud.google.com/compute/docs/reference/rest/v1/instances/aggregatedList (returnPartialSuccess)
        """
        silent = self.world.unreachable
        if silent and call.query.get("returnPartialSuccess") != "true":
            raise ApiError(503, "backendError", "Some zones are unreachable: %s" % ", ".join(sorted(silent)))
        answering = {path: found for path, found in resources.items() if path.split("/")[3] not in silent}
        taken, token = self._page(call, answering)
        items = {}
        for path, found in taken:
            items.setdefault("/".join(path.split("/")[2:4]), {}).setdefault(noun + "s", []).append(shown(found))
        for zone in catalog.zones():
            empty = {"code": "NO_RESULTS_ON_PAGE", "message": "There are no results for scope 'zones/%s' on this page." % zone}
            if zone not in silent:
                items.setdefault("zones/" + zone, {"warning": empty})
        answer = {"kind": "compute#%sAggregatedList" % noun, "id": call.path, "items": items,
                  "selfLink": self.world.base_url + call.path}
        if silent:
            answer["unreachables"] = ["zones/" + zone for zone in sorted(silent)]
        return {**answer, **({"nextPageToken": token} if token else {})}

    @staticmethod
    def _page(call, resources):
        takes = compiled(call.query.get("filter"))
        matching = sorted((item for item in resources.items() if takes(item[1])), key=lambda item: item[0])
        most = int(call.query.get("maxResults", PAGE))
        if not 0 <= most <= PAGE:
            raise invalid("Invalid value for field 'maxResults': '%d'." % most)
        start = int(call.query.get("pageToken") or 0)
        rest = len(matching) > start + most
        return matching[start:start + most], str(start + most) if rest else None


class Call:
    """One request, taken apart."""

    def __init__(self, method, path, query, body, project, scope, collection, name, verb):
        self.method, self.path, self.query, self.body = method, path, query, body or {}
        self.project, self.scope, self.collection, self.name, self.verb = project, scope, collection, name, verb
        self.request_id = query.get("requestId")
        self.whole_scope = "projects/%s/%s" % (project, scope)

    def named(self, name):
        return Call(self.method, self.path, self.query, self.body, self.project, self.scope, self.collection, name, None)


def shown(resource):
    """Without what this emulation keeps for itself."""
    kept = {key: value for key, value in resource.items() if not key.startswith("_")}
    return {**kept, "disks": [shown(disk) for disk in kept["disks"]]} if "disks" in kept else kept
