"""Waits for the bundle of the scheduler's instance, which its user data is too small for:

    python3 receive_bundle.py PRELOAD_JSON PROTOCOL SHA256 FILE

Listens where the preload will, with the certificate that PRELOAD_JSON names, to callers with a
certificate of the same cluster. Nothing but a client's may bring the bundle, and only the one with
this SHA-256 is taken:

    POST /xcore/bundle   bundle.schema.json of lib/protocol
    anything else        503 with `wants_bundle`, the SHA-256

Exits with status 0 once FILE is there, whole: an upload that is cut leaves nothing, and one that is
repeated changes nothing. It does not give up: `power_off.py` beside it does.

Standard library only; Python 3.8 or later.
"""

import hashlib
import http.server
import json
import os
import ssl
import sys
import tempfile
import threading

MOST_BYTES = 4 * 2**20
"""Of a bundle; as JSON it may be six times as long."""

TIMEOUT_S = 30
"""Of a caller that is silent."""


class BundleError(Exception):
    """What was brought is no bundle, or not the one."""


def content_of(sha256, text):
    """The bundle's bytes. Raises BundleError."""
    content = text.encode("utf-8", "replace")
    if len(content) > MOST_BYTES:
        raise BundleError("The bundle has %d bytes, and %d are the most" % (len(content), MOST_BYTES))
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise BundleError("The bundle's SHA-256 is %s, not %s" % (found, sha256))
    return content


def write_whole(path, content):
    """In one step: the file is there as a whole or not at all."""
    descriptor, part = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".part-")
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise


def is_client(certificate):
    """Whether it is of the user's machine: a worker's, which every task can read, is not. As
    `getpeercert()` has it."""
    names = [pair for part in (certificate or {}).get("subject", ()) for pair in part]
    return ("organizationalUnitName", "client") in names


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = TIMEOUT_S

    def setup(self):
        self.request.settimeout(self.timeout)
        self.request.do_handshake()
        super().setup()

    def do_GET(self):
        self.answer(503, error="This instance waits for its bundle", wants_bundle=self.server.sha256)

    def do_POST(self):
        if self.path != "/xcore/bundle":
            return self.do_GET()
        if not is_client(self.connection.getpeercert()):
            return self.answer(403, error="Only a client's certificate may bring a bundle")
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            length = -1
        if not 0 <= length <= 6 * MOST_BYTES:
            return self.answer(413, error="A bundle has at most %d bytes" % MOST_BYTES)
        body = self.rfile.read(length)
        if len(body) < length:
            return None  # it was cut
        try:
            asked = json.loads(body.decode("utf-8"))
            sha256, text = asked["sha256"], asked.get("content")
            content = None if text is None else content_of(self.server.sha256, text)
        except BundleError as error:
            return self.answer(409, error=str(error), wants_bundle=self.server.sha256)
        except (ValueError, KeyError, TypeError, AttributeError):
            return self.answer(400, error="The body is no bundle")
        if sha256 != self.server.sha256:
            return self.answer(
                409, error="This instance waits for another bundle", wants_bundle=self.server.sha256
            )  # fmt: skip
        if content is not None:
            try:
                write_whole(self.server.file, content)
            except OSError as error:
                return self.answer(500, error="Cannot keep the bundle: %s" % error)
        self.answer(200, stored=content is not None)
        if content is not None:
            self.server.received.set()

    def answer(self, status, **values):
        body = json.dumps(dict(values, protocol=self.server.protocol)).encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """A caller that waits asks ten times a second."""


class Receiver(http.server.ThreadingHTTPServer):
    def __init__(self, settings, protocol, sha256, file):
        self.protocol, self.sha256, self.file = protocol, sha256, file
        self.received = threading.Event()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=settings["ca_file"])
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(settings["cert_file"], settings["key_file"])
        super().__init__((settings["host"], settings["port"]), Handler)
        # The handshake is for the caller's own thread: one that is silent keeps no other waiting.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request, client_address):
        """Nothing to tell of a caller that is cut off, or is a stranger."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def main(preload_json, protocol, sha256, path):
    with open(preload_json, encoding="utf-8") as file:
        settings = json.load(file)
    with Receiver(settings, int(protocol), sha256, path) as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        receiver.received.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
