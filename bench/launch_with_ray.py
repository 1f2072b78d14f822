"""Launches as many EC2 instances as the first argument says with Ray's own node provider, and waits until it says that all run.
The second argument is how many it is asked for at a time: `once` for all of them, `batches` for as many as its autoscaler asks for. The
others are the region, image, subnet and security group.
"""

import collections
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from ray.autoscaler._private.aws.node_provider import AWSNodeProvider
from ray.autoscaler._private.constants import (
    AUTOSCALER_MAX_CONCURRENT_LAUNCHES,
    AUTOSCALER_MAX_LAUNCH_BATCH,
    AUTOSCALER_UPDATE_INTERVAL_S,
)
from ray.autoscaler.tags import TAG_RAY_LAUNCH_CONFIG, TAG_RAY_NODE_KIND, TAG_RAY_NODE_NAME, TAG_RAY_USER_NODE_TYPE

CLUSTER = "bench"


def main(count, way, region, image, subnet, group):
    node = {
        "ImageId": image,
        "InstanceType": "t3.small",
        "SubnetIds": [subnet],
        "SecurityGroupIds": [group],
    }
    types = {"worker": {"node_config": node, "resources": {}}}
    provider_config = {"region": region}
    AWSNodeProvider.fillout_available_node_types_resources(
        {"available_node_types": types, "head_node_type": "worker", "provider": provider_config}
    )
    provider = AWSNodeProvider(provider_config, CLUSTER)
    tags = {
        TAG_RAY_NODE_NAME: "ray-bench-worker",
        TAG_RAY_NODE_KIND: "worker",
        TAG_RAY_USER_NODE_TYPE: "worker",
        TAG_RAY_LAUNCH_CONFIG: "0123",
    }
    size = AUTOSCALER_MAX_LAUNCH_BATCH if way == "batches" else count
    # Its autoscaler looks, asks for what is missing, and looks again after so many seconds; what was refused is missing then.
    with ThreadPoolExecutor(AUTOSCALER_MAX_CONCURRENT_LAUNCHES) as launchers:
        asked = []
        while True:
            nodes = provider.non_terminated_nodes({})
            if len(nodes) >= count and all(provider.is_running(each) for each in nodes):
                return
            errors = collections.Counter(str(each.exception()) for each in asked if each.done() and each.exception())
            for error, times in errors.items():
                print("{} × {}".format(times, error), file=sys.stderr)
            under_way = [each for each in asked if not each.done()]
            missing = count - len(nodes) - size * len(under_way)
            asked = under_way + [
                launchers.submit(provider.create_node, dict(node), dict(tags), min(size, missing - first))
                for first in range(0, missing, size)
            ]
            time.sleep(AUTOSCALER_UPDATE_INTERVAL_S)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
