"""
Crosscore: cloud clusters for distributed computing.

    from crossflow.clients import Client
    from crosscore import cluster

    client = Client(address=cluster.get_url())

The work is done by the `xcore` program; this package asks it.
"""

from .errors import CrosscoreError, XcoreNotFoundError

__all__ = ["CrosscoreError", "XcoreNotFoundError", "__version__"]
__version__ = "0.1.0"
