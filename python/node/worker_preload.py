"""What `xcore` adds to a Dask worker, loaded by `dask worker --preload worker_preload.py`: signs of
life and of its end, and which results cannot leave its process.

The environment variable XCORE_NODE_STATE names a folder that exists and is empty after a boot
(`/run/xcore`), in which

    alive   is touched every few seconds while the worker is registered with its scheduler
    over    is written, one line that says why, when the scheduler has let the worker go: it was retired

An exit status tells nothing: a worker that lost its scheduler ends with 0, too. So the unit that
runs the worker starts it again whenever it has ended, but not where `over` exists (Restart=always,
ConditionPathExists=!/run/xcore/over), and `power_off.py` beside it powers the machine off on `over`,
or when `alive` is not touched for long.

Needs `limit_handshakes.py` and `node_state.py` beside it. Without the variable nothing is written.
Standard library and distributed (2022.12 or later) only; Python 3.8 or later.
"""

import asyncio
import functools
import logging

from distributed.core import Status
from distributed.protocol import serialize
from limit_handshakes import limit_handshakes
from node_state import NodeState

SHOW_LIFE_EVERY_S = 2
LET_GO = (
    "scheduler-remove-worker",
    "scheduler-close-worker",
    "worker-heartbeat-missing",  # the order is still on its way, and the scheduler has forgotten the worker
)

logger = logging.getLogger("distributed.xcore")


def is_retirement(status, reason):
    """Is a close with this reason, in this status, the end of a worker that was retired?

    The scheduler gives the same order to a worker that was silent for too long and to all on a
    client's restart(): these shall come back. One that it retires it has told to close gracefully
    before.
    """
    return status == Status.closing_gracefully and reason in LET_GO


def is_registered(worker):
    comm = getattr(worker.batched_stream, "comm", None)
    return comm is not None and not comm.closed()


def watch_for_retirement(worker, state):
    """Sets `worker.xcore_again` where it shall come back, and writes `over` where it shall not."""
    plain = worker.close
    worker.xcore_again = False

    @functools.wraps(plain)
    async def close(*args, **kwargs):
        reason = kwargs.get("reason")
        if is_retirement(worker.status, reason):
            logger.info("Retired by the scheduler (%s)", reason)
            state.over("retired: " + reason)
        elif reason in LET_GO and worker.status in (Status.running, Status.paused):
            worker.xcore_again = True
        return await plain(*args, **kwargs)

    worker.close = worker.stream_handlers["close"] = close


async def show_life(worker, state):
    while worker.status not in (Status.closing, Status.closed):
        if is_registered(worker):
            state.alive()
        await asyncio.sleep(SHOW_LIFE_EVERY_S)


def tell_what_cannot_move(worker):
    """Adds a call that the scheduler's preload makes when a retirement takes long."""

    async def xcore_unmovable(keys):
        """[[index of a key, why its result cannot be sent]], of the first that cannot."""
        loop = asyncio.get_running_loop()
        for index, key in enumerate(keys):
            if key in worker.data:
                try:
                    await loop.run_in_executor(None, functools.partial(serialize, worker.data[key], on_error="raise"))
                except Exception as error:
                    return [[index, first_cause(error)]]
        return []

    worker.handlers["xcore_unmovable"] = xcore_unmovable


def first_cause(error):
    """The text of the error that led to this one: Dask's own names the type alone."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__
    return " ".join(str(error.args[0] if error.args else "").split())[:200] or type(error).__name__


async def close_http_server(worker):
    """Dask opens it on every worker, without TLS; the scheduler's pages tell all there is."""
    worker.http_server.stop()
    await worker.http_server.close_all_connections()


async def dask_setup(worker):
    limit_handshakes()
    await close_http_server(worker)
    tell_what_cannot_move(worker)
    state = NodeState.from_environment()
    watch_for_retirement(worker, state)
    worker.xcore_life = asyncio.ensure_future(show_life(worker, state))  # held, or it would be collected
