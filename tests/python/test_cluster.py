"""
crosscore.Cluster against an `xcore` that records what it is asked, and real Dask behind it. Runs on Python 3.8 and later.
"""

import asyncio
import html.parser
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import types
import warnings

import pytest
from distributed import Client, Status, get_client
from fake_xcore import FakeXcore

PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "python"
sys.path.insert(0, str(PACKAGE))

from crosscore import Cluster, CrosscoreError, WorkersTimeoutError  # noqa: E402

URL = "tls://127.0.0.1:41786"
TLS = {"ca_file": "/home/ca.pem", "cert_file": "/home/client.pem", "key_file": "/home/client.key"}
KEY = "distributed.client.security-loader"


def worker(name, state="running", **fields):
    known = dict.fromkeys(["accelerator", "processing", "completed", "cpu_percent", "memory_bytes", "price_per_hour_usd"])
    return dict(known, name=name, state=state, type="local", **fields)


def document(*workers, state="running", daemon=True, requested=None, requested_for_s=None, **fields):
    """`xcore status --json`, as far as the package reads it."""
    up = state == "running"
    pool = {"runnable": 0, "target": 0, "requested": requested or 0, "requested_for_s": requested_for_s}
    return dict({
        "cluster": {
            "name": "xcore", "provider": "local", "region": None, "state": state, "url": URL if up else None,
            "dashboard_url": "https://127.0.0.1:41787/status" if up else None,
        },
        "daemon": {"running": daemon},
        "demand": dict(dict.fromkeys(["processing", "queued", "waiting", "done"], 0), by_pool={"default": pool}) if up else None,
        "workers": list(workers),
        "cost": {"per_hour_usd": None, "since_start_usd": None, "budget_usd": None},
        "problems": [],
    }, **fields)  # fmt: skip


def scaled(workers=1, max_workers=8):
    return json.dumps({"pool": "default", "workers": workers, "for_s": 600, "max_workers": max_workers, "replaced": 0})


@pytest.fixture
def xcore(tmp_path, monkeypatch):
    """An xcore whose cluster runs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("XCORE_BIN", str(folder / "xcore"))
    fake = FakeXcore(folder)
    fake.expect("status --json", json.dumps(document()))
    fake.expect("url --json", json.dumps({"url": URL, "dashboard_url": "https://127.0.0.1:41787/status", "tls": TLS}))
    import dask.config

    with dask.config.set({KEY: None}):
        yield fake


@pytest.fixture
def dask(xcore, cluster, certificates):
    """A cluster that runs, with two workers of Dask's."""
    cluster.start_workers("one", "two")
    tls = {"ca_file": certificates.ca, "cert_file": certificates.client_cert, "key_file": certificates.key}
    xcore.expect("url --json", json.dumps({"url": cluster.url, "dashboard_url": None, "tls": tls}))
    xcore.expect("status --json", json.dumps(document(worker("one"), worker("two"))))
    xcore.expect("scale 2 --json --for 600s", scaled(2))
    return cluster


def test_it_has_what_dask_reads_of_a_cluster(xcore):
    cluster = Cluster()
    assert (cluster.name, cluster.scheduler_address) == ("xcore", URL)
    assert cluster.dashboard_link == "https://127.0.0.1:41787/status"
    security = cluster.security
    assert (security.tls_ca_file, security.tls_client_cert, security.tls_client_key) == tuple(TLS.values())
    assert security.require_encryption is True
    assert cluster.status == Status.running and Status.running == cluster.status
    assert cluster.status not in (Status.closed, Status.closing)
    cluster.close()
    assert cluster.status in (Status.closed, Status.closing)
    with pytest.raises(RuntimeError):
        Client(cluster)


def test_it_tells_what_it_has_cost(xcore):
    xcore.expect("-c gpu cost --json --by day --since 7d", json.dumps({"usd": 1.5}))
    xcore.expect("-c gpu status --json", json.dumps(document()))
    xcore.expect("-c gpu url --json", json.dumps({"url": URL, "dashboard_url": None, "tls": TLS}))
    assert Cluster("gpu").cost(by="day", since="7d") == {"usd": 1.5}


