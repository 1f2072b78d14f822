"""The receiver of a scheduler's bundle, in a process of its own, called as a network of strangers would."""

import hashlib
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys

import contract
import pytest
from preload_harness import NODE, START_S, Certificates, free_port, wait_until

CONTENT = "say 'it'\n# \u00e9\n"
SHA256 = hashlib.sha256(CONTENT.encode()).hexdigest()
sys.path.insert(0, str(NODE))

from receive_bundle import MOST_BYTES  # noqa: E402


class Receiver:
    def __init__(self, folder, certificates):
        self.certificates, self.port, self.file = certificates, free_port(), folder / "bundle.sh"
        settings = {
            "host": "127.0.0.1", "port": self.port,
            "ca_file": certificates.ca, "cert_file": certificates.cert, "key_file": certificates.key,
        }  # fmt: skip
        (folder / "preload.json").write_text(json.dumps(settings))
        command = ["-I", str(NODE / "receive_bundle.py"), str(folder / "preload.json"), "1", SHA256, str(self.file)]
        self.process = subprocess.Popen([sys.executable, *command], stderr=subprocess.PIPE)
        wait_until(self._listens, "the receiver listens")

    def _listens(self):
        assert self.process.poll() is None, self.process.stderr.read()
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def call(self, method="POST", path="/xcore/bundle", body=None, context=None):
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=START_S, context=context or self.certificates.context()
        )
        try:
            connection.request(method, path, body if body is None or isinstance(body, bytes) else json.dumps(body))
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def send_and_cut(self, data):
        """The beginning of a call, after which the connection is cut."""
        with socket.create_connection(("127.0.0.1", self.port)) as plain:
            with self.certificates.context().wrap_socket(plain, server_hostname="localhost") as connection:
                connection.sendall(data)

    def waits(self):
        """It is as it was at first."""
        status, answer = self.call("GET", "/xcore/status")
        assert os.listdir(self.file.parent) == ["preload.json"]
        return status == 503 and answer["wants_bundle"] == SHA256 and self.process.poll() is None


@pytest.fixture
def receiver(tmp_path, certificates):
    made = Receiver(tmp_path, certificates)
    yield made
    made.process.kill()
    made.process.wait()
    made.process.stderr.close()


def test_every_call_is_told_which_bundle_is_wanted(receiver):
    for method, path in [("GET", "/xcore/status"), ("POST", "/xcore/lease"), ("GET", "/")]:
        status, answer = receiver.call(method, path)
        assert (status, answer["wants_bundle"]) == (503, SHA256)
        contract.check(contract.schema_file("envelope"), answer, "envelope", path)


def test_the_bundle_is_taken_and_the_receiver_ends(receiver):
    status, answer = receiver.call(body={"sha256": SHA256})
    assert (status, answer["stored"]) == (200, False)
    assert receiver.waits()
    status, answer = receiver.call(body={"sha256": SHA256, "content": CONTENT})
    assert status == 200
    contract.check_answer("bundle", answer)
    assert receiver.process.wait(START_S) == 0
    assert receiver.file.read_text(encoding="utf-8") == CONTENT
    assert sorted(os.listdir(receiver.file.parent)) == ["bundle.sh", "preload.json"]
    assert receiver.file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"sha256": SHA256, "content": CONTENT + " "}, 409),
        ({"sha256": "0" * 64, "content": CONTENT}, 409),
        ({"sha256": "0" * 64}, 409),
        ({"sha256": SHA256, "content": "x" * (MOST_BYTES + 1)}, 409),
        ({"content": CONTENT}, 400),
        ({"sha256": SHA256, "content": 1}, 400),
        ([], 400),
        (b"\xff", 400),
        (b"", 400),
    ],
)
def test_what_is_not_the_bundle_changes_nothing(receiver, body, code):
    status, answer = receiver.call(body=body)
    assert status == code
    contract.check(contract.schema_file("envelope"), answer, "envelope", "answer")
    assert receiver.waits()


def test_a_longer_upload_is_refused_before_it_is_read(receiver):
    length = 6 * MOST_BYTES + 1
    with socket.create_connection(("127.0.0.1", receiver.port)) as plain:
        with receiver.certificates.context().wrap_socket(plain, server_hostname="localhost") as connection:
            connection.sendall(b"POST /xcore/bundle HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % length)
            assert connection.recv(1000).split()[1] == b"413"
    assert receiver.waits()


def test_a_node_may_ask_and_not_bring(receiver, certificates):
    context = certificates.context(of_client=False)
    assert receiver.call("GET", "/xcore/status", context=context)[0] == 503
    assert receiver.call(body={"sha256": SHA256, "content": CONTENT}, context=context)[0] == 403
    assert receiver.waits()


def test_strangers_are_not_answered(receiver, certificates, tmp_path_factory):
    other = Certificates(tmp_path_factory.mktemp("other") / "tls")
    stranger = ssl.create_default_context(cafile=certificates.ca)
    stranger.load_cert_chain(other.client_cert, other.key)
    for context in (certificates.context(with_certificate=False), stranger):
        with pytest.raises(OSError):
            receiver.call(body={"sha256": SHA256, "content": CONTENT}, context=context)
    assert receiver.waits()


def test_a_connection_that_is_cut_or_silent_keeps_no_other_waiting(receiver):
    body = json.dumps({"sha256": SHA256, "content": CONTENT}).encode()
    begin = b"POST /xcore/bundle HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_connection(("127.0.0.1", receiver.port)):  # silent before its handshake
        for data in (b"", b"POST /xcore", begin, begin + body[:-1]):
            receiver.send_and_cut(data)
            assert receiver.waits()
        assert receiver.call(body={"sha256": SHA256, "content": CONTENT})[0] == 200
        assert receiver.process.wait(START_S) == 0
