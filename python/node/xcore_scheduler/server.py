"""Who can reach the scheduler: holders of a certificate of this cluster, and nobody else."""

import logging
import ssl

from distributed.comm import get_tcp_server_addresses
from tornado.httpserver import HTTPServer

from .settings import SettingsError

logger = logging.getLogger("distributed.xcore")


def refuse_to_run_open(scheduler):
    """Everything but this process' own machine must meet mutual TLS."""
    for listener in scheduler.listeners:
        if not listener.contact_address.startswith("tls://"):
            raise SettingsError("the scheduler listens without TLS at %s" % listener.contact_address)
    for address in get_tcp_server_addresses(scheduler.http_server):
        if address[0] not in ("127.0.0.1", "::1"):
            raise SettingsError("the plain dashboard is open at %s:%d, not on 127.0.0.1" % address[:2])


def listen(application, settings):
    """Serves the scheduler's HTTP application on the port that demands a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(settings.cert_file, settings.key_file)
    server = HTTPServer(application, ssl_options=context)
    server.listen(settings.port, settings.host)
    logger.info("  xcore at: https://%s:%d (client certificate required)", settings.host, settings.port)
    return server
