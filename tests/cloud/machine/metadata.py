"""The instance metadata service, version 2: reachable from its own machine only, and only for who has a token.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
"""

import secrets
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ADDRESS = "169.254.169.254"
LONGEST_TOKEN_S = 21600
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

    :param answer: gives the text of a path below /latest/, or None where there is nothing
    :param tokens: "required", or "optional": then a request without one is answered, too
    :param hop_limit: how many hops the answer that holds a token may travel
    """

    def __init__(self, network, answer, tokens="required", hop_limit=1):
        network.ip(f"address add {ADDRESS}/32 dev lo\n")
        network.nft(LAST_HOP)
        with network.entered():
            self._server = ThreadingHTTPServer((ADDRESS, 80), _handler(answer, tokens, hop_limit))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def _handler(answer, tokens, hop_limit):
    ends = {}

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self):
            ttl = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
            if self.path != "/latest/api/token":
                return self.reply(404)
            if "X-Forwarded-For" in self.headers:  # a proxy must not fetch one for somebody else
                return self.reply(403)
            if not (ttl.isdigit() and 1 <= int(ttl) <= LONGEST_TOKEN_S):
                return self.reply(400)
            token = secrets.token_urlsafe(40)
            ends[token] = time.monotonic() + int(ttl)
            self.connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hop_limit)
            self.reply(200, token)

        def do_GET(self):
            token = self.headers.get("X-aws-ec2-metadata-token")
            if ends.get(token, 0) < time.monotonic() and not (token is None and tokens == "optional"):
                return self.reply(401)
            text = answer(self.path.removeprefix("/latest/"))
            self.reply(404) if text is None else self.reply(200, text)

        def reply(self, status, text=""):
            data = text.encode() if isinstance(text, str) else text
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments):
            """Nobody reads it."""

    return Handler
