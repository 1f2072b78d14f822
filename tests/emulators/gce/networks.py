"""Networks, subnetworks and firewalls: enough of each for Terraform to make, read, change and delete it.

https://cloud.google.com/compute/docs/reference/rest/v1/networks
https://cloud.google.com/compute/docs/reference/rest/v1/subnetworks
https://cloud.google.com/compute/docs/reference/rest/v1/firewalls
"""

import ipaddress

from .errors import already_exists, in_use, invalid, not_found
from .operations import numeric_id, timestamp

KINDS = {"networks": "compute#network", "subnetworks": "compute#subnetwork", "firewalls": "compute#firewall"}

#: https://cloud.google.com/firewall/docs/firewalls: what a rule has that does not say otherwise.
FIREWALL_DEFAULTS = {"priority": 1000, "direction": "INGRESS", "disabled": False, "logConfig": {"enable": False}}


class Networks:
    def __init__(self, world):
        self._world = world
        self.by_path = {}

    def get(self, path):
        try:
            return self.by_path[path]
        except KeyError:
            raise not_found(path) from None

    def insert(self, scope, collection, body):
        path = "%s/%s/%s" % (scope, collection, body.get("name"))
        if path in self.by_path:
            raise already_exists(path)
        resource = {**body, "kind": KINDS[collection], "id": numeric_id(), "creationTimestamp": timestamp(),
                    "selfLink": self._world.base_url + path, "fingerprint": "EEEE"}
        getattr(self, "_complete_" + collection)(scope, resource)

        def work():
            self.by_path[path] = resource
            if collection == "subnetworks":
                self._network_of(resource)["subnetworks"].append(resource["selfLink"])

        return self._start("insert", path, work)

    def patch(self, path, body):
        resource = self.get(path)
        return self._start("patch", path, lambda: resource.update(body))

    def delete(self, path):
        """A network that a subnetwork, firewall or instance is in cannot be deleted."""
        resource = self.get(path)
        user = self._user_of(resource["selfLink"])
        if user is not None:
            raise in_use(path, user)

        def work():
            if self.by_path.pop(path, None) and "/subnetworks/" in path:
                self._network_of(resource)["subnetworks"].remove(resource["selfLink"])

        return self._start("delete", path, work)

    def _network_of(self, subnetwork):
        return self.get("projects/" + subnetwork["network"].split("projects/", 1)[1])

    def subnetwork_for(self, project, region, card):
        """The subnetwork that a network interface means."""
        if "subnetwork" in card:
            found = self.get("projects/" + card["subnetwork"].split("projects/", 1)[1])
            if found["purpose"] != "PRIVATE":
                # https://cloud.google.com/load-balancing/docs/proxy-only-subnets: "cannot be used for any other purpose"
                raise invalid("Subnetwork must have purpose=PRIVATE, found %s." % found["purpose"])
            return {**found, "network": found["network"]}
        network = card.get("network", "global/networks/default")
        name = network.rsplit("/", 1)[-1]
        for path, resource in self.by_path.items():
            if path.startswith("projects/%s/regions/%s/subnetworks/" % (project, region)) and \
                    resource["network"].endswith("/networks/" + name):
                return resource
        raise invalid("Network '%s' has no subnetwork in region %s." % (name, region))

    def open_ports(self, network_link, source):
        """The TCP ports that an address may reach in a network: {"all"} or port numbers."""
        allowed = set()
        for path, rule in self.by_path.items():
            if "/firewalls/" not in path or rule["network"].rsplit("/", 1)[-1] != network_link.rsplit("/", 1)[-1]:
                continue
            ranges = rule.get("sourceRanges", [])
            if rule["disabled"] or not any(ipaddress.ip_address(source) in ipaddress.ip_network(r) for r in ranges):
                continue
            for allow in rule.get("allowed", []):
                allowed.update(allow.get("ports", ["all"]) if allow["IPProtocol"] in ("tcp", "all") else [])
        return allowed

    def _start(self, kind, path, change):
        def work():
            change()

        scope = path.rsplit("/", 2)[0]
        return self._world.operations.start(kind, scope, path, work, self._world.times.network_s)

    def _user_of(self, link):
        for path, resource in self.by_path.items():
            if resource.get("network") == link:
                return path
        for path, instance in self._world.instances.by_path.items():
            if any(link in (card["network"], card["subnetwork"]) for card in instance["networkInterfaces"]):
                return path
        return None

    def _complete_networks(self, scope, resource):
        resource.setdefault("autoCreateSubnetworks", True)
        resource.setdefault("mtu", 1460)
        resource.setdefault("routingConfig", {"routingMode": "REGIONAL"})
        resource.setdefault("subnetworks", [])

    def _complete_subnetworks(self, scope, resource):
        network = ipaddress.ip_network(resource["ipCidrRange"])
        resource.setdefault("privateIpGoogleAccess", False)
        resource.setdefault("purpose", "PRIVATE")
        resource.setdefault("stackType", "IPV4_ONLY")
        resource.setdefault("privateIpv6GoogleAccess", "DISABLE_GOOGLE_ACCESS")
        resource.update(gatewayAddress=str(network[1]), region=self._world.base_url + scope,
                        network=self._link(resource["network"]))

    def _complete_firewalls(self, scope, resource):
        for key, value in FIREWALL_DEFAULTS.items():
            resource.setdefault(key, value)
        resource["network"] = self._link(resource["network"])

    def _link(self, network):
        """A network may be given by link, by path or by its path below the project; it is shown by its link."""
        path = "projects/" + network.split("projects/", 1)[1]
        self.get(path)
        return self._world.base_url + path
