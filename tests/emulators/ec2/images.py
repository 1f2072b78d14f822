"""Canonical's images of Ubuntu 24.04, which moto's list ends before; and what becomes of an image's snapshots with it.

Names and owner: https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
Snapshots: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeregisterImage.html
In use for some seconds after it: https://github.com/boto/boto3/issues/3019
Tags of snapshots at CreateImage: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html
IMDSv2 by an image's own word: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html
"""

import datetime
import time

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidSnapshotInUse
from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import AMIS, Ami, AmiBackend
from moto.ec2.responses import EC2Response

from .patching import Refusal, patch
from .settings import SETTINGS

CANONICAL = "099720109477"
NAME = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{processor}-server-{date:%Y%m%d}"
IMAGES = {
    "ami-0a24040000000001a": ("amd64", "x86_64", datetime.datetime(2026, 10, 1)),
    "ami-0a24040000000002a": ("amd64", "x86_64", datetime.datetime(2026, 11, 1)),
    "ami-0a24040000000002b": ("arm64", "arm64", datetime.datetime(2026, 11, 1)),
}
LIKE = next(image for image in AMIS if image["owner_id"] == CANONICAL)


@patch(AmiBackend, "_load_amis")
def _with_todays(original, self):
    original()
    for id, (processor, architecture, date) in IMAGES.items():
        name = NAME.format(processor=processor, date=date)
        facts = {"ami_id": id, "name": name, "description": name, "architecture": architecture, "creation_date": date}
        self.amis[id] = Ami(self, **{**LIKE, **facts})


@patch(EC2Response, "deregister_image")
def _with_snapshots(original, self):
    image = self.ec2_backend.amis.get(self._get_param("ImageId"))
    original()
    snapshot = image.ebs_snapshot
    if not self._get_bool_param("DeleteAssociatedSnapshots", False):
        snapshot.busy_until = time.time() + SETTINGS.snapshot_busy_s
        return ActionResult({"Return": True})
    code = "skipped" if _in_use(self.ec2_backend, snapshot) else SETTINGS.snapshot_result
    if code == "success":
        self.ec2_backend.delete_snapshot(snapshot.id)
    elif code != "skipped":
        snapshot.busy_until = time.time() + SETTINGS.snapshot_busy_s
    return ActionResult({"Return": True, "DeleteSnapshotResults": [{"SnapshotId": snapshot.id, "ReturnCode": code}]})


@patch(AmiBackend, "create_image")
def _with_tagged_snapshot(original, self, instance_id, name, description, tag_specifications):
    """moto refuses to tag the snapshot, and gives every image an instance store as its root device."""
    of_snapshot = [each for each in tag_specifications if each["ResourceType"] == "snapshot"]
    others = [each for each in tag_specifications if each not in of_snapshot]
    image = original(instance_id, name, description, tag_specifications=others)
    for tag in (tag for each in of_snapshot for tag in each["Tags"]):
        image.ebs_snapshot.add_tag(tag["Key"], tag["Value"])
    origin = self.amis[self.get_instance(instance_id).image_id]
    image.root_device_type, image.root_device_name = origin.root_device_type, origin.root_device_name
    return image


@patch(EC2Response, "modify_image_attribute")
def _with_imds_support(original, self):
    """moto knows launch permissions alone. IMDSv2 cannot be taken back from an image."""
    value = self._get_param("ImdsSupport", {}).get("Value")
    if value is None:
        return original()
    if value != "v2.0":
        raise Refusal("InvalidParameterValue", f"The value {value} for ImdsSupport is not valid.")
    (image,) = self.ec2_backend.describe_images(ami_ids=[self._get_param("ImageId")])
    image.imds_support = value
    return ActionResult({"Return": True})


def _in_use(backend, snapshot):
    return any(image.ebs_snapshot is snapshot for image in backend.amis.values())


@patch(EC2Backend, "delete_snapshot")
def _once_free(original, self, snapshot_id):
    snapshot = self.snapshots.get(snapshot_id)
    if snapshot and time.time() < getattr(snapshot, "busy_until", 0):
        raise InvalidSnapshotInUse(snapshot_id, snapshot.from_ami)
    return original(snapshot_id)
