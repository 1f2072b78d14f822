"""A limit on the time in which a connection must finish its TLS handshake: one that never does
would be kept for an hour, or for ever, and costs its sender nothing.

Standard library, distributed (2022.12 or later) and tornado only; Python 3.8 or later.
"""

import asyncio
import functools

from distributed.comm.tcp import TLSListener

HANDSHAKE_S = 30
"""Dask's own limit on a connection's next step, its exchange of versions."""


def close_unless_shaken(stream, within_s=None):
    """Closes a connection whose TLS handshake is not over in time. Returns what calls that off."""
    seconds = HANDSHAKE_S if within_s is None else within_s
    return asyncio.get_running_loop().call_later(seconds, stream.close).cancel


def limit_handshakes():
    """Has Dask's listeners of this process close such connections."""
    plain = TLSListener._prepare_stream

    @functools.wraps(plain)
    async def prepare(self, stream, address):
        call_off = close_unless_shaken(stream)
        try:
            return await plain(self, stream, address)
        finally:
            call_off()

    TLSListener._prepare_stream = prepare
