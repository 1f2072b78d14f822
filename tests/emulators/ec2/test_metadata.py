import json
import re

import pytest

from .conftest import until

GET = """
get() {
  token=$(curl -sS -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
  curl -sS -w ' %{http_code}' -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/$1"
}
"""
REQUIRED = {"MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}}


def get(boots, instance, path):
    return boots.cloud.inside(instance, f"{GET} get {path}")


def test_each_knows_its_launch_index(boots):
    ids = boots.run(2, UserData="#!/bin/sh\n")
    for index, instance in enumerate(ids):
        boots.booted(instance)
        assert get(boots, instance, "meta-data/ami-launch-index") == f"{index} 200"
        assert get(boots, instance, "meta-data/instance-id") == f"{instance} 200"
        assert get(boots, instance, "meta-data/public-ipv4") == f"{boots.cloud.reading(instance)['public_address']} 200"


def test_no_answer_without_a_token_where_they_are_required(boots):
    instance = boots.boot(**REQUIRED)
    ask = "curl -s -o /dev/null -w '%{http_code}' http://169.254.169.254/latest/meta-data/instance-id"
    assert boots.cloud.inside(instance, ask) == "401"
    assert boots.cloud.inside(boots.boot(), ask) == "200", "where they are not"


ASK_FROM_A_CONTAINER = """
unshare --net sleep 600 & container=$!
until [ "$(readlink /proc/$container/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
ip link add inner type veth peer name outer netns $container
ip address add 10.99.0.1/24 dev inner
ip link set inner up
nsenter --net=/proc/$container/ns/net bash -c '
  ip address add 10.99.0.2/24 dev outer; ip link set outer up; ip route add default via 10.99.0.1
  curl -s -o /dev/null -w "%{http_code}" --max-time LIMIT_S -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" \
    http://169.254.169.254/latest/api/token'
kill $container
"""


@pytest.mark.parametrize("hops, limit_s, status", [(1, 2, "000"), (2, 60, "200")])
def test_a_token_travels_no_further_than_its_hops(boots, hops, limit_s, status):
    """To a container behind the instance's own bridge it is one hop more."""
    instance = boots.boot(MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": hops})
    assert boots.cloud.inside(instance, ASK_FROM_A_CONTAINER.replace("LIMIT_S", str(limit_s))) == status
    assert get(boots, instance, "meta-data/instance-id") == f"{instance} 200", "at home it is there"


def test_a_spot_notice(boots):
    instance = boots.boot(InstanceMarketOptions={"MarketType": "spot"})
    assert get(boots, instance, "meta-data/spot/instance-action").endswith(" 404")
    boots.cloud.ask("interrupt", id=instance, in_s=1000)
    text = get(boots, instance, "meta-data/spot/instance-action")
    action = json.loads(text.removesuffix(" 200"))
    assert action["action"] == "terminate" and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", action["time"])
    assert get(boots, instance, "meta-data/spot/termination-time") == f"{action['time']} 200"
    boots.cloud.ask("interrupt", id=instance, in_s=0)
    until("terminated", lambda: boots.cloud.state(instance) == "terminated")


def test_the_user_data_can_be_read_again(boots):
    instance = boots.boot("echo once")
    assert get(boots, instance, "user-data") == "#!/bin/bash\necho once\n 200"
