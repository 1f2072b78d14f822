"""Connections that do not finish their TLS handshake, on each kind of port that a node has."""

import asyncio
import pathlib
import ssl
import sys
import types

import distributed.comm
import distributed.node
import pytest
from distributed.comm.tcp import TLSListener
from tornado.web import Application

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python" / "node"))

import limit_handshakes  # noqa: E402
from xcore_scheduler.mutual_tls_server import replace_http_server  # noqa: E402

IDLE = 20
AT_MOST_S = 600  # on a busy machine; nothing here waits that long when it works


@pytest.fixture
def limited(monkeypatch):
    """Dask and its HTTP servers as on a node, with a limit that a test can wait for."""
    monkeypatch.setattr(TLSListener, "_prepare_stream", TLSListener._prepare_stream)
    monkeypatch.setattr(distributed.node, "HTTPServer", distributed.node.HTTPServer)
    monkeypatch.setattr(limit_handshakes, "HANDSHAKE_S", 0.2)
    limit_handshakes.limit_handshakes()


async def idle_connections_end(port):
    """Whether the other side ends each."""
    readers = [await asyncio.open_connection("127.0.0.1", port) for _ in range(IDLE)]
    ends = await asyncio.wait_for(asyncio.gather(*(reader.read() for reader, _ in readers)), AT_MOST_S)
    for _, writer in readers:
        writer.close()
    return ends == [b""] * IDLE


def test_dasks_own_port_ends_them_and_serves_others(limited, certificates):
    async def check():
        met = asyncio.get_running_loop().create_future()

        async def serve(comm):
            met.set_result(await comm.read())

        arguments = certificates.security().get_listen_args("client")
        async with distributed.comm.listen("tls://127.0.0.1:0", serve, **arguments) as listener:
            port = int(listener.contact_address.rpartition(":")[2])
            assert await idle_connections_end(port)
            arguments = certificates.security().get_connection_args("client")
            comm = await distributed.comm.connect(listener.contact_address, **arguments)
            await asyncio.sleep(2 * limit_handshakes.HANDSHAKE_S)  # the limit is not for what comes after it
            await comm.write("hello")
            assert await asyncio.wait_for(met, AT_MOST_S) == "hello"
            await comm.close()

    asyncio.run(check())


def test_the_http_port_ends_them_and_has_others_wait_until_it_is_open(limited, certificates):
    async def check():
        settings = types.SimpleNamespace(
            host="127.0.0.1", port=0, ca_file=certificates.ca, cert_file=certificates.cert, key_file=certificates.key
        )
        replace_http_server(settings, pytest.fail)
        server = distributed.node.HTTPServer(Application([]), ssl_options=None)
        server.listen(1, address="0.0.0.0")
        ((address, port),) = (each.getsockname() for each in server._sockets.values())
        assert address == "127.0.0.1"
        context = certificates.context()
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert await idle_connections_end(port)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(reader.readline(), 0.1)
        server.open()
        assert await asyncio.wait_for(reader.readline(), AT_MOST_S) == b"HTTP/1.1 404 Not Found\r\n"
        writer.close()
        with pytest.raises((ssl.SSLError, ConnectionError)):
            without = certificates.context(with_certificate=False)
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=without, server_hostname="localhost")
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert await reader.read() == b""  # by TLS 1.3 the refusal comes after the caller's own end of the handshake
            raise ConnectionError
        server.stop()
        await server.close_all_connections()

    asyncio.run(check())
