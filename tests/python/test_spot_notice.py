"""The spot notice: from a cloud's metadata service to the scheduler, and what becomes of the worker there."""

import importlib.util
import pathlib
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from preload_harness import START_S, make_bytes, run_until, tell_metric, wait_until

NODE = pathlib.Path(__file__).resolve().parents[2] / "python" / "node"
sys.path.insert(0, str(NODE))

import spot_notice  # noqa: E402


def load(cloud):
    """The module of that cloud: on an instance there is one of the name."""
    spec = importlib.util.spec_from_file_location(cloud, str(NODE / cloud / "reclaimed_in_s.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


AWS, GCP = load("aws"), load("gcp")


class Metadata(BaseHTTPRequestHandler):
    """A metadata service of both clouds; `said` is what it says of the end."""

    said = {}

    def do_PUT(self):
        self._reply("token" if self.headers["X-aws-ec2-metadata-token-ttl-seconds"] else None)

    def do_GET(self):
        if self.path.startswith("/latest/"):
            known = self.headers["X-aws-ec2-metadata-token"] == "token"
            return self._reply(self.said.get("aws") if known else None, 404 if known else 401)
        meant = self.headers["Metadata-Flavor"] == "Google"
        self._reply(self.said.get("gcp", "FALSE") if meant else None, 403)

    def _reply(self, text, otherwise=400):
        self.send_response(otherwise if text is None else 200)
        self.end_headers()
        self.wfile.write((text or "").encode())

    def log_message(self, *arguments):
        """Nobody reads it."""


@pytest.fixture
def service(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Metadata)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(AWS, "METADATA", "http://127.0.0.1:%d/latest/" % server.server_port)
    monkeypatch.setattr(GCP, "PREEMPTED", "http://127.0.0.1:%d/computeMetadata/" % server.server_port)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # of no use for an address of the machine's own
    monkeypatch.setattr(Metadata, "said", {})
    yield server
    server.shutdown()
    server.server_close()


def test_aws_tells_the_time_of_the_end(service):
    assert AWS.reclaimed_in_s(spot_notice.ask) is None
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 100))
    Metadata.said["aws"] = '{"action": "terminate", "time": "%s"}' % end
    assert 90 < AWS.reclaimed_in_s(spot_notice.ask) <= 100


def test_google_tells_that_it_is_about_to(service):
    assert GCP.reclaimed_in_s(spot_notice.ask) is None
    Metadata.said["gcp"] = "TRUE"
    assert GCP.reclaimed_in_s(spot_notice.ask) == 120


class Worker:
    def __init__(self):
        self.metrics = {}


def test_a_worker_tells_it_with_every_heartbeat(service, monkeypatch):
    monkeypatch.setattr(spot_notice, "POLL_EVERY_S", 0.02)
    worker = Worker()
    spot_notice.SpotNotice(GCP.reclaimed_in_s).tell(worker)
    tell = worker.metrics["xcore_taken_in_s"]
    assert tell(worker) is None
    Metadata.said["gcp"] = "TRUE"
    first = wait_until(lambda: tell(worker), "it has seen the notice")
    assert 110 < first <= 120
    wait_until(lambda: tell(worker) < first, "time passes")


def test_a_metadata_service_that_does_not_answer_is_asked_again(service, monkeypatch):
    monkeypatch.setattr(spot_notice, "POLL_EVERY_S", 0.02)
    there = GCP.PREEMPTED
    monkeypatch.setattr(GCP, "PREEMPTED", "http://127.0.0.1:9/")
    worker = Worker()
    Metadata.said["gcp"] = "TRUE"
    spot_notice.SpotNotice(GCP.reclaimed_in_s).tell(worker)
    time.sleep(0.2)
    assert worker.metrics["xcore_taken_in_s"](worker) is None
    monkeypatch.setattr(GCP, "PREEMPTED", there)
    wait_until(lambda: worker.metrics["xcore_taken_in_s"](worker), "it has seen the notice")


# ------------------------------------------------------------------------------------------------------- the scheduler


def notice(client, name, left_s):
    """As if the worker's cloud had told it."""
    tell_metric(client, name, "xcore_taken_in_s", left_s)


def test_one_that_is_taken_away_hands_its_results_over_and_leaves(cluster):
    cluster.start_workers("worker-0", "worker-1")
    with cluster.client() as client:
        result = client.submit(make_bytes, 1000, workers=["worker-0"])
        assert len(result.result()) == 1000
        notice(client, "worker-0", 100)
        wait_until(lambda: list(cluster.workers()) == ["worker-1"], "it has left")
        assert len(result.result()) == 1000 and cluster.workers()["worker-1"]["holds_results"]


def test_one_that_is_taken_away_gets_no_more_tasks_and_ends_those_it_has(cluster, tmp_path):
    cluster.start_workers("worker-0", "worker-1")
    gate, runs = tmp_path / "gate", tmp_path / "runs"
    with cluster.client() as client:
        held = client.submit(run_until, str(gate), 7, runs=str(runs), workers=["worker-0"])
        wait_until(runs.exists, "it runs")
        notice(client, "worker-0", 100)
        wait_until(lambda: cluster.workers()["worker-0"]["taken_in_s"] == 100, "it is said")
        wait_until(lambda: cluster.workers()["worker-0"]["status"] == "closing_gracefully", "it is drained")
        assert client.submit(sum, [1, 2]).result(START_S) == 3
        assert cluster.workers()["worker-0"]["executing"] == 1
        gate.touch()
        assert held.result(START_S) == 7
        wait_until(lambda: list(cluster.workers()) == ["worker-1"], "it has left")
        assert runs.read_text() == "run\n" and held.result() == 7


def test_in_the_last_moment_its_tasks_begin_anew_elsewhere(cluster, tmp_path):
    cluster.start_workers("worker-0", "worker-1")
    gate, runs = tmp_path / "gate", tmp_path / "runs"
    with cluster.client() as client:
        held = client.submit(
            run_until, str(gate), 7, runs=str(runs), workers=["worker-0"], allow_other_workers=True, retries=0
        )  # fmt: skip
        wait_until(runs.exists, "it runs")
        notice(client, "worker-0", 10)
        wait_until(lambda: runs.read_text() == "run\nrun\n", "it runs again")
        assert list(cluster.workers()) == ["worker-1"]
        gate.touch()
        assert held.result(START_S) == 7


def test_with_nobody_to_take_over_it_stays_until_somebody_comes(cluster):
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        result = client.submit(make_bytes, 1000)
        assert len(result.result()) == 1000
        notice(client, "worker-0", 100)
        wait_until(lambda: cluster.workers()["worker-0"]["status"] == "closing_gracefully", "it is drained")
        waiting = client.submit(sum, [1, 2])
        time.sleep(2)  # it is looked at every half second
        assert list(cluster.workers()) == ["worker-0"] and not waiting.done()
        cluster.start_workers("worker-1")
        wait_until(lambda: list(cluster.workers()) == ["worker-1"], "it has left")
        assert len(result.result()) == 1000 and waiting.result(START_S) == 3
