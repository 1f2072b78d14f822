"""Canonical's images of Ubuntu 24.04, which moto's list ends before.

Names and owner: https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
"""

import datetime

from moto.ec2.models.amis import AMIS, Ami, AmiBackend

from .patching import patch

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
