"""Launches as many EC2 instances as the first argument says, with dask-cloudprovider's own calls, all at once as its
cluster does. The others are the region, image, subnet and security group.
"""

import asyncio
import sys
import uuid

from aiobotocore.session import get_session
from dask_cloudprovider.aws.ec2 import EC2Instance


class Cluster:
    """What an instance asks of its cluster."""

    def __init__(self):
        self.boto_session = get_session()
        self.uuid = str(uuid.uuid4())[:8]

    def render_process_cloud_init(self, _process):
        return "#cloud-config\n"

    def _log(self, _message):
        pass


async def main(count, region, image, subnet, group):
    cluster = Cluster()
    facts = {
        "ami": image,
        "config": {"docker_image": "daskdev/dask:latest"},
        "enable_detailed_monitoring": False,
        "filesystem_size": 20,
        "instance_tags": {"creator": "dask-cloudprovider"},
        "instance_type": "t3.small",
        "region": region,
        "security_groups": [group],
        "subnet_id": subnet,
        "use_private_ip": True,
        "volume_tags": {"creator": "dask-cloudprovider"},
        "vpc": "not asked for",
    }
    machines = [EC2Instance(cluster, **facts) for _ in range(count)]
    for number, machine in enumerate(machines):
        machine.name = f"dask-{cluster.uuid}-worker-{number}"
    await asyncio.gather(*(machine.create_vm() for machine in machines))


asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
