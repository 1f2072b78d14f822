from ipaddress import ip_address, ip_network

from .conftest import refused, until


def test_as_many_as_can_be_had(cloud, network):
    cloud.set(capacity=[{"type": "t3.*", "zone": "us-east-1a", "left": 2}])
    assert len(network.run(1, 5)) == 2
    assert refused(network.run) == ("InsufficientInstanceCapacity", 500)


def test_none_when_fewer_than_the_least_can_be_had(cloud, network):
    cloud.set(capacity=[{"type": "t3.*", "left": 4}])
    assert refused(lambda: network.run(5, 9)) == ("InsufficientInstanceCapacity", 500)
    assert len(network.run(4)) == 4, "a refusal takes nothing"


def test_capacity_is_of_a_type_a_zone_and_a_market(cloud, network):
    cloud.set(capacity=[{"type": "t3.*", "zone": "us-east-1a", "market": "spot", "left": 0}])
    spot = {"InstanceMarketOptions": {"MarketType": "spot"}}
    assert refused(lambda: network.run(**spot)) == ("InsufficientInstanceCapacity", 500)
    assert network.run(), "on demand"
    assert network.run(SubnetId=network.other_subnet, **spot), "another zone"
    assert network.run(InstanceType="m5.large", **spot), "another type"


def test_launch_indexes_count_up(cloud, network):
    launched = network.launch(4)["Instances"]
    assert [i["AmiLaunchIndex"] for i in launched] == [0, 1, 2, 3]


def test_the_same_token_is_the_same_launch(cloud, network):
    first = network.launch(1, 2, ClientToken="a")
    again = network.launch(1, 2, ClientToken="a")
    assert again["ReservationId"] == first["ReservationId"]
    assert [i["InstanceId"] for i in again["Instances"]] == [i["InstanceId"] for i in first["Instances"]]
    assert len(network.run(1, 2, ClientToken="b")) == 2


def test_the_same_token_with_other_parameters(cloud, network):
    network.run(ClientToken="c")
    assert refused(lambda: network.run(2, ClientToken="c")) == ("IdempotentParameterMismatch", 400)


def test_the_token_of_what_has_ended(cloud, network):
    ids = network.run(2, ClientToken="d")
    cloud.ec2.terminate_instances(InstanceIds=ids[:1])
    assert network.run(2, ClientToken="d") == ids, "one still lives"
    cloud.ec2.terminate_instances(InstanceIds=ids)
    assert refused(lambda: network.run(2, ClientToken="d")) == ("IdempotentInstanceTerminated", 400)


def test_a_refused_launch_leaves_its_token_free(cloud, network):
    cloud.set(capacity=[{"left": 0}])
    assert refused(lambda: network.run(ClientToken="e")) == ("InsufficientInstanceCapacity", 500)
    cloud.set(capacity=[])
    assert network.run(ClientToken="e")


def test_a_token_finds_its_instances(cloud, network):
    ids = network.run(3, ClientToken="f")
    found = cloud.ec2.describe_instances(Filters=[{"Name": "client-token", "Values": ["f"]}])
    assert [i["InstanceId"] for r in found["Reservations"] for i in r["Instances"]] == ids


def test_vcpus_over_the_quota(cloud, network):
    cloud.set(quotas=[{"type": "t3.*", "market": "on-demand", "vcpus": 7}])  # a t3.small has two
    assert len(network.run(1, 10)) == 3
    assert refused(network.run) == ("VcpuLimitExceeded", 400)
    assert network.run(InstanceType="m5.large"), "no quota of this type"


def test_spot_over_the_quota(cloud, network):
    cloud.set(quotas=[{"market": "spot", "vcpus": 2}])
    spot = {"InstanceMarketOptions": {"MarketType": "spot"}}
    network.run(**spot)
    assert refused(lambda: network.run(**spot)) == ("MaxSpotInstanceCountExceeded", 400)
    assert network.run(), "on demand"


def test_what_has_ended_uses_no_quota(cloud, network):
    cloud.set(quotas=[{"vcpus": 2}])
    (instance,) = network.run()
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    assert network.run()


def test_what_was_on_spot_uses_its_quota_until_it_is_terminated(cloud, network):
    cloud.set(quotas=[{"market": "spot", "vcpus": 2}], stopping_s=30)
    spot = {"InstanceMarketOptions": {"MarketType": "spot"}}
    (instance,) = network.run(**spot)
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    assert refused(lambda: network.run(**spot)) == ("MaxSpotInstanceCountExceeded", 400)
    cloud.set(stopping_s=0)
    until("terminated", lambda: cloud.state(instance) == "terminated")
    assert network.run(**spot)


def test_user_data_over_16_kib(cloud, network):
    assert network.run(UserData="#" * 16384)
    assert refused(lambda: network.run(UserData="#" * 16385)) == ("InvalidParameterValue", 400)


