"""The scheduler's only HTTP server, in place of Dask's own: it asks each caller for a certificate of
the cluster."""

import functools
import logging
import ssl

import distributed.node
import receive_bundle
from limit_handshakes import close_unless_shaken
from tornado.httpserver import HTTPServer
from tornado.routing import Router
from tornado.web import Application, RequestHandler

logger = logging.getLogger("distributed.xcore")


class MutualTlsServer(HTTPServer):
    """Serves Dask's pages, and /xcore/* once that is ready, on host:port of the settings.

    Callers before `open()` wait: Dask listens while it is still being made, and what it answers
    then is no cluster's.
    """

    def initialize(self, application, context, at, give_up, ssl_options=None):
        super().initialize(PagesForClients(application), ssl_options=context)
        self._at, self._give_up = at, give_up
        self._early = []

    def listen(self, *args, **kwargs):
        """At the settings' address, wherever Dask wants it: it would take another port where this
        one is taken."""
        try:
            super().listen(*reversed(self._at))
        except OSError as error:
            self._give_up(error)

    async def handle_stream(self, stream, address):
        call_off = close_unless_shaken(stream)
        try:
            await stream.wait_for_handshake()
        except OSError as error:
            logger.debug("No TLS handshake with %s: %s", address[0], error)
            return
        finally:
            call_off()
        if self._early is None:
            super().handle_stream(stream, address)
        else:
            self._early.append((stream, address))

    def open(self):
        """Answers from now on."""
        early, self._early = self._early, None
        for stream, address in early:
            super().handle_stream(stream, address)
        logger.info("  xcore at: https://%s:%d (client certificate required)", *self._at)


class PagesForClients(Router):
    """Dask's pages and data answer to the client's certificate alone; /xcore/* checks by itself, as
    workers may call some of it. A worker's certificate can be read by every task."""

    def __init__(self, application):
        self._application = application
        self._refusal = Application([(".*", Refused)])

    def find_handler(self, request, **kwargs):
        own = request.path == "/xcore" or request.path.startswith("/xcore/")
        application = self._application if own or is_from_client(request) else self._refusal
        return application.find_handler(request, **kwargs)


class Refused(RequestHandler):
    def prepare(self):
        self.set_status(403)
        self.finish("Only a client's certificate may read this\n")


def is_from_client(request):
    socket = request.connection.stream.socket  # None where the caller has gone already
    return socket is not None and receive_bundle.is_client(socket.getpeercert())


def replace_http_server(settings, give_up):
    """Has Dask make its HTTP server of this process a MutualTlsServer; to be called before it makes
    its scheduler. `give_up(error)`, which does not return, is called where the port is taken."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(settings.cert_file, settings.key_file)
    distributed.node.HTTPServer = functools.partial(
        MutualTlsServer, context=context, at=(settings.host, settings.port), give_up=give_up
    )
