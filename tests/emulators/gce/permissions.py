"""Which permissions a call takes, and whether the caller's role has them: permissions/gcp.yaml, which is what docs/gcp.md gives a
person to make.

https://cloud.google.com/compute/docs/access/iam-permissions lists them; what a call takes beyond its own name is in its page of
https://cloud.google.com/compute/docs/reference/rest/v1, under "IAM Permissions". What is done in another project than the caller's
(a public image, a shared VPC) is not the role's.

The role binds xcore, Terraform and Packer, by what they say they are; a test's own calls may do anything. With XCORE_UPDATE_CALLS
nothing is refused, so that what is missing is recorded, too.
"""

import os
import pathlib
import re

FILE = pathlib.Path(__file__).resolve().parents[3] / "permissions" / "gcp.yaml"

#: Verbs by HTTP method, for a name and for a collection.
OF_ONE = {"GET": "get", "DELETE": "delete", "PATCH": "update", "PUT": "update"}
OF_ALL = {"GET": "list", "POST": "create"}

#: Makes, changes or removes a part of a network: that is a change of the network's, too.
PARTS_OF_A_NETWORK = ("subnetworks", "firewalls")


def client_of(headers):
    """"terraform", "packer" or "xcore"; None: a test."""
    agent = headers.get("User-Agent", "")
    if "Terraform" in agent:
        return "terraform"
    if "Packer" in agent:
        return "packer"
    if "gl-node" in headers.get("X-Goog-Api-Client", ""):
        return "xcore"
    return "packer" if "google-api-go-client" in agent else None


def permissions_of(call, project):
    """The permissions in the caller's project that a call takes, by api.Call."""
    if call.project != project:
        return []
    if call.collection is None:
        kind = (call.scope or "projects").partition("/")[0]
        return ["compute.%s.get" % kind]
    if call.collection == "operations":
        kind = call.scope.partition("/")[0]
        return ["compute.%sOperations.get" % {"zones": "zone", "regions": "region", "global": "global"}[kind]]
    if call.collection == "instances":
        return _of_instances(call)
    if call.collection == "images" and (call.name or "").startswith("family/"):
        return ["compute.images.getFromFamily"]
    if call.collection == "images" and call.method == "POST":
        disk = ["compute.disks.useReadOnly"] if "sourceDisk" in call.body else []
        return ["compute.images.create", *_labels(call, "images"), *disk]
    verb = call.verb or (OF_ALL if call.name is None else OF_ONE)[call.method]
    own = "compute.%s.%s" % (call.collection, verb)
    if call.collection in PARTS_OF_A_NETWORK and call.method != "GET":
        return [own, "compute.networks.updatePolicy"]
    return [own]


def _of_instances(call):
    if call.method == "GET":
        return ["compute.instances." + ("getSerialPortOutput" if call.verb else "get" if call.name else "list")]
    if call.method == "DELETE":
        return ["compute.instances.delete"]
    if call.verb is not None and call.verb != "bulkInsert":
        return ["compute.instances." + call.verb]
    # https://cloud.google.com/compute/docs/instances/create-start-instance, "Permissions required for this task"
    made = call.body.get("instanceProperties", call.body)
    needed = ["compute.instances.create", "compute.disks.create", "compute.subnetworks.use"]
    if any(one.get("accessConfigs") for one in made.get("networkInterfaces", ())):
        needed.append("compute.subnetworks.useExternalIp")
    needed += ["compute.instances.setMetadata"] if made.get("metadata", {}).get("items") else []
    needed += ["compute.instances.setTags"] if made.get("tags", {}).get("items") else []
    needed += _labels(call, "instances", made)
    for disk in made.get("disks", ()):
        needed += ["compute.disks.setLabels"] if disk.get("initializeParams", {}).get("labels") else []
        if "global/images/" in disk.get("initializeParams", {}).get("sourceImage", ""):
            owner = re.search(r"projects/([^/]+)/global/images", disk["initializeParams"]["sourceImage"])
            needed += ["compute.images.useReadOnly"] if owner is None or owner[1] == call.project else []
    return needed + (["compute.instances.setServiceAccount"] if made.get("serviceAccounts") else [])


def _labels(call, collection, made=None):
    return ["compute.%s.setLabels" % collection] if (made or call.body).get("labels") else []


class Role:
    """What the caller may do, and what it has asked for: (client, permission)."""

    def __init__(self):
        told = os.environ.get("XCORE_UPDATE_CALLS") == "1"
        self.granted = None if told else set(re.findall(r"^ *- (\S+)$", FILE.read_text(), re.M))
        self.asked = set()

    def grant(self, permissions):
        """More than the file has: what docs/gcp.md says that some settings take."""
        if self.granted is not None:
            self.granted.update(permissions)

    def lacking(self, client, permissions):
        """The first permission that the role does not have; None: it has all, or this is a test."""
        if client is None:
            return None
        self.asked.update((client, permission) for permission in permissions)
        lacks = () if self.granted is None else [one for one in permissions if one not in self.granted]
        return lacks[0] if lacks else None
