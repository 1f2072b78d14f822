"""An asynchronous cluster and client, crossflow-like use of a running loop, from zero workers."""

import asyncio

from crosscore import Cluster


def square(x):
    return x * x


async def main():
    async with Cluster(asynchronous=True) as cluster:
        async with cluster.get_client() as client:
            print(await client.gather(client.map(square, range(5))))
            await client.wait_for_workers(2, timeout=300)
            status = await cluster.status(json=True)
            print(sum(worker["state"] == "running" for worker in status["workers"]) >= 2)
            print(sorted(await cluster.logs())[:2])


asyncio.run(main())
