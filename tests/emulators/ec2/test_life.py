import time

from .conftest import PATIENCE_S, refused, until

LONG_S = 1e6
"""What is to be seen is not to be over before it is, however slow this machine is."""


def test_pending_for_a_while(cloud, network):
    cloud.set(pending_s=LONG_S)
    (instance,) = network.run()
    assert cloud.state(instance) == "pending"
    cloud.set(pending_s=0.5)
    until("running", lambda: cloud.state(instance) == "running")
    times = cloud.reading(instance)["times"]
    assert times["running_at"] - times["requested_at"] >= 0.5


def test_shutting_down_for_a_while(cloud, network):
    cloud.set(stopping_s=LONG_S)
    (instance,) = network.run()
    answer = cloud.ec2.terminate_instances(InstanceIds=[instance])["TerminatingInstances"][0]
    assert answer["CurrentState"]["Name"] == "shutting-down"
    assert cloud.state(instance) == "shutting-down"
    cloud.set(stopping_s=0)
    until("terminated", lambda: cloud.state(instance) == "terminated")
    assert "PublicIpAddress" not in cloud.instance(instance)


def test_terminating_twice_is_no_error(cloud, network):
    (instance,) = network.run()
    for _ in range(2):
        cloud.ec2.terminate_instances(InstanceIds=[instance])
    until("terminated", lambda: cloud.state(instance) == "terminated")
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    assert cloud.state(instance) == "terminated"


def test_terminating_what_there_is_not(cloud, network):
    (instance,) = network.run()
    ids = [instance, "i-00000000000000000"]
    assert refused(lambda: cloud.ec2.terminate_instances(InstanceIds=ids)) == ("InvalidInstanceID.NotFound", 400)
    assert cloud.state(instance) != "shutting-down", "all or none"


def test_power_off_terminates_where_the_launch_said_so(cloud, network):
    (instance,) = network.run(InstanceInitiatedShutdownBehavior="terminate")
    until("running", lambda: cloud.state(instance) == "running")
    cloud.ask("power-off", id=instance)
    until("terminated", lambda: cloud.state(instance) == "terminated")
    assert cloud.instance(instance)["StateReason"]["Code"] == "Client.InstanceInitiatedShutdown"


def test_power_off_stops_otherwise(cloud, network):
    (instance,) = network.run()
    until("running", lambda: cloud.state(instance) == "running")
    cloud.ask("power-off", id=instance)
    until("stopped", lambda: cloud.state(instance) == "stopped")


def test_a_stopped_instance_starts_again(cloud, network):
    (instance,) = network.run()
    cloud.ec2.stop_instances(InstanceIds=[instance])
    until("stopped", lambda: cloud.state(instance) == "stopped")
    cloud.ec2.start_instances(InstanceIds=[instance])
    until("running", lambda: cloud.state(instance) == "running")


def test_a_subnet_and_a_group_in_use_stay(cloud, network):
    cloud.set(stopping_s=LONG_S)
    delete = [
        lambda: cloud.ec2.delete_subnet(SubnetId=network.subnet),
        lambda: cloud.ec2.delete_security_group(GroupId=network.group),
    ]
    (instance,) = network.run()
    assert [refused(one) for one in delete] == [("DependencyViolation", 400)] * 2
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    assert [refused(one) for one in delete] == [("DependencyViolation", 400)] * 2, "while it is shutting down"
    cloud.set(stopping_s=0)
    until("terminated", lambda: cloud.state(instance) == "terminated")
    assert [refused(one) for one in delete] == [None, None]


