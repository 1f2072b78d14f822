"""Launches as many EC2 instances as the first argument says with Ray's own node provider, and waits until it says that all run.
The others are the region, image, subnet and security group.

It is asked for all of them at once, so that it makes as few calls as it can: Ray's autoscaler asks for five at a time.
"""

import sys
import time

from ray.autoscaler._private.aws.node_provider import AWSNodeProvider
from ray.autoscaler._private.constants import AUTOSCALER_UPDATE_INTERVAL_S
from ray.autoscaler.tags import TAG_RAY_LAUNCH_CONFIG, TAG_RAY_NODE_KIND, TAG_RAY_NODE_NAME, TAG_RAY_USER_NODE_TYPE


def main(count, region, image, subnet, group):
    node = {"ImageId": image, "InstanceType": "t3.small", "SubnetIds": [subnet], "SecurityGroupIds": [group]}
    types = {"worker": {"node_config": node, "resources": {}}}
    where = {"region": region}
    AWSNodeProvider.fillout_available_node_types_resources(
        {"available_node_types": types, "head_node_type": "worker", "provider": where}
    )
    provider = AWSNodeProvider(where, "bench")
    tags = {
        TAG_RAY_NODE_NAME: "ray-bench-worker",
        TAG_RAY_NODE_KIND: "worker",
        TAG_RAY_USER_NODE_TYPE: "worker",
        TAG_RAY_LAUNCH_CONFIG: "0123",
    }
    while True:  # as its autoscaler does
        nodes = provider.non_terminated_nodes({})
        if len(nodes) >= count and all(provider.is_running(each) for each in nodes):
            return
        if len(nodes) < count:
            provider.create_node(node, dict(tags), count - len(nodes))
        time.sleep(AUTOSCALER_UPDATE_INTERVAL_S)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
