"""The Python package against an `xcore` that records what it is asked. Runs on Python 3.8 and later."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "python"
sys.path.insert(0, str(PACKAGE))

from crosscore import CrosscoreError, XcoreNotFoundError, cluster  # noqa: E402

URL = "tls://127.0.0.1:41786"
KEY = "distributed.client.security-loader"

FAKE = """
import json, pathlib, sys
folder = pathlib.Path(__file__).parent
with open(folder / "calls", "a") as calls:
    print(json.dumps(sys.argv[1:]), file=calls)
answers = json.loads((folder / "answers").read_text())
stdout, stderr, code = answers.get(" ".join(sys.argv[1:]), ["", "not expected: " + repr(sys.argv[1:]), 99])
sys.stdout.write(stdout)
sys.stderr.write(stderr)
sys.exit(code)
"""


class FakeXcore:
    """An executable that answers what it was told to, fails on all else, and records each call."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "fake.py").write_text(FAKE)
        (folder / "answers").write_text("{}")
        self.path = folder / "xcore"
        self.path.write_text('#!/bin/sh\nexec "%s" "%s" "$@"\n' % (sys.executable, folder / "fake.py"))
        self.path.chmod(0o755)

    def expect(self, command, stdout="", stderr="", code=0):
        answers = json.loads((self.folder / "answers").read_text())
        answers[command] = [stdout, stderr, code]
        (self.folder / "answers").write_text(json.dumps(answers))

    @property
    def calls(self):
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]


@pytest.fixture
def xcore(tmp_path, monkeypatch):
    folder = tmp_path / "a folder's bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    monkeypatch.delenv("XCORE_BIN", raising=False)
    return FakeXcore(folder)


@pytest.fixture
def dask_config():
    import dask.config
    import distributed  # noqa: F401  its defaults come with it

    with dask.config.set({KEY: None}):
        yield dask.config


def url_answer(url=URL):
    tls = {"ca_file": "/home/ca.pem", "cert_file": "/home/client.pem", "key_file": "/home/client.key"}
    return json.dumps({"url": url, "dashboard_url": "https://127.0.0.1:41787", "tls": tls})


def asked_of_dask(address):
    """What Dask's client finds when it looks for security for this address."""
    from distributed.client import _maybe_call_security_loader

    return _maybe_call_security_loader(address)


def test_get_url_returns_the_url_alone(xcore):
    xcore.expect("url --json", url_answer())
    assert cluster.get_url() == URL
    assert xcore.calls == [["url", "--json"]]


def test_get_url_gives_dask_the_certificates_for_that_address_only(xcore, dask_config):
    xcore.expect("url --json", url_answer())
    security = asked_of_dask(cluster.get_url())
    assert security.tls_ca_file == "/home/ca.pem"
    assert security.tls_client_cert == "/home/client.pem"
    assert security.tls_client_key == "/home/client.key"
    assert security.require_encryption is True
    assert asked_of_dask("tls://somewhere.else:8786") is None