def test_a_cluster_that_runs_is_not_started(xcore):
    Cluster()
    assert xcore.calls == [["status", "--json"], ["url", "--json"]]


@pytest.mark.parametrize("found", [document(state="down", daemon=False), document(daemon=False)])
def test_one_that_does_not_run_is_started_and_each_line_is_passed_on(xcore, capsys, found):
    xcore.expect("status --json", json.dumps(found))
    xcore.expect("start", "The cluster is running\n", "Making …\nStarting …\nStarted µ\n")
    Cluster()
    assert xcore.calls == [["status", "--json"], ["start"], ["url", "--json"]]
    assert capsys.readouterr().err == "Making …\nStarting …\nStarted µ\n"


def test_without_start_it_fails_with_what_xcore_says(xcore):
    xcore.expect("status --json", json.dumps(document(state="down", daemon=False)))
    xcore.expect("url --json", stderr="No cluster is running\nRun `xcore start`.\n", code=3)
    with pytest.raises(CrosscoreError) as caught:
        Cluster(start=False)
    assert (caught.value.message, caught.value.hint, caught.value.exit_code) == (
        "No cluster is running", "Run `xcore start`.", 3,
    )  # fmt: skip
    assert xcore.count("start") == 0


def test_a_failed_start_says_what_and_what_to_do_once(xcore, capsys):
    xcore.expect("status --json", json.dumps(document(state="down", daemon=False)))
    xcore.expect("start", stderr="Making …\nStarting …\nCannot start\nMake room.\n", code=1)
    with pytest.raises(CrosscoreError) as caught:
        Cluster()
    assert (caught.value.message, caught.value.hint, caught.value.exit_code) == ("Cannot start", "Make room.", 1)
    assert capsys.readouterr().err == "Making …\nStarting …\n"


def test_a_name_goes_with_every_command(xcore):
    xcore.expect("-c gpu status --json", json.dumps(document()))
    xcore.expect("-c gpu url --json", json.dumps({"url": URL, "dashboard_url": None, "tls": TLS}))
    xcore.expect("-c gpu scale 3 --json", scaled(3))
    xcore.expect("-c gpu shutdown --yes")
    with Cluster("gpu", shutdown=True) as cluster:
        cluster.scale(3)
        assert cluster.dashboard_link == ""
    assert all(call[:2] == ["-c", "gpu"] for call in xcore.calls)


def test_scale_and_adapt_say_it_to_xcore(xcore):
    cluster = Cluster()
    for command in ["scale 4 --json", "scale 0 --json", "scale 2 --json --pool gpu --for 90s"]:
        xcore.expect(command, scaled())
    xcore.expect("config set min_workers 1 max_workers 5")
    xcore.expect("config set max_workers 6")
    cluster.scale(4)
    cluster.scale(0)
    cluster.scale(2, pool="gpu", for_s=90)
    cluster.adapt(minimum=1, maximum=5)
    cluster.adapt(maximum=6)
    cluster.adapt()
    assert [" ".join(call) for call in xcore.calls[2:]] == [
        "scale 4 --json", "scale 0 --json", "scale 2 --json --pool gpu --for 90s",
        "config set min_workers 1 max_workers 5", "config set max_workers 6",
    ]  # fmt: skip


def test_wait_for_workers_asks_for_them_and_returns_when_they_run(xcore):
    cluster = Cluster()
    seen = [
        document(), document(worker("worker-0", "booting"), requested=2, requested_for_s=600),
        document(worker("worker-0"), worker("worker-1", "draining"), requested=2, requested_for_s=599),
        document(worker("worker-0"), worker("worker-1"), requested=2, requested_for_s=598),
    ]  # fmt: skip
    xcore.expect_each("status --json", *([json.dumps(it), "", 0] for it in [document(), *seen]))
    xcore.expect("scale 2 --json --for 600s", scaled(2))
    cluster.wait_for_workers(2)
    assert xcore.count("scale 2 --json --for 600s") == 1
    assert xcore.count("status --json") == 5


