import pytest
from botocore.parsers import ResponseParserError

from .conftest import a_cloud, refused, until
from .buckets import Buckets


def test_more_calls_than_the_bucket_holds(cloud):
    cloud.set(throttled=True, buckets={"DescribeVpcs": [3, 0]})
    codes = [refused(cloud.ec2.describe_vpcs) for _ in range(5)]
    assert codes == [None] * 3 + [("RequestLimitExceeded", 503)] * 2
    assert refused(cloud.ec2.describe_subnets) is None, "another action has a bucket of its own"


def test_the_published_bucket_of_launches(cloud, network):
    cloud.set(throttled=True)
    codes = {refused(lambda: cloud.ec2.run_instances(MinCount=1, MaxCount=1, DryRun=True)) for _ in range(40)}
    assert ("RequestLimitExceeded", 503) in codes


def test_the_published_bucket_of_launched_instances(cloud, network):
    cloud.set(throttled=True)
    cloud.set(capacity=[{"left": 1001}])
    assert refused(lambda: network.run(1001)) == ("RequestLimitExceeded", 503)
    assert refused(lambda: network.run(1002)) == ("InsufficientInstanceCapacity", 500), "it took no capacity"


def test_the_published_bucket_of_terminated_instances(cloud):
    cloud.set(throttled=True)
    ids = [f"i-{number:017x}" for number in range(1001)]
    assert refused(lambda: cloud.ec2.terminate_instances(InstanceIds=ids)) == ("RequestLimitExceeded", 503)
    assert refused(lambda: cloud.ec2.terminate_instances(InstanceIds=ids[1:])) == ("InvalidInstanceID.NotFound", 400)


def test_a_bucket_refills():
    now = [100.0]
    buckets = Buckets(lambda: now[0])
    assert [buckets.take("a", 2, 0.5) for _ in range(3)] == [True, True, False]
    now[0] += 1.9
    assert not buckets.take("a", 2, 0.5)
    now[0] += 0.1
    assert buckets.take("a", 2, 0.5)
    now[0] += 1000
    assert buckets.take("a", 2, 0.5, tokens=2) and not buckets.take("a", 2, 0.5), "no more than it holds"


def test_a_fault_is_met_as_often_as_asked(cloud):
    cloud.set(faults=[{"action": "Describe*", "code": "InternalError", "status": 500, "times": 2}])
    codes = [refused(cloud.ec2.describe_vpcs) for _ in range(3)]
    assert codes == [("InternalError", 500)] * 2 + [None]


def test_a_lost_answer_was_done(cloud, network):
    cloud.set(faults=[{"action": "RunInstances", "code": "InternalError", "status": 500, "after": True}])
    assert refused(lambda: network.run(2, ClientToken="lost")) == ("InternalError", 500)
    found = cloud.ec2.describe_instances(Filters=[{"Name": "client-token", "Values": ["lost"]}])
    made = [i["InstanceId"] for r in found["Reservations"] for i in r["Instances"]]
    assert len(made) == 2 and network.run(2, ClientToken="lost") == made


@pytest.mark.parametrize(
    "state, of_ec2, of_sts",
    [
        ("expired", ("RequestExpired", 400), ("ExpiredToken", 403)),
        ("invalid", ("AuthFailure", 401), ("InvalidClientTokenId", 403)),
    ],
)
def test_credentials(cloud, state, of_ec2, of_sts):
    cloud.set(credentials=state)
    assert refused(cloud.ec2.describe_vpcs) == of_ec2
    assert refused(cloud.sts.get_caller_identity) == of_sts
    cloud.set(credentials="valid")
    assert refused(cloud.ec2.describe_vpcs) is None and cloud.sts.get_caller_identity()["Account"]


def test_one_access_key_expires_alone(cloud):
    cloud.set(expired_keys=["AKIAEXAMPLE"])
    assert refused(cloud.ec2.describe_vpcs) == ("RequestExpired", 400)
    cloud.set(expired_keys=["AKIAANOTHER"])
    assert refused(cloud.ec2.describe_vpcs) is None


def test_a_dry_run_says_what_would_be(cloud, network):
    def ask():
        return refused(lambda: network.run(DryRun=True))

    assert ask() == ("DryRunOperation", 412)
    cloud.set(denied=["RunInstances"])
    assert ask() == ("UnauthorizedOperation", 403)
    assert refused(network.run) == ("UnauthorizedOperation", 403)


def test_calls_are_kept(cloud):
    cloud.ec2.describe_vpcs()
    refused(lambda: cloud.ec2.describe_instances(InstanceIds=["i-00000000000000000"]))
    cloud.sts.get_caller_identity()
    calls = [(c["service"], c["action"], c["status"], c["code"]) for c in cloud.ask("calls")]
    assert calls == [
        ("ec2", "DescribeVpcs", 200, None),
        ("ec2", "DescribeInstances", 400, "InvalidInstanceID.NotFound"),
        ("sts", "GetCallerIdentity", 200, None),
    ]


def test_what_the_policy_does_not_grant(cloud, network):
    """permissions/aws.json binds by the User-Agent of xcore, Terraform and Packer; boto3's own may do anything."""
    events = cloud.ec2.meta.events
    agents = {"xcore": "aws-sdk-js/3.1169.0", "terraform": "APN/1.0 HashiCorp/1.0 Terraform/1.11.4", "packer": "Packer/1.6.6"}
    for client, agent in agents.items():

        def say(request, agent=agent, **_):
            request.headers["User-Agent"] = agent

        events.register("before-sign.ec2", say)
        try:
            assert refused(cloud.ec2.describe_vpcs) is None
            assert refused(lambda: cloud.ec2.describe_hosts()) == ("UnauthorizedOperation", 403)
            assert refused(lambda: cloud.ec2.delete_nat_gateway(NatGatewayId="nat-1")) == ("UnauthorizedOperation", 403)
        finally:
            events.unregister("before-sign.ec2", say)
        assert cloud.ask("calls")[-1]["client"] == client
    assert refused(lambda: cloud.ec2.describe_hosts()) is None


def test_a_failure_of_the_cloud_itself_goes_to_the_log_that_is_named(tmp_path, capfd):
    log = tmp_path / "log"
    with a_cloud(f"--log={log}") as cloud:
        with pytest.raises(ResponseParserError):
            cloud.ec2.describe_fpga_images()  # moto has no such call
        until("the failure", lambda: "NotImplementedError" in log.read_text())  # it is written after the answer
    assert capfd.readouterr().err == ""