def test_a_network_goes_in_order(cloud, network):
    ec2, violation = cloud.ec2, ("DependencyViolation", 400)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
    ec2.modify_subnet_attribute(SubnetId=network.subnet, MapPublicIpOnLaunch={"Value": True})
    (instance,) = network.run()
    until("running", lambda: cloud.state(instance) == "running")

    def detach():
        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)

    def delete_vpc():
        ec2.delete_vpc(VpcId=network.vpc)

    assert refused(detach) == violation
    ec2.terminate_instances(InstanceIds=[instance])
    until("terminated", lambda: cloud.state(instance) == "terminated")
    for subnet in (network.subnet, network.other_subnet):
        assert refused(delete_vpc) == violation
        ec2.delete_subnet(SubnetId=subnet)
    assert refused(delete_vpc) == violation, "its group"
    ec2.delete_security_group(GroupId=network.group)
    assert refused(delete_vpc) == violation, "its gateway"
    detach()
    delete_vpc()


def test_spot_is_taken_away_after_its_notice(cloud, network):
    (instance,) = network.run(InstanceMarketOptions={"MarketType": "spot"})
    seen = cloud.instance(instance)
    assert seen["InstanceLifecycle"] == "spot" and seen["SpotInstanceRequestId"].startswith("sir-")
    until("running", lambda: cloud.state(instance) == "running")
    cloud.ask("interrupt", id=instance, in_s=LONG_S)
    assert cloud.state(instance) == "running"
    noticed = time.time()
    cloud.ask("interrupt", id=instance, in_s=0.5)
    until("terminated", lambda: cloud.state(instance) == "terminated")
    assert time.time() - noticed >= 0.5
    assert cloud.instance(instance)["StateReason"]["Code"] == "Server.SpotInstanceTermination"


def test_spot_prices_are_those_set(cloud):
    cloud.set(spot_prices={"t3.small": 0.0062, "t3.small/us-east-1b": 0.0071})
    pages = cloud.ec2.get_paginator("describe_spot_price_history").paginate(
        InstanceTypes=["t3.small"], ProductDescriptions=["Linux/UNIX"], PaginationConfig={"PageSize": 2}
    )
    prices = {p["AvailabilityZone"]: p["SpotPrice"] for page in pages for p in page["SpotPriceHistory"]}
    assert prices["us-east-1a"] == "0.006200" and prices["us-east-1b"] == "0.007100"
    assert len(prices) > 2


def test_what_was_accepted_may_end_before_it_runs(cloud, network):
    cloud.set(deaths=[{"market": "on-demand", "code": "Client.VolumeLimitExceeded", "message": "Volume limit exceeded"}])
    (instance,) = network.run()
    until("terminated", lambda: cloud.state(instance) == "terminated")
    seen = cloud.instance(instance)
    assert seen["StateReason"] == {
        "Code": "Client.VolumeLimitExceeded",
        "Message": "Client.VolumeLimitExceeded: Volume limit exceeded",
    }
    assert cloud.reading(instance)["times"]["running_at"] is None
    (spot,) = network.run(InstanceMarketOptions={"MarketType": "spot"})
    until("running", lambda: cloud.state(spot) == "running")


def test_bills_what_ran_by_the_second_with_a_minimum_and_the_disk_until_it_is_released(cloud, network):
    cloud.set(pending_s=LONG_S)
    (pending, short, long) = network.run(3)

    def lines():
        return {line["id"]: line for line in cloud.ask("bill")}

    assert [lines()[i]["machine_s"] for i in (pending, short, long)] == [0, 0, 0]
    cloud.set(pending_s=0)
    until("running", lambda: all(cloud.state(i) == "running" for i in (pending, short, long)))
    cloud.ask("age", id=long, by_s=7200)
    cloud.set(stopping_s=LONG_S)
    cloud.ec2.terminate_instances(InstanceIds=[short, long])
    first = lines()
    assert first[short]["machine_s"] == 60 and not first[short]["is_over"]
    assert 7200 < first[long]["machine_s"] < 7200 + PATIENCE_S
    cloud.set(stopping_s=0)
    until("terminated", lambda: cloud.state(long) == "terminated")
    after = lines()[long]
    assert after["machine_s"] == first[long]["machine_s"], "an instance that shuts down is not billed"
    assert after["disk_s"] >= after["machine_s"] and after["is_over"] and after["disk_gb"] > 0