def test_wait_for_workers_keeps_a_larger_request_and_makes_it_anew_before_it_lapses(xcore):
    cluster = Cluster()
    there = [worker("worker-%d" % i) for i in range(4)]
    seen = [
        document(requested=9, requested_for_s=7000), document(requested=9, requested_for_s=200),
        document(*there, requested=9, requested_for_s=600),
    ]  # fmt: skip
    xcore.expect_each("status --json", *([json.dumps(it), "", 0] for it in [document(), *seen]))
    xcore.expect("scale 9 --json --for 600s", scaled(9, max_workers=10))
    cluster.wait_for_workers(4)
    assert xcore.count("scale 9 --json --for 600s") == 1


def test_wait_for_workers_raises_at_once_where_max_workers_is_less_and_takes_its_request_back(xcore):
    cluster = Cluster()
    xcore.expect("scale 9 --json --for 600s", scaled(9, max_workers=8))
    xcore.expect("scale 0 --json", scaled(0))
    with pytest.raises(CrosscoreError) as caught:
        cluster.wait_for_workers(9)
    assert "max_workers is 8" in caught.value.message
    assert "`xcore config set max_workers 9`" in caught.value.hint
    assert xcore.count("scale 0 --json") == 1


def test_wait_for_workers_has_an_end(xcore):
    cluster = Cluster()
    xcore.expect("scale 2 --json --for 600s", scaled(2))
    with pytest.raises(TimeoutError) as caught:
        cluster.wait_for_workers(2, timeout=0)
    assert caught.value.message == "Cannot wait longer for 2 workers: only 0 running after 0 s"
    xcore.expect("scale 1 --json --for 600s", scaled(1))
    with pytest.raises(WorkersTimeoutError, match="^Cannot wait longer for 1 worker: only 0 "):
        cluster.wait_for_workers(1, timeout=0)
    assert isinstance(caught.value, WorkersTimeoutError) and isinstance(caught.value, asyncio.TimeoutError)
    for wrong in (0, -1, "2", None):
        with pytest.raises(ValueError):
            cluster.wait_for_workers(wrong)


def test_status_is_text_or_data(xcore):
    xcore.expect("status", "xcore (local): running\n")
    cluster = Cluster()
    assert cluster.status() == "xcore (local): running\n"
    assert cluster.status(json=True) == document()


def test_logs_are_one_or_all(xcore):
    cluster = Cluster()
    xcore.expect("status --json", json.dumps(document(worker("worker-0"), worker("worker-1", "booting"))))
    for name in ["daemon", "scheduler", "worker-0"]:
        xcore.expect("logs %s -n 100" % name, name + "'s\n")
    xcore.expect("logs worker-1 -n 100", stderr="There is no log yet\nTry again.\n", code=1)
    xcore.expect("logs worker-0 -n 5", "five\n")
    assert cluster.logs("worker-0", lines=5) == "five\n"
    own = {"daemon": "daemon's\n", "scheduler": "scheduler's\n", "worker-0": "worker-0's\n"}
    assert cluster.logs() == dict(own, **{"worker-1": "There is no log yet\nTry again."})
    assert cluster.get_logs(cluster=False, workers=False) == {"scheduler": "scheduler's\n"}
    with pytest.raises(CrosscoreError):
        cluster.logs("worker-1")


def test_the_end_of_with_leaves_the_cluster_to_its_idle_rules(xcore):
    with Cluster() as cluster:
        assert cluster.status == Status.running
    assert cluster.status == Status.closed
    assert xcore.calls == [["status", "--json"], ["url", "--json"]]


