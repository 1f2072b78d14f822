"""Two clusters that the scheduler preload's tests share: one whose workers come and go, one that has none."""

import subprocess
import sys
import time

import pytest
from preload_harness import Certificates, Cluster

SCATTERING_SCRIPT = """
import sys, time
from distributed import Client, Security

url, ca, cert, key = sys.argv[1:]
security = Security(require_encryption=True, tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key)
client = Client(url, security=security)
started = time.monotonic()
print(started, flush=True)
data = client.scatter(b"x" * 3_000_000, broadcast=True)
print(client.submit(len, data).result(), time.monotonic() - started)
"""


class ScatteringClient:
    """A stock client, in a process of its own, that scatters 3 MB and uses them; nothing set but the certificates."""

    def __init__(self, cluster):
        certificates = cluster.certificates
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCATTERING_SCRIPT, cluster.url, certificates.ca, certificates.cert, certificates.key],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )

    def started(self):
        """When it began to scatter, by time.monotonic(), which all processes of a machine have in common. Once only."""
        return float(self.process.stdout.readline())

    def kill(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("tls") / "ours")


@pytest.fixture(scope="session")
def shared(certificates, tmp_path_factory):
    """A list with the cluster of the tests so far, empty where a test left it unusable."""
    clusters = []
    yield clusters
    for cluster in clusters:
        cluster.end()


@pytest.fixture
def cluster(shared, certificates, tmp_path_factory):
    """Without workers at first; the test's own are gone after it."""
    if not shared:
        shared.append(Cluster(tmp_path_factory.mktemp("clusters") / "shared", certificates))
        shared[0].start()
    yield shared[0]
    try:
        shared[0].clear()
    except AssertionError:  # Dask 2022.12 forgets to forget some tasks: the next test begins anew
        shared.pop().end()


@pytest.fixture(scope="session")
def zero(certificates, tmp_path_factory):
    """A cluster without workers, on which a stock client has been scattering since the first test that looked."""
    # Long: its first test may be far from its last.
    cluster = Cluster(tmp_path_factory.mktemp("clusters") / "zero", certificates, scatter_timeout_s=3600)
    try:
        cluster.start()
        cluster.scattering = ScatteringClient(cluster)
        yield cluster
        cluster.scattering.kill()
    finally:
        cluster.end()
