"""The scheduler preload: who may call it, what it answers to anybody, and when it refuses to start."""

import functools
import http.client
import re
import socket
import ssl
import sys

import contract
import distributed
import psutil
import pytest
from distributed.diagnostics.plugin import UploadDirectory
from preload_harness import START_S, Certificates, Cluster, wait_until

ROUTES = [
    ("GET", "status"), ("POST", "retire"), ("POST", "drain"), ("POST", "cancel"), ("POST", "lease"),
]  # fmt: skip
REFUSED = (ssl.SSLError, ConnectionError, http.client.BadStatusLine)


def test_status_names_the_cluster_the_scheduler_and_its_packages(zero):
    status = zero.status()
    assert (status["protocol"], status["cluster_id"]) == (1, "test-01234567")
    assert re.fullmatch(r"\d+\.\d+\.\d+", status["preload"])
    assert status["scheduler_id"].startswith("Scheduler-")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", status["started_at"])
    assert list(status["versions"]) == [
        "python", "dask", "distributed", "cloudpickle", "msgpack", "tornado", "lz4", "numpy", "pandas", "crossflow",
    ]  # fmt: skip
    assert status["versions"]["python"] == "%d.%d.%d" % sys.version_info[:3]
    assert status["versions"]["distributed"] == distributed.__version__
    for package in ("lz4", "numpy", "pandas", "crossflow"):
        assert (status["versions"][package] is not None) == is_installed(package), package


def is_installed(package):
    from importlib import metadata

    try:
        return bool(metadata.version(package))
    except metadata.PackageNotFoundError:
        return False


def test_status_of_a_cluster_without_workers_has_every_key(zero):
    status = zero.status()
    assert status["tasks"] == dict.fromkeys(
        ["released", "waiting", "queued", "no_worker", "processing", "memory", "erred"], 0
    )
    assert (status["runnable"], status["stranded"], status["workers"]) == ([], [], [])
    lease = status["lease"]
    assert (lease["holder"], lease["expires_at"], lease["expires_in_s"]) == (None, None, None)
    assert 0 < lease["workers_end_in_s"] <= 900 and "scheduler_ends_in_s" in lease


def test_port_serves_dasks_routes_and_dashboard_to_a_certificate(zero):
    assert zero.call("GET", "/json/counts.json")[1]["workers"] == 0
    code, page = zero.call("GET", "/status")
    bokeh = "Bokeh" in page or "bokeh" in page
    assert code == 200 and bokeh, page[:300]


PAGES = ["/", "/status", "/info/main/workers.html", "/info/logs.html", "/json/counts.json", "/health", "/sitemap.json", "/metrics"]
CONFUSED = ["//xcore/status", "/%78core/status", "/xcore%2f../status", "/XCORE/status", "/xcorestatus", "/x/../xcore/status"]


@pytest.mark.parametrize("method, route", ROUTES + [("POST", "bundle"), ("POST", "scale"), ("GET", "changes?after=0"), ("GET", "nowhere")])
def test_workers_certificate_opens_nothing_but_bundles(zero, certificates, method, route):
    """Every task can read it: one that took the lease for itself kept everybody out."""
    worker = certificates.context(of_client=False)
    code, answer = zero.call(method, "/xcore/" + route, {"daemon_id": "task", "ttl_s": 60}, context=worker)
    assert code == 403 and "client's certificate" in answer["error"]
    assert zero.status()["lease"]["holder"] != "task"
    assert zero.call("GET", "/xcore/bundle/" + "0" * 64, context=worker)[0] == 404


def test_lease_cannot_be_taken_for_long(zero):
    assert zero.call("POST", "/xcore/lease", {"daemon_id": "task", "ttl_s": 86400})[0] == 400


@pytest.mark.parametrize("path", PAGES + CONFUSED)
def test_a_workers_certificate_gets_no_page(zero, certificates, path):
    code, text = zero.call("GET", path, context=certificates.context(of_client=False))
    assert (code, text) == (403, "Only a client's certificate may read this\n")


def test_a_workers_certificate_gets_no_websocket(zero, certificates):
    upgrade = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    path = "/eventstream"
    assert zero.call("GET", path, context=certificates.context(of_client=False), headers=upgrade)[0] == 403
    with zero.socket() as stream:
        stream.sendall(request_of(path, upgrade))
        assert stream.recv(1000).startswith(b"HTTP/1.1 101 ")


