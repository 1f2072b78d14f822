"""Prefect flows on a cluster from zero workers: by a function that makes the cluster object, and by its address."""

import os

# Prefect's own server, which each run starts, is slow to, and would send what it counts.
os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "300"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"

import crosscore
from prefect import flow, task
from prefect_dask import DaskTaskRunner


@task
def double(x):
    return 2 * x


@task
def where():
    return os.getpid()


def numbers():
    pids = where.submit()
    doubled = double.map(range(8))
    return sum(future.result() for future in doubled), pids.result() != os.getpid()


def on_xcore():
    """Imports it here: a flow's tasks bring the runner along, to workers that may lack the package."""
    from crosscore import Cluster

    return Cluster()


if __name__ == "__main__":
    with crosscore.Cluster() as cluster:
        for runner in [
            DaskTaskRunner(cluster_class=on_xcore, adapt_kwargs={"maximum": 2}),
            DaskTaskRunner(address=cluster.scheduler_address),
        ]:
            print(*flow(task_runner=runner)(numbers)())
