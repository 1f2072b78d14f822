import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError

from .conftest import SIGNED, refused

LOCAL = "us-east-1-bos-1a"


def names(cloud, **filters):
    wanted = [{"Name": name.replace("_", "-"), "Values": values} for name, values in filters.items()]
    return [z["ZoneName"] for z in cloud.ec2.describe_availability_zones(Filters=wanted)["AvailabilityZones"]]


def offered(cloud, instance_type):
    found = cloud.ec2.describe_instance_type_offerings(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": [instance_type]}]
    )
    return [offer["Location"] for offer in found["InstanceTypeOfferings"]]


def test_a_local_zone_is_listed_once_the_account_has_opted_in_to_it(cloud):
    assert LOCAL not in names(cloud) + offered(cloud, "t3.small")
    cloud.set(local_zones=[LOCAL])
    assert LOCAL in names(cloud) and LOCAL in offered(cloud, "t3.small")
    assert names(cloud, opt_in_status=["opted-in"]) == [LOCAL]
    assert LOCAL not in names(cloud, opt_in_status=["opt-in-not-required"])
    assert "us-east-1a" in names(cloud, opt_in_status=["opt-in-not-required"])


def test_a_local_zone_has_few_types(cloud, network):
    cloud.set(local_zones=[LOCAL])
    subnet = cloud.ec2.create_subnet(VpcId=network.vpc, CidrBlock="10.78.8.0/24", AvailabilityZone=LOCAL)
    there = {"SubnetId": subnet["Subnet"]["SubnetId"]}
    assert network.run(**there)
    assert refused(lambda: network.run(InstanceType="t2.small", **there)) == ("Unsupported", 400)


@pytest.mark.parametrize("service, call", [("ec2", "describe_vpcs"), ("sts", "get_caller_identity")])
def test_nothing_answers_in_a_region_that_there_is_not(cloud, service, call):
    elsewhere = {**SIGNED, "region_name": "eu-nowhere-1"}
    client = boto3.client(service, endpoint_url=cloud.endpoint, config=Config(retries={"total_max_attempts": 1}), **elsewhere)
    with pytest.raises(ConnectionClosedError):
        getattr(client, call)()
    assert refused(cloud.ec2.describe_vpcs) is None, "others go on"
