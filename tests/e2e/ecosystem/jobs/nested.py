"""Tasks that submit tasks: by a client of their own, by get_client() and by worker_client(). Then a restart of the workers."""

import os

from crosscore import Cluster
from distributed import Client, get_client, get_worker, secede, worker_client


def double(x):
    return 2 * x


def by_own_client(x):
    with Client(get_worker().scheduler.address, set_as_default=False) as client:
        future = client.submit(double, x)
        secede()  # or the task that is waited for would have no place
        return future.result()


def by_get_client(x):
    future = get_client().submit(double, x)
    secede()
    return future.result()


def by_worker_client(x):
    with worker_client() as client:
        return client.submit(double, x).result()


if __name__ == "__main__":
    with Cluster() as cluster, Client(cluster) as client:
        tasks = [client.submit(way, 21) for way in (by_own_client, by_get_client, by_worker_client)]
        print(client.gather(tasks))
        before = set(client.run(os.getpid).values())
        client.restart(timeout=120)
        after = set(client.submit(os.getpid, pure=False).result() for _ in range(2))
        print(before.isdisjoint(after))
