"""Dask's preload of clients in a script that `xcore run` runs: sends the modules beside the script to the workers."""

from __future__ import annotations

import os
import sys
from typing import Any

from ._sync_code import sync_code
from .errors import CrosscoreError


async def dask_setup(client: Any) -> None:
    """What Dask calls in the client's loop when it has connected; one of another scheduler is left alone."""
    if client.scheduler.address != os.environ.get("DASK_SCHEDULER_ADDRESS"):
        return
    try:
        await sync_code(client)
    except CrosscoreError as error:
        sys.stderr.write(f"{error.message}. {error.hint}\n")
