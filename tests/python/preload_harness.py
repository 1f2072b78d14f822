"""A real `dask scheduler` with the preload, real `dask worker` processes, and certificates made on the spot."""

import atexit
import datetime
import fcntl
import functools
import http.client
import ipaddress
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import suppress

import contract
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from distributed import Client, Security
from zygote import Zygote

NODE = pathlib.Path(__file__).resolve().parents[2] / "python" / "node"
WORKER_PRELOAD = NODE / "worker_preload.py"
DASK = [sys.executable, "-m", "dask"]
START_S = 600  # the limit on a busy machine; nothing here waits that long when it works


@functools.lru_cache(maxsize=None)
def zygote():
    """One for all tests; it ends with this process."""
    made = Zygote()
    atexit.register(made.end)
    return made


def run_until(gate, result=None, runs=None):
    """A task that ends when the file `gate` is there; each run leaves a line in the file `runs`."""
    if runs is not None:
        with open(runs, "a") as file:
            file.write("run\n")
    while not pathlib.Path(gate).exists():
        time.sleep(0.02)
    return result


def make_bytes(count, runs=None):
    """A task with a result of that size."""
    if runs is not None:
        with open(runs, "a") as file:
            file.write("run\n")
    return b"x" * count


def lines_in(path):
    return len(path.read_text().splitlines())


def wait_until(condition, what, timeout_s=START_S, poll_s=0.05):
    """The first true answer of condition()."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, "Not within %g s: %s" % (timeout_s, what)
        time.sleep(poll_s)


def wait_until_running(cluster, name):
    """Until the worker takes tasks again: its answer to an earlier drain may come after the drain's end."""
    wait_until(lambda: cluster.workers()[name]["status"] == "running", "%s takes tasks again" % name)


def tell_metric(client, name, metric, value):
    """Has a worker send this with its heartbeats."""

    def tell(dask_worker, name=name, metric=metric, value=value):
        if dask_worker.name == name:
            dask_worker.metrics[metric] = lambda worker: value

    client.run(tell)


def own_ports():
    """Ports of this program alone, block by block: several run beside each other, and what is free now another may take
    before it is used. Tests of the compiled program take theirs below these, and the system gives its own away above."""
    for first in range(22_000, 32_000, 200):
        lock = open(os.path.join(tempfile.gettempdir(), "xcore-test-ports-%d" % first), "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        _port_locks.append(lock)  # until this program ends
        yield from range(first, first + 200)


_port_locks = []
_ports = own_ports()


def free_port():
    """A port that nothing listens on, and that this function gives to nobody else."""
    for port in _ports:
        with socket.socket() as s, suppress(OSError):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is left")


class Certificates:
    """A CA and two certificates of it, a node's and a client's, as a cluster has them."""

    def __init__(self, folder):
        folder.mkdir()
        names = ("ca.pem", "node.pem", "client.pem", "node.key")
        self.ca, self.cert, self.client_cert, self.key = (str(folder / name) for name in names)
        ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test CA")])
        node, client = (
            x509.Name([
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, role), x509.NameAttribute(NameOID.COMMON_NAME, "xcore"),
            ]) for role in ("worker", "client")
        )  # fmt: skip
        host_names = [x509.DNSName("xcore"), x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        ca = self._signed(ca_name, ca_key.public_key(), ca_name, ca_key, [
            (x509.BasicConstraints(ca=True, path_length=None), True),
            (self._usage(key_cert_sign=True, crl_sign=True), True),
        ])  # fmt: skip
        node, client = (
            self._signed(name, key.public_key(), ca_name, ca_key, [
                (x509.BasicConstraints(ca=False, path_length=None), True),
                (self._usage(digital_signature=True), True),
                (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]), False),
                (x509.SubjectAlternativeName(host_names), False),
            ]) for name in (node, client)
        )  # fmt: skip
        pem = serialization.Encoding.PEM
        plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        for path, content in [
            (self.ca, ca.public_bytes(pem)), (self.cert, node.public_bytes(pem)),
            (self.client_cert, client.public_bytes(pem)), (self.key, key.private_bytes(pem, *plain)),
        ]:  # fmt: skip
            pathlib.Path(path).write_bytes(content)

    @staticmethod
    def _usage(**uses):
        names = (
            "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign "
            "encipher_only decipher_only"
        )
        return x509.KeyUsage(**dict(dict.fromkeys(names.split(), False), **uses))

    @staticmethod
    def _signed(name, public_key, issuer, issuer_key, extensions):
        now = datetime.datetime.now(datetime.timezone.utc)
        day = datetime.timedelta(days=1)
        builder = x509.CertificateBuilder(issuer, name, public_key, x509.random_serial_number(), now - day, now + 2 * day)
        for extension, critical in [
            *extensions,
            (x509.SubjectKeyIdentifier.from_public_key(public_key), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False),
        ]:
            builder = builder.add_extension(extension, critical)
        return builder.sign(issuer_key, hashes.SHA256())

    def context(self, with_certificate=True, of_client=True):
        context = ssl.create_default_context(cafile=self.ca)
        if with_certificate:
            context.load_cert_chain(self.client_cert if of_client else self.cert, self.key)
        return context

    def security(self):
        return Security(
            require_encryption=True, tls_ca_file=self.ca,
            tls_client_cert=self.cert, tls_client_key=self.key,
        )  # fmt: skip

    def options(self):
        return ["--tls-ca-file", self.ca, "--tls-cert", self.cert, "--tls-key", self.key]


