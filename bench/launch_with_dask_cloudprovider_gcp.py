"""Launches as many GCE instances as the first argument says, with dask-cloudprovider's own calls, all at once as its
cluster does. The others are the API's address, a token, the project, zone, network and image.
"""

import asyncio
import sys
import uuid

import googleapiclient.discovery
from dask_cloudprovider.gcp.instances import GCPInstance
from dask_cloudprovider.gcp.utils import build_request
from google.oauth2.credentials import Credentials


class Cluster:
    """What an instance asks of its cluster."""

    def __init__(self, address, token):
        credentials = Credentials(token)
        self.compute = googleapiclient.discovery.build(
            "compute", "v1", credentials=credentials, requestBuilder=build_request(credentials),
            client_options={"api_endpoint": address},
        )  # fmt: skip
        self.uuid = str(uuid.uuid4())[:8]

    def render_process_cloud_init(self, _process):
        return "#cloud-config\n"

    async def call_async(self, call):
        return await asyncio.get_running_loop().run_in_executor(None, call)

    def _log(self, _message):
        pass


async def main(count, address, token, project, zone, network, image):
    cluster = Cluster(address, token)
    config = {"instance_labels": {"container_vm": "dask-cloudprovider"}, "public_ingress": True}
    facts = {
        "config": config,
        "disk_type": "pd-standard",
        "filesystem_size": 50,
        "instance_labels": {"creator": "dask-cloudprovider"},
        "machine_type": "n1-standard-1",
        "network": network,
        "network_projectid": project,
        "on_host_maintenance": "TERMINATE",
        "projectid": project,
        "service_account": "default",
        "source_image": image,
        "zone": zone,
    }
    machines = [GCPInstance(cluster, **facts) for _ in range(count)]
    for number, machine in enumerate(machines):
        machine.name = f"dask-{cluster.uuid}-worker-{number}"
    await asyncio.gather(*(machine.create_vm() for machine in machines))


asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
