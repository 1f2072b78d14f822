"""Two emulated clouds for the tests, one that boots nothing and one that does; each test has a network of its own in it."""

import json
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

FOLDER = pathlib.Path(__file__).parent.parent
SIGNED = {"region_name": "us-east-1", "aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "example"}
IMAGE = "ami-12c6146b"  # moto's own
PATIENCE_S = 120
"""With a machine that runs other tests beside these."""


class Cloud:
    """The API as boto3 shows it, with no retries, and the levers of ec2/control.py."""

    def __init__(self, endpoint, pid):
        self.endpoint, self.pid = endpoint, pid
        config = Config(retries={"total_max_attempts": 1}, read_timeout=PATIENCE_S)
        self.ec2, self.sts = (
            boto3.client(name, endpoint_url=endpoint, config=config, **SIGNED) for name in ("ec2", "sts")
        )

    def ask(self, path, **body):
        request = urllib.request.Request(f"{self.endpoint}/_cloud/{path}", json.dumps(body).encode())
        try:
            return json.loads(urllib.request.urlopen(request).read())
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from None

    def set(self, **settings):
        self.ask("settings", **settings)

    def profile(self, name):
        self.ask("profile", name=name)

    def instance(self, instance_id):
        """The instance as DescribeInstances has it."""
        return self.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]

    def state(self, instance_id):
        return self.instance(instance_id)["State"]["Name"]

    def reading(self, instance_id):
        """The instance as the control has it."""
        return next(i for i in self.ask("instances") if i["id"] == instance_id)

    def console(self, instance_id):
        return self.ec2.get_console_output(InstanceId=instance_id).get("Output", "").replace("\r\n", "\n")

    def inside(self, instance_id, script):
        """Runs a shell script in an instance that boots; its output."""
        enter = ["nsenter", "--all", "--root", "--wd", "--target", str(self.reading(instance_id)["pids"][0])]
        done = subprocess.run([*enter, "bash", "-c", script], capture_output=True, text=True, timeout=PATIENCE_S)
        return done.stdout + done.stderr


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

    def boot(self, script="", **changes):
        """The id of an instance that has run this user data."""
        (instance,) = self.run(UserData=f"#!/bin/bash\n{script}\n", **changes)
        self.booted(instance)
        return instance

    def booted(self, instance):
        until("user data", lambda: self.cloud.reading(instance)["times"].get("user_data_ended_at"))

    def allow(self, port, source, protocol="tcp"):
        """Lets packets in to the group: from addresses, or from a group."""
        which = {"UserIdGroupPairs": [{"GroupId": source}]} if source.startswith("sg-") else {"IpRanges": [{"CidrIp": source}]}
        rule = {"IpProtocol": protocol, "FromPort": port, "ToPort": port, **which}
        self.cloud.ec2.authorize_security_group_ingress(GroupId=self.group, IpPermissions=[rule])
        return rule

    def launch(self, least=1, most=None, **changes):
        parameters = {
            "ImageId": IMAGE, "InstanceType": "t3.small", "MinCount": least, "MaxCount": most or least,
            "SubnetId": self.subnet, "SecurityGroupIds": [self.group], **changes,
        }  # fmt: skip
        return self.cloud.ec2.run_instances(**{k: v for k, v in parameters.items() if v is not None})


@contextmanager
def a_cloud(*arguments):
    """Starts one, and ends it as its tests are to: by the end of its input."""
    command = [sys.executable, "-m", "ec2", *arguments]
    with subprocess.Popen(command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        yield Cloud(f"http://127.0.0.1:{json.loads(server.stdout.readline())['port']}", server.pid)
        server.stdin.close()
        assert server.wait(PATIENCE_S) == 0


@contextmanager
def made_ready(cloud, **settings):
    """With these settings, and when it is over with nothing that lives."""
    cloud.ask("reset")
    cloud.set(stopping_s=0, throttled=False, **settings)
    yield cloud
    cloud.ask("reset")
    cloud.set(stopping_s=0, throttled=False)
    ids = [i["id"] for i in cloud.ask("instances") if i["state"] not in ("terminated", "shutting-down")]
    if ids:
        cloud.ec2.terminate_instances(InstanceIds=ids)
    # Until then one on spot counts to a quota.
    until("all to be terminated", lambda: all(i["state"] == "terminated" for i in cloud.ask("instances")))


@pytest.fixture(scope="session")
def started():
    with a_cloud() as cloud:
        yield cloud


@pytest.fixture
def cloud(started):
    with made_ready(started, pending_s=0):
        yield started


@pytest.fixture
def network(cloud):
    return new_network(cloud)


@pytest.fixture(scope="session")
def booting():
    with a_cloud("--boot") as cloud:
        yield cloud


@pytest.fixture
def boots(booting):
    """A network whose instances boot."""
    with made_ready(booting, pending_s=0):
        network = new_network(booting)
        booting.ec2.modify_subnet_attribute(SubnetId=network.subnet, MapPublicIpOnLaunch={"Value": True})
        yield network


def new_network(cloud):
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


def until(what, good):
    """Waits until it is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not good():
        assert time.monotonic() < deadline, f"waited {PATIENCE_S} s for {what}"
        time.sleep(0.02)