def test_with_shutdown_the_end_of_with_shuts_it_down_once(xcore, capsys):
    xcore.expect("shutdown --yes", "Nothing is left.\n", "Stopped the daemon.\n")
    with pytest.raises(ZeroDivisionError), Cluster(shutdown=True) as cluster:
        1 / 0
    cluster.close()
    assert cluster.status == Status.closed
    assert xcore.count("shutdown --yes") == 1
    assert capsys.readouterr().err == "Stopped the daemon.\n"


def test_with_shutdown_a_cluster_that_is_gone_is_shut_down(xcore):
    xcore.expect("shutdown --yes", stderr="No cluster is running\nRun `xcore start`.\n", code=3)
    Cluster(shutdown=True).close()


def test_a_failed_shutdown_can_be_tried_again(xcore):
    xcore.expect_each("shutdown --yes", ["", "It failed\nTry again.\n", 1], ["", "", 0])
    cluster = Cluster(shutdown=True)
    with pytest.raises(CrosscoreError):
        cluster.close()
    assert cluster.status == Status.running
    cluster.close()
    assert cluster.status == Status.closed


def test_with_shutdown_the_end_of_python_shuts_it_down(xcore):
    xcore.expect("shutdown --yes")
    script = "from crosscore import Cluster; Cluster(shutdown=True)"
    subprocess.check_call([sys.executable, "-c", script], env=dict(os.environ, PYTHONPATH=str(PACKAGE)))
    assert xcore.count("shutdown --yes") == 1


def test_dask_is_imported_only_where_it_is_used(xcore):
    script = "import sys; from crosscore import Cluster; Cluster().close(); assert 'distributed' not in sys.modules"
    subprocess.check_call([sys.executable, "-c", script], env=dict(os.environ, PYTHONPATH=str(PACKAGE)))


def test_ctrl_c_while_it_starts_lets_xcore_end_in_good_order(xcore):
    fake = "import json, sys, time\n" + """
if "start" not in sys.argv:
    print(json.dumps({"cluster": {"state": "down", "name": "xcore"}, "daemon": {"running": False}}))
    sys.exit()
try:
    print("Making …", "Starting …", "Still …", sep="\\n", file=sys.stderr, flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    time.sleep(0.5)
    open(sys.argv[0] + ".ended", "w").close()
    print("Interrupted\\nRun it again.", file=sys.stderr)
    sys.exit(130)
"""
    (xcore.folder / "fake.py").write_text(fake)
    child = subprocess.Popen(
        [sys.executable, "-c", "from crosscore import Cluster; Cluster()"], stderr=subprocess.PIPE,
        env=dict(os.environ, PYTHONPATH=str(PACKAGE)), start_new_session=True, encoding="utf-8",
    )  # fmt: skip
    assert child.stderr.readline() == "Making …\n"
    os.killpg(child.pid, signal.SIGINT)
    assert "KeyboardInterrupt" in child.stderr.read()
    child.wait()
    assert (xcore.folder / "fake.py.ended").exists()


# With Dask itself.


def test_a_client_takes_it_as_its_cluster(dask):
    with Cluster() as cluster, cluster.get_client() as client:
        assert client.submit(sum, [1, 2]).result() == 3
        assert client.cluster is cluster
        assert client.dashboard_link == cluster.dashboard_link
        assert cluster.get_client() is client
        assert cluster.get_client(set_as_default=False) is not client
        client.wait_for_workers(2)
        assert "xcore" in client._repr_html_()


def test_in_a_task_it_is_its_address_and_a_copy_is_itself(dask):
    import copy
    import pickle

    with Cluster() as cluster, cluster.get_client() as client:
        assert client.submit(lambda it: it, cluster).result() == cluster.scheduler_address
        assert pickle.loads(pickle.dumps(cluster)) == cluster.scheduler_address
        assert copy.copy(cluster) is cluster and copy.deepcopy(cluster) is cluster


def test_a_client_by_its_address_has_the_certificates(dask):
    with Cluster() as cluster, Client(cluster.scheduler_address) as client:
        assert client.submit(sum, [1, 2]).result() == 3


