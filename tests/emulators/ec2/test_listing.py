from .conftest import refused, until


def ids_of(page):
    return [i["InstanceId"] for r in page["Reservations"] for i in r["Instances"]]


def mine(network, **more):
    return {"Filters": [{"Name": "vpc-id", "Values": [network.vpc]}], **more}


def test_pages_count_instances_and_miss_none(cloud, network):
    launched = [*network.run(7), *network.run(6)]
    pages = cloud.ec2.get_paginator("describe_instances").paginate(**mine(network), PaginationConfig={"PageSize": 5})
    pages = [ids_of(page) for page in pages]
    assert [len(page) for page in pages] == [5, 5, 3]
    assert sorted(i for page in pages for i in page) == sorted(launched)


def test_pages_may_be_shorter_than_asked(cloud, network):
    launched = network.run(5)
    cloud.set(page_size=2)
    pages = [ids_of(p) for p in cloud.ec2.get_paginator("describe_instances").paginate(**mine(network))]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert sorted(i for page in pages for i in page) == sorted(launched)


def test_pages_below_five_are_refused(cloud):
    assert refused(lambda: cloud.ec2.describe_instances(MaxResults=4)) == ("InvalidParameterValue", 400)


def test_two_and_a_half_thousand(cloud, network):
    cloud.ec2.create_subnet(VpcId=network.vpc, CidrBlock="10.78.16.0/20", AvailabilityZone="us-east-1a")
    subnets = cloud.ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [network.vpc]}])["Subnets"]
    large = next(s["SubnetId"] for s in subnets if s["CidrBlock"] == "10.78.16.0/20")
    for count in (1000, 1000, 500):
        assert len(network.run(count, SubnetId=large)) == count
    pages = [ids_of(p) for p in cloud.ec2.get_paginator("describe_instances").paginate(**mine(network))]
    assert [len(page) for page in pages] == [1000, 1000, 500]
    assert len({i for page in pages for i in page}) == 2500


def test_a_new_instance_is_not_listed_at_once(cloud, network):
    cloud.set(listing_lag_s=1e6)
    (instance,) = network.run()
    one = {"InstanceIds": [instance]}
    assert ids_of(cloud.ec2.describe_instances(**mine(network))) == []
    assert refused(lambda: cloud.ec2.describe_instances(**one)) == ("InvalidInstanceID.NotFound", 400)
    cloud.set(listing_lag_s=1)
    until("the listing", lambda: ids_of(cloud.ec2.describe_instances(**mine(network))) == [instance])
    assert ids_of(cloud.ec2.describe_instances(**one)) == [instance]