def test_a_launch_template_is_obeyed(cloud, network):
    template = cloud.ec2.create_launch_template(
        LaunchTemplateName=network.vpc,
        LaunchTemplateData={
            "ImageId": "ami-12c6146b",
            "InstanceType": "t3.medium",
            "InstanceInitiatedShutdownBehavior": "terminate",
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
            "NetworkInterfaces": [
                {
                    "DeviceIndex": 0,
                    "SubnetId": network.subnet,
                    "Groups": [network.group],
                    "AssociatePublicIpAddress": True,
                }
            ],
        },
    )["LaunchTemplate"]["LaunchTemplateId"]
    (instance,) = network.run(
        LaunchTemplate={"LaunchTemplateId": template},
        ImageId=None, InstanceType=None, SubnetId=None, SecurityGroupIds=None,
    )  # fmt: skip
    until("its address", lambda: cloud.state(instance) == "running")
    seen = cloud.instance(instance)
    behaviour = cloud.ec2.describe_instance_attribute(
        InstanceId=instance, Attribute="instanceInitiatedShutdownBehavior"
    )["InstanceInitiatedShutdownBehavior"]["Value"]
    assert behaviour == "terminate"
    assert seen["MetadataOptions"]["HttpTokens"] == "required"
    assert seen["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
    assert seen["InstanceType"] == "t3.medium"
    assert [group["GroupId"] for group in seen["SecurityGroups"]] == [network.group]
    assert seen["PublicIpAddress"].startswith("198.18.")


def test_tags_of_instance_and_volume_come_with_the_launch(cloud, network):
    tags = [{"Key": "xcore-cluster", "Value": "x"}]
    (instance,) = network.run(
        TagSpecifications=[{"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume")]
    )
    assert cloud.instance(instance)["Tags"] == tags
    volumes = cloud.ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])["Volumes"]
    assert [volume["Tags"] for volume in volumes] == [tags]


def test_without_a_subnet_it_is_in_the_default_one(cloud, network):
    (instance,) = network.run(SubnetId=None, SecurityGroupIds=None)
    seen = cloud.instance(instance)
    subnet = cloud.ec2.describe_subnets(SubnetIds=[seen["SubnetId"]])["Subnets"][0]
    assert subnet["DefaultForAz"] and subnet["AvailabilityZone"] == "us-east-1a"
    assert ip_address(seen["PrivateIpAddress"]) in ip_network(subnet["CidrBlock"])
    assert seen["PublicIpAddress"].startswith("198.18.")


def test_a_root_volume_ends_with_its_instance(cloud, network):
    def volumes_after_the_end(**ebs):
        (instance,) = network.run(BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 20, **ebs}}])
        volume = cloud.instance(instance)["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
        cloud.ec2.terminate_instances(InstanceIds=[instance])
        return [v["VolumeId"] for v in cloud.ec2.describe_volumes()["Volumes"] if v["VolumeId"] == volume]

    assert volumes_after_the_end() == []
    assert volumes_after_the_end(DeleteOnTermination=True) == []
    assert len(volumes_after_the_end(DeleteOnTermination=False)) == 1


def test_what_there_is_not(cloud, network):
    assert refused(lambda: network.run(ImageId="ami-00000000000000000")) == ("InvalidAMIID.NotFound", 400)
    assert refused(lambda: network.run(KeyName="nobody's")) == ("InvalidKeyPair.NotFound", 400)
    assert refused(lambda: network.run(InstanceType="t3.gigantic")) == ("InvalidParameterValue", 400)
    assert refused(lambda: network.run(SubnetId="subnet-00000000000000000")) == ("InvalidSubnetID.NotFound", 400)


def test_a_type_that_a_zone_does_not_have(cloud, network):
    subnet = cloud.ec2.create_subnet(VpcId=network.vpc, CidrBlock="10.78.9.0/24", AvailabilityZone="us-east-1e")
    there = {"SubnetId": subnet["Subnet"]["SubnetId"]}
    assert refused(lambda: network.run(**there)) == ("Unsupported", 400)
    assert network.run(InstanceType="t2.small", **there)


def test_the_free_plan_allows_few_types_and_a_dry_run_does_not_tell(cloud, network):
    cloud.profile("free_plan")
    assert network.run(InstanceType="t3.small")
    assert refused(lambda: network.run(InstanceType="t2.small")) == ("InvalidParameterCombination", 400)
    assert refused(lambda: network.run(InstanceType="t2.small", DryRun=True)) == ("DryRunOperation", 412)


def test_an_account_that_enforces_imdsv2_launches_nothing_without(cloud, network):
    cloud.profile("institute")
    assert refused(network.run) == ("UnsupportedOperation", 400)
    assert network.run(MetadataOptions={"HttpTokens": "required"})


def test_the_credit_mode_is_the_launchs_or_the_types_own(cloud, network):
    def mode(**changes):
        (instance,) = network.run(**changes)
        found = cloud.ec2.describe_instance_credit_specifications(InstanceIds=[instance])
        return [one["CpuCredits"] for one in found["InstanceCreditSpecifications"]]

    assert mode(InstanceType="t2.small") == ["standard"]
    assert mode(InstanceType="t3.small") == ["unlimited"]
    assert mode(InstanceType="t2.small", CreditSpecification={"CpuCredits": "unlimited"}) == ["unlimited"]
    assert mode(InstanceType="m5.large") == []
    there = {"InstanceType": "m5.large", "CreditSpecification": {"CpuCredits": "standard"}}
    assert refused(lambda: network.run(**there)) == ("InvalidParameterCombination", 400)