def test_an_asynchronous_cluster_and_client(dask, xcore):
    xcore.expect("status", "running\n")

    async def job():
        async with Cluster(asynchronous=True) as cluster:
            async with cluster.get_client() as client:
                assert client.asynchronous
                await client.wait_for_workers(2)
                assert await client.submit(sum, [1, 2]) == 3
            assert await cluster.status() == "running\n"
            await cluster.scale(2, for_s=600)
        assert cluster.status == Status.closed
        return True

    assert asyncio.run(asyncio.wait_for(job(), 600))


def test_an_asynchronous_client_of_a_cluster_made_without_a_word_of_it(dask):
    async def job():
        cluster = await Cluster()
        async with Client(cluster, asynchronous=True) as client:
            await client.wait_for_workers(2)
            return await client.submit(sum, [1, 2])

    assert asyncio.run(asyncio.wait_for(job(), 600)) == 3


def test_what_is_not_connected_says_how_to(xcore):
    cluster = Cluster(asynchronous=True)
    assert xcore.calls == []
    with pytest.raises(CrosscoreError) as caught:
        Client(cluster, asynchronous=True)
    assert "await" in caught.value.hint
    with pytest.raises(TypeError):
        cluster.__enter__()


def test_waiting_ends_where_it_is_cancelled(xcore):
    xcore.expect("scale 2 --json --for 600s", scaled(2))

    async def job():
        async with Cluster(asynchronous=True) as cluster:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(cluster.wait_for_workers(2), 1)

    asyncio.run(job())
    calls = len(xcore.calls)
    time.sleep(1.5)
    assert len(xcore.calls) <= calls + 1
    assert threading.active_count() < 20


def test_client_shutdown_closes_the_object_and_leaves_the_cluster(dask, xcore):
    cluster = Cluster()
    client = cluster.get_client()
    client.shutdown()
    client.close()  # which Dask before 2023 leaves open
    assert cluster.status == Status.closed
    assert xcore.count("shutdown --yes") == 0
    Cluster().get_client().close()


def test_it_is_asked_for_again_when_it_was_last_seen_long_ago(dask, xcore):
    cluster = Cluster()
    cluster._connected_at -= 3600
    cluster.get_client().close()
    assert xcore.count("url --json") == 2
    with Client(cluster) as client:
        assert client.submit(sum, [1, 2]).result() == 3
    assert xcore.count("url --json") == 2


def test_a_method_in_a_notebooks_loop_blocks_and_shows_nothing(xcore):
    xcore.expect("scale 2 --json", scaled(2))
    xcore.expect("status", "running\n")

    async def cell():
        cluster = Cluster()
        done = cluster.scale(2)
        assert xcore.count("scale 2 --json") == 1
        assert done._ipython_display_() is None
        assert cluster.status() == "running\n"
        await done

    asyncio.run(cell())


# How it shows itself.