def test_get_url_leaves_other_addresses_to_the_loader_that_was_there(xcore, dask_config, tmp_path, monkeypatch):
    (tmp_path / "their_module.py").write_text("def loader(info):\n    return 'theirs for ' + info['address']\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    dask_config.set({KEY: "their_module.loader"})
    xcore.expect("url --json", url_answer())
    for _ in range(2):
        assert asked_of_dask(cluster.get_url()).tls_ca_file == "/home/ca.pem"
        assert asked_of_dask("tcp://elsewhere:1") == "theirs for tcp://elsewhere:1"


def test_get_url_knows_each_address_it_was_told(xcore, dask_config):
    for url in (URL, "tls://127.0.0.1:41999"):
        xcore.expect("url --json", url_answer(url))
        assert cluster.get_url() == url
    assert asked_of_dask(URL).tls_ca_file == asked_of_dask("tls://127.0.0.1:41999").tls_ca_file


def test_get_url_needs_no_dask(xcore):
    xcore.expect("url --json", url_answer())
    script = (
        "import sys; sys.modules['dask'] = None\n"
        "from crosscore import cluster; print(cluster.get_url())\n"
        "assert 'distributed' not in sys.modules"
    )
    environment = dict(os.environ, PYTHONPATH=str(PACKAGE))
    assert subprocess.check_output([sys.executable, "-c", script], env=environment, text=True) == URL + "\n"


def test_set_max_workers_sets_the_key(xcore):
    xcore.expect("config set max_workers 5")
    cluster.set_max_workers(5)
    assert xcore.calls == [["config", "set", "max_workers", "5"]]


def test_set_worker_type_without_accelerator_asks_for_none_in_one_step(xcore):
    xcore.expect("config set worker_type c5.xlarge accelerator_count 0")
    cluster.set_worker_type("c5.xlarge")
    assert [call[2:] for call in xcore.calls] == [["worker_type", "c5.xlarge", "accelerator_count", "0"]]


def test_set_worker_type_with_accelerator_asks_for_one_in_one_step(xcore):
    wanted = ["worker_type", "n1-standard-4", "accelerator_type", "nvidia-tesla-t4", "accelerator_count", "1"]
    xcore.expect(" ".join(["config", "set"] + wanted))
    cluster.set_worker_type("n1-standard-4", accelerator_type="nvidia-tesla-t4")
    assert [call[2:] for call in xcore.calls] == [wanted]


def test_set_worker_type_passes_on_what_xcore_says(xcore, capsys):
    xcore.expect("config set worker_type big accelerator_count 0", stderr="worker_type has no effect on local.\n")
    cluster.set_worker_type("big")
    assert capsys.readouterr().err == "worker_type has no effect on local.\n"


def test_status_is_the_text_for_people(xcore):
    text = " worker type: local\n name     state\nworker-0 running µ\n"
    xcore.expect("status", stdout=text)
    assert cluster.status() == text


def test_status_json_is_the_document(xcore):
    document = {"cluster": {"state": "running"}, "workers": []}
    xcore.expect("status --json", stdout=json.dumps(document))
    assert cluster.status(json=True) == document


def test_a_failure_carries_what_and_what_to_do(xcore):
    what, todo = "Cannot give the URL: no cluster is running", "Run `xcore start`."
    xcore.expect("url --json", stderr="%s\n%s\n" % (what, todo), code=3)
    with pytest.raises(CrosscoreError) as caught:
        cluster.get_url()
    error = caught.value
    assert (error.message, error.hint, error.exit_code) == (what, todo, 3)
    assert str(error) == what + "\n" + todo


def test_a_silent_failure_names_the_command_and_its_exit_code(xcore):
    xcore.expect("status", code=1)
    with pytest.raises(CrosscoreError, match=r"`xcore status`: it ended with exit code 1 and said nothing"):
        cluster.status()


def test_xcore_bin_is_used_before_path(xcore, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    named = FakeXcore(other)
    named.expect("status", stdout="named")
    monkeypatch.setenv("XCORE_BIN", str(named.path))
    assert cluster.status() == "named"
    assert not (xcore.folder / "calls").exists()


def test_no_xcore_anywhere_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("XCORE_BIN", raising=False)
    with pytest.raises(XcoreNotFoundError, match="not on PATH and XCORE_BIN is not set"):
        cluster.status()


def test_an_xcore_bin_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("XCORE_BIN", str(tmp_path / "gone"))
    with pytest.raises(XcoreNotFoundError, match="Cannot run .*gone: No such file"):
        cluster.status()


def test_the_environment_names_the_cluster(xcore, monkeypatch):
    (xcore.folder / "fake.py").write_text("import os; print(os.environ['XCORE_CLUSTER'])")
    monkeypatch.setenv("XCORE_CLUSTER", "second")
    assert cluster.status() == "second\n"


def test_pip_installs_the_folder_with_no_network(tmp_path):
    target = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check"]
    subprocess.check_call(pip + ["--target", str(target), str(PACKAGE)])
    script = "from crosscore import cluster, __file__; print(__file__)"
    environment = dict(os.environ, PYTHONPATH=str(target))
    where = subprocess.check_output([sys.executable, "-c", script], env=environment, text=True, cwd=str(tmp_path))
    assert where.startswith(str(target))
    assert sorted(path.name for path in target.iterdir() if path.suffix != ".dist-info") == ["crosscore"]


def test_the_package_has_the_version_of_xcore():
    import crosscore

    assert crosscore.__version__ == json.loads((ROOT / "deno.json").read_text())["version"]