def request_of(path, headers):
    lines = ["GET %s HTTP/1.1" % path, "Host: localhost", *("%s: %s" % pair for pair in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_request_behind_another_on_its_connection_is_checked_as_well(zero, certificates):
    with zero.socket(certificates.context(of_client=False)) as stream:
        stream.sendall(request_of("/xcore/bundle/0", {}) + request_of("/info/logs.html", {"Connection": "close"}))
        answers = b"".join(iter(lambda: stream.recv(1000), b""))
    assert answers.count(b"HTTP/1.1 ") == 2 and answers.count(b"HTTP/1.1 403 ") >= 1
    assert b"Only a client's certificate may read this" in answers and b"<html" not in answers.lower()


def test_the_scheduler_listens_on_two_ports_of_which_none_is_plain(zero):
    assert listening_ports(zero.scheduler.pid) == {zero.port, zero.xcore_port}
    for port in (zero.port, zero.xcore_port):
        for path in ("/xcore/status", *PAGES):
            with pytest.raises(REFUSED):
                zero.call_plain(port, "GET", path)


def test_a_worker_has_no_http_port(cluster):
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        (address,) = client.scheduler_info()["workers"]
    assert listening_ports(cluster.processes[-1].pid) == {int(address.rpartition(":")[2])}


def listening_ports(pid):
    process = psutil.Process(pid)
    sockets = getattr(process, "net_connections", None) or process.connections  # psutil before 6.0
    return {each.laddr.port for each in sockets() if each.status == psutil.CONN_LISTEN}


def test_port_refuses_a_caller_without_certificate(zero, certificates):
    with pytest.raises(REFUSED):
        zero.call("GET", "/xcore/status", context=certificates.context(with_certificate=False))


def test_port_refuses_a_certificate_of_another_ca(zero, certificates, tmp_path):
    foreign = Certificates(tmp_path / "foreign")
    context = certificates.context(with_certificate=False)
    context.load_cert_chain(foreign.cert, foreign.key)
    with pytest.raises(REFUSED):
        zero.call("GET", "/xcore/status", context=context)


def test_port_refuses_plain_http(zero):
    with pytest.raises(REFUSED):
        zero.call_plain(zero.xcore_port, "GET", "/xcore/status")


def test_unknown_route_and_method_are_answered_in_json(zero):
    code, answer = zero.call("GET", "/xcore/nowhere")
    assert (code, answer["error"]) == (404, "Unknown route /xcore/nowhere")
    assert (answer["protocol"], answer["preload"]) == (1, zero.status()["preload"])
    assert zero.call("GET", "/xcore")[0] == 404
    code, answer = zero.call("GET", "/xcore/retire")
    assert (code, answer["error"]) == (405, "Method Not Allowed")


BAD_REQUESTS = [
    ("retire", b"{", "The body is no JSON"),
    ("retire", b"\xff", "The body is no JSON"),
    ("retire", b"", "The body is no JSON"),
    ("retire", b"9" * 5000, None),
    ("cancel", b'{"keys": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", None),
    ("scale", b'{"workers": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}", None),
    ("lease", b'{"daemon_id": "a", "ttl_s": NaN}', "ttl_s is NaN, not a number from 0 to 600"),
] + [
    (route, fault["value"], fault["error"])
    for route in ("cancel", "drain", "lease", "retire", "scale")
    for fault in contract.fixtures(route)["request"]["invalid"]
]


@pytest.mark.parametrize("route, body, error", BAD_REQUESTS)
def test_bad_input_is_one_line(zero, route, body, error):
    code, answer = zero.call("POST", "/xcore/" + route, body)
    assert (code, answer["error"] if error else None, answer["protocol"]) == (400, error, 1)
    assert len(answer["error"].splitlines()) == 1


def test_caller_of_another_protocol_may_look_and_not_touch(zero):
    headers = {"Xcore-Protocol": "2; lease teleport"}
    assert zero.call("GET", "/xcore/status", headers=headers)[0] == 200
    before = zero.status()["lease"]["holder"]
    code, answer = zero.call("POST", "/xcore/lease", {"daemon_id": "z", "ttl_s": 60}, headers=headers)
    assert (code, answer["protocol"]) == (400, 1) and "protocol 1" in answer["error"] and "teleport" in answer["error"]
    assert zero.status()["lease"]["holder"] == before
    headers = {"Xcore-Protocol": "1; of another year"}
    assert zero.call("POST", "/xcore/drain", {"names": []}, headers=headers)[0] == 200


def test_status_tells_the_capabilities(zero):
    capabilities = zero.status()["capabilities"]
    assert {"cancel", "drain", "lease", "retire", "scale", "status"} <= set(capabilities)
    assert {"settings." + key for key in contract.schema_file("settings")["$defs"]["terms"]["properties"]} <= set(capabilities)


def test_names_and_keys_that_are_not_there_do_nothing(zero):
    nobody = ["worker-7", "worker-7"]
    answer = zero.post("retire", names=nobody)
    assert [answer[k] for k in ("retired", "busy", "kept", "unknown")] == [[], [], [], ["worker-7"]]
    answer = zero.post("drain", names=nobody)
    assert (answer["drained"], answer["unknown"]) == ([], ["worker-7"])
    assert zero.post("cancel", holders=nobody)["cancelled"] == 0
    assert zero.post("cancel", keys=["nothing", ["nothing", 0]])["cancelled"] == 0


def test_lease_is_granted_renewed_refused_and_released(zero):
    first = zero.post("lease", daemon_id="a", ttl_s=60)
    assert (first["granted"], first["holder"]) == (True, "a")
    again = zero.post("lease", daemon_id="a", ttl_s=120)
    assert again["expires_at"] > first["expires_at"]
    shown = zero.status()["lease"]
    assert (shown["holder"], shown["expires_at"][:19]) == ("a", again["expires_at"][:19])
    assert 60 < shown["expires_in_s"] <= 120

    for ttl_s in (60, 0):  # neither taken over nor taken away
        code, answer = zero.call("POST", "/xcore/lease", {"daemon_id": "b", "ttl_s": ttl_s})
        assert (code, answer["granted"], answer["holder"]) == (409, False, "a")
    assert zero.status()["lease"]["holder"] == "a"

    released = zero.post("lease", daemon_id="a", ttl_s=0)
    assert (released["granted"], released["holder"], released["expires_at"]) == (True, None, None)
    assert zero.post("lease", daemon_id="b", ttl_s=60)["holder"] == "b"
    zero.post("lease", daemon_id="b", ttl_s=0)


def test_lease_that_ran_out_is_anybodys(zero):
    assert zero.post("lease", daemon_id="a", ttl_s=1)["granted"]
    wait_until(lambda: zero.status()["lease"]["holder"] is None, "the lease ran out")
    assert zero.post("lease", daemon_id="b", ttl_s=60)["granted"]
    zero.post("lease", daemon_id="b", ttl_s=0)


@pytest.fixture
def attempt(certificates, tmp_path):
    """Schedulers that may not start, each in a folder of its name; all are ended."""
    attempts = []

    def add(name, **settings):
        attempts.append(Cluster(tmp_path / name, certificates, **settings))
        return attempts[-1]

    yield add
    for cluster in attempts:
        cluster.end()


def test_scheduler_does_not_start_half_guarded(attempt, tmp_path):
    """Each ends with exit code 1 and one line that says why; side by side, as each takes a second."""

    def start(cluster, command=None):
        return cluster, cluster.spawn("scheduler", command or cluster.scheduler_command())

    unset = attempt("unset")
    environment = unset.environment()
    del environment["XCORE_PRELOAD"]
    unset.environment = lambda: environment
    absent = attempt("absent")
    absent.config_file.unlink()
    broken = attempt("broken")
    broken.config_file.write_text("{")
    keyless = attempt("keyless", cluster_id=None)
    plain = attempt("plain")
    plain_command = [p.replace("tls://", "tcp://") for p in plain.scheduler_command()][: -len(plain.certificates.options())]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        cases = [
            (start(unset), "the environment variable XCORE_PRELOAD names no file"),
            (start(absent), "No such file or directory"),
            (start(broken), "Expecting property name"),
            (start(keyless), "cluster_id is null, not a text that is not empty"),
            (start(attempt("port", port=70000)), "port is 70000, not a whole number from 1 to 65535"),
            (start(attempt("seconds", scatter_timeout_s="1m")), 'scatter_timeout_s is "1m", not a number from 0'),
            (start(attempt("ca", ca_file=str(tmp_path / "none"))), "No such file or directory"),
            (start(attempt("taken", port=taken.getsockname()[1])), "ddress already in use"),
            (start(plain, plain_command), "the scheduler listens without TLS"),
        ]
        for (cluster, process), why in cases:
            assert process.wait(START_S) == 1, cluster.log("scheduler")
            said = cluster.log("scheduler")
            lines = [line for line in said.splitlines() if line.startswith("Cannot start the scheduler")]
            assert len(lines) == 1 and why in lines[0], said
            assert "Traceback" not in said


def test_plugin_for_nannies_is_refused_with_what_to_use_instead(cluster, tmp_path):
    (tmp_path / "module.py").write_text("")
    with cluster.client() as client:
        register = getattr(client, "register_plugin", None) or functools.partial(client.register_worker_plugin, nanny=True)
        with pytest.raises(RuntimeError, match=r"without Dask's nanny.*client\.upload_file"):
            register(UploadDirectory(str(tmp_path)))
