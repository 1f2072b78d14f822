"""
Crosscore: cloud clusters for distributed computing.

    from crosscore import Cluster

    with Cluster() as cluster:
        client = cluster.get_client()

or, with the functions that there have always been:

    from crossflow.clients import Client
    from crosscore import cluster

    client = Client(address=cluster.get_url())

The work is done by the `xcore` program; this package asks it.
"""

__version__ = "0.1.0"

from ._cluster import Cluster
from ._sync_code import sync_code
from .errors import CrosscoreError, WorkersTimeoutError, XcoreNotFoundError

__all__ = ["Cluster", "CrosscoreError", "WorkersTimeoutError", "XcoreNotFoundError", "__version__", "sync_code"]
