"""The instance metadata service, version 2: only for who has a token.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
"""

import secrets
import socket
import time

from .metadata import Quiet

LONGEST_TOKEN_S = 21600


def imds(answer, tokens="required", hop_limit=1):
    """A handler for a metadata service.

    :param answer: gives the text of a path below /latest/, or None where there is nothing
    :param tokens: "required", or "optional": then a request without one is answered, too
    :param hop_limit: how many hops the answer that holds a token may travel
    """
    ends = {}

    class Handler(Quiet):
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

    return Handler