class Page(html.parser.HTMLParser):
    """The text of a page, and its tags in the order in which they end."""

    def __init__(self, text):
        super().__init__()
        self.text, self.open = [], []
        self.feed(text)
        assert self.open == [], text

    def handle_starttag(self, tag, attrs):
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_in_a_notebook_it_shows_workers_and_tasks(xcore):
    cluster = Cluster()
    mine = worker("worker-0", processing=2, completed=7, cpu_percent=99.6, memory_bytes=3 * 1024**3 // 2)
    mine["accelerator"] = "<b>T4</b>"
    seen = document(mine, worker("worker-1", "booting"))
    seen["demand"].update(processing=2, queued=5, waiting=1, done=7)
    seen["problems"] = [{"code": "x", "message": "Too <few>", "hint": "Run `xcore doctor`."}]
    xcore.expect("status --json", json.dumps(seen))
    text = Page(cluster._repr_html_()).text
    for words in ["xcore", URL, "worker-0", "worker-1", "booting", "100 %", "1.5 GiB", "local <b>T4</b>", "Too <few>", "xcore dashboard"]:
        assert words in text
    assert "2 processing, 5 queued, 1 waiting, 7 done" in text
    assert not any("$" in words for words in text)


def test_in_a_notebook_it_shows_what_a_page_would_obey(xcore):
    cluster = Cluster()
    seen = document(worker("worker\u202e\x1b[2J"))
    seen["problems"] = [{"code": "x", "message": "one\r\x08two\x9b", "hint": "<script>\ud800"}]
    xcore.expect("status --json", json.dumps(seen))
    page = cluster._repr_html_()
    text = Page(page).text
    assert page.replace("\n", "").isprintable()
    for words in ["worker\\u202e\\u001b[2J", "one\\u000d\\u0008two\\u009b", "<script>\\ud800"]:
        assert words in text


def test_in_a_notebook_it_shows_a_cost_that_is_known_and_no_other(xcore):
    cluster = Cluster()
    cost = {"per_hour_usd": 1.234, "since_start_usd": None, "budget_usd": 20}
    xcore.expect("status --json", json.dumps(document(worker("worker-0"), cost=cost)))
    assert "$1.23 per hour, budget $20.00" in Page(cluster._repr_html_()).text
    cost = {"per_hour_usd": 0.5, "since_start_usd": 4.321, "today_usd": 1.5, "budget_usd": None}
    xcore.expect("status --json", json.dumps(document(worker("worker-0"), cost=cost)))
    assert "$0.50 per hour, $1.50 today, $4.32 since its start" in Page(cluster._repr_html_()).text
    cost = {"per_hour_usd": 0, "since_start_usd": 0, "today_usd": 0, "budget_usd": None}
    xcore.expect("status --json", json.dumps(document(worker("worker-0"), cost=cost)))
    assert "$" not in cluster._repr_html_()


@pytest.mark.parametrize("state", ["down", "starting", "stopping"])
def test_in_a_notebook_it_shows_a_cluster_that_is_not_there(xcore, state):
    cluster = Cluster()
    xcore.expect("status --json", json.dumps(document(state=state, daemon=False)))
    text = Page(cluster._repr_html_()).text
    assert any(words.startswith(state) for words in text)
    assert "Dashboard" not in text


def test_in_a_notebook_it_shows_why_it_cannot(xcore):
    cluster = Cluster()
    xcore.expect("status --json", stderr="No <home>\nRun `xcore init local`.\n", code=3)
    assert Page(cluster._repr_html_()).text == ["No <home>", "Run `xcore init local`."]


def test_without_ipywidgets_it_is_html_and_text(xcore, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    bundle = Cluster()._repr_mimebundle_()
    assert sorted(bundle) == ["text/html", "text/plain"]
    assert URL in bundle["text/plain"]


def test_with_ipywidgets_it_shows_the_cluster_as_it_is_now(xcore, monkeypatch):
    class Html:
        value, model_id = "", "abc"

    monkeypatch.setitem(sys.modules, "ipywidgets", types.SimpleNamespace(HTML=Html))
    monkeypatch.setattr("crosscore._display.FIRST_S", 0.01)
    cluster = Cluster()
    bundle = cluster._repr_mimebundle_()
    shown = bundle["application/vnd.jupyter.widget-view+json"]
    assert shown["model_id"] == "abc" and shown["version_major"] == 2
    assert cluster._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"] == shown
    widget = cluster._widget._html
    xcore.expect("status --json", json.dumps(document(worker("worker-7"))))
    until = time.monotonic() + 60
    while "worker-7" not in widget.value:
        assert time.monotonic() < until
        time.sleep(0.02)
    cluster.close()


def test_nothing_of_it_warns(xcore, monkeypatch):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Cluster() as cluster:
            repr(cluster)
            cluster._repr_html_()


def test_get_client_in_a_task_is_dasks(dask):
    with Cluster() as cluster, cluster.get_client() as client:
        assert client.submit(lambda: get_client().submit(sum, [3, 4]).result()).result() == 7
