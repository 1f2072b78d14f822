"""
Dask's preload of clients in a script that `xcore run` runs: sends the modules beside the script to the workers, and
keeps Ctrl-C from showing what is Dask's own.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

from distributed.client import AllExit

from ._sync_code import sync_code
from .errors import CrosscoreError


async def dask_setup(client: Any) -> None:
    """What Dask calls in the client's loop when it has connected; one of another scheduler is left alone."""
    logging.getLogger("asyncio").addFilter(_is_news)
    if client.scheduler.address != os.environ.get("DASK_SCHEDULER_ADDRESS"):
        return
    try:
        await sync_code(client)
    except CrosscoreError as error:
        sys.stderr.write(f"{error.message}. {error.hint}\n")


def _is_news(record: logging.LogRecord) -> bool:
    """False for how Dask ends its waits for futures; at Ctrl-C asyncio logs one of these for each future."""
    return record.exc_info is None or record.exc_info[0] is not AllExit
