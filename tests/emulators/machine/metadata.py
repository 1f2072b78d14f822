"""A metadata service: reachable from its own machine only. What it answers and to whom is the cloud's: `imds.py`, `guest_metadata.py`."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ADDRESS = "169.254.169.254"
# The service is one hop away from a machine, and here it is not: an answer whose hops are used up there goes no further.
LAST_HOP = f"""
table ip metadata {{ chain out {{
  type filter hook output priority 0;
  oifname != "lo" ip saddr {ADDRESS} ip ttl 1 drop
}}
}}
"""


class MetadataService:
    """Answers inside a machine's network.

    :param handler: a class that answers requests
    """

    def __init__(self, network, handler):
        network.ip(f"address add {ADDRESS}/32 dev lo\n")
        network.nft(LAST_HOP)
        with network.entered():
            self._server = ThreadingHTTPServer((ADDRESS, 80), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Quiet(BaseHTTPRequestHandler):
    """What all handlers have in common."""

    def reply(self, status, text="", headers=()):
        data = text.encode() if isinstance(text, str) else text
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments):
        """Nobody reads it."""


class NothingThere(Quiet):
    """Of a cloud that says nothing."""

    def do_GET(self):
        self.reply(404)