class Cluster:
    """A scheduler and its workers, each a process of its own; end() ends them all."""

    def __init__(self, folder, certificates, **settings):
        folder.mkdir()
        self.folder = folder
        self.certificates = certificates
        self.port, self.xcore_port = free_port(), free_port()
        self.url = "tls://127.0.0.1:%d" % self.port
        self.config = {
            "cluster_id": "test-01234567", "host": "127.0.0.1", "port": self.xcore_port,
            "ca_file": certificates.ca, "cert_file": certificates.cert, "key_file": certificates.key,
            "scatter_timeout_s": 300,
        }  # fmt: skip
        self.config.update(settings)
        self.config_file = folder / "preload.json"
        self.config_file.write_text(json.dumps(self.config))
        self.processes = []

    def environment(self):
        return dict(
            os.environ, XCORE_PRELOAD=str(self.config_file), PYTHONDONTWRITEBYTECODE="1",
            DASK_TEMPORARY_DIRECTORY=str(self.folder), PYTHONPATH=os.pathsep.join([str(pathlib.Path(__file__).parent), str(NODE)]),
        )  # fmt: skip

    def scheduler_command(self):
        return [
            *DASK, "scheduler", "--host", "tls://127.0.0.1", "--port", str(self.port),
            "--dashboard-address", "127.0.0.1:0", "--preload", "xcore_scheduler",
            *self.certificates.options(),
        ]  # fmt: skip

    def start(self):
        self.scheduler = self.spawn("scheduler", self.scheduler_command())
        wait_until(self._has_started, "the scheduler answers")
        return self

    def _has_started(self):
        assert self.scheduler.poll() is None, self.log("scheduler")
        return self._answers()

    def _answers(self):
        assert self.scheduler.poll() is None, self.log("scheduler")
        try:
            return self.status()
        except OSError:
            return None

    def spawn(self, name, command, **environment):
        env, log = dict(self.environment(), **environment), str(self.folder / (name + ".log"))
        if command[:3] == DASK and sys.platform == "linux":
            process = zygote().spawn(command[3:], env, str(self.folder), log)
        else:
            with open(log, "wb") as file:
                process = subprocess.Popen(
                    command, env=env, cwd=str(self.folder), stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT
                )
        self.processes.append(process)
        return process

    def log(self, name):
        return (self.folder / (name + ".log")).read_text(errors="replace")

    def start_workers(self, *names, nthreads=1, resources=None, state=None):
        """Real workers, which take tasks and results when this returns; with a folder for their signs of life, if given."""
        for name in names:
            self.spawn(
                name,
                [
                    *DASK, "worker", self.url, "--no-nanny", "--no-dashboard",
                    "--host", "127.0.0.1", "--name", name, "--nthreads", str(nthreads), "--memory-limit", "0",
                    *self.certificates.options(),
                    *(["--resources", resources] if resources else []),
                    "--preload", str(WORKER_PRELOAD),
                ],
                **({"XCORE_NODE_STATE": str(state)} if state else {}),
            )  # fmt: skip
        wait_until(lambda: set(names) <= {name for name, it in self.workers().items() if it["status"] != "init"}, names)

    def call(self, method, path, body=None, context=None, headers=None):
        """(HTTP status, answer) over mutual TLS; a body that is bytes goes as it is."""
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.xcore_port, timeout=START_S, context=context or self.certificates.context()
        )
        return self._exchange(connection, method, path, body, headers)

    def socket(self, context=None):
        """A connection after its TLS handshake."""
        plain = socket.create_connection(("127.0.0.1", self.xcore_port), START_S)
        return (context or self.certificates.context()).wrap_socket(plain, server_hostname="localhost")

    def call_plain(self, port, method, path, body=None):
        return self._exchange(http.client.HTTPConnection("127.0.0.1", port, timeout=START_S), method, path, body)

    @staticmethod
    def _exchange(connection, method, path, body, headers=None):
        try:
            data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, body=data, headers=headers or {})
            response = connection.getresponse()
            text = response.read().decode()
            is_json = response.headers.get_content_type() == "application/json"
            return response.status, json.loads(text) if is_json else text
        finally:
            connection.close()

    def post(self, route, **body):
        """The answer of a call that must be granted."""
        status, answer = self.call("POST", "/xcore/" + route, body)
        assert status == 200, answer
        contract.check_answer(route, answer)
        return answer

    def status(self):
        status, answer = self.call("GET", "/xcore/status")
        assert status == 200, answer
        contract.check_answer("status", answer)
        return answer

    def workers(self):
        return {worker["name"]: worker for worker in self.status()["workers"]}

    def client(self, **options):
        return Client(self.url, security=self.certificates.security(), **options)

    def clear(self):
        """No worker, no client, no task: as after start()."""
        for process in self.processes[1:]:
            process.kill()
            process.wait()
        del self.processes[1:]
        wait_until(self._is_clear, "the last test's workers, clients and tasks are gone", 5)

    def _is_clear(self):
        status = self.status()
        return not status["workers"] and not status["clients"] and not any(status["tasks"].values())

    def end(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
