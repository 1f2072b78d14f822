"""An emulated cloud that boots nothing for the tests of its API, one for all: each has a network of its own in it."""

import json
import pathlib
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

FOLDER = pathlib.Path(__file__).parent.parent
SIGNED = {"region_name": "us-east-1", "aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "example"}
IMAGE = "ami-12c6146b"  # moto's own


class Cloud:
    """The API as boto3 shows it, with no retries, and the levers of ec2/control.py."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.ec2, self.sts = (
            boto3.client(name, endpoint_url=endpoint, config=Config(retries={"total_max_attempts": 1}), **SIGNED)
            for name in ("ec2", "sts")
        )

    def ask(self, path, **body):
        request = urllib.request.Request(f"{self.endpoint}/_cloud/{path}", json.dumps(body).encode())
        return json.loads(urllib.request.urlopen(request).read())

    def set(self, **settings):
        self.ask("settings", **settings)

    def instance(self, instance_id):
        """The instance as DescribeInstances has it."""
        return self.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]

    def state(self, instance_id):
        return self.instance(instance_id)["State"]["Name"]

    def reading(self, instance_id):
        """The instance as the control has it."""
        return next(i for i in self.ask("instances") if i["id"] == instance_id)


@dataclass
class Network:
    """A VPC with a subnet in each of two zones and a group, and launches into it."""

    cloud: Cloud
    vpc: str
    subnet: str
    other_subnet: str
    group: str

    def run(self, least=1, most=None, **changes):
        """The ids of what RunInstances launched."""
        return [i["InstanceId"] for i in self.launch(least, most, **changes)["Instances"]]

    def launch(self, least=1, most=None, **changes):
        parameters = {
            "ImageId": IMAGE, "InstanceType": "t3.small", "MinCount": least, "MaxCount": most or least,
            "SubnetId": self.subnet, "SecurityGroupIds": [self.group], **changes,
        }  # fmt: skip
        return self.cloud.ec2.run_instances(**{k: v for k, v in parameters.items() if v is not None})


@pytest.fixture(scope="session")
def started():
    command = [sys.executable, "-m", "ec2"]
    with subprocess.Popen(command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        yield Cloud(f"http://127.0.0.1:{json.loads(server.stdout.readline())['port']}")
        server.stdin.close()
        assert server.wait(10) == 0


@pytest.fixture
def cloud(started):
    started.ask("reset")
    started.set(pending_s=0, stopping_s=0, throttled=False)
    yield started
    started.ask("reset")
    started.set(stopping_s=0, throttled=False)
    ids = [i["id"] for i in started.ask("instances") if i["state"] not in ("terminated", "shutting-down")]
    if ids:
        started.ec2.terminate_instances(InstanceIds=ids)


@pytest.fixture
def network(cloud):
    ec2 = cloud.ec2
    vpc = ec2.create_vpc(CidrBlock="10.78.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.78.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]["SubnetId"]
        for n, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="workers", Description="workers", VpcId=vpc)["GroupId"]
    return Network(cloud, vpc, *subnets, group)


def refused(call):
    """The code and the HTTP status that a call is refused with; None when it is not."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    return None


def until(what, good, timeout_s=20):
    """Waits until it is so."""
    deadline = time.monotonic() + timeout_s
    while not good():
        assert time.monotonic() < deadline, f"waited {timeout_s} s for {what}"
        time.sleep(0.02)
