"""The Python package against an `xcore` that records what it is asked. Runs on Python 3.8 and later."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from fake_xcore import FakeXcore

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "python"
sys.path.insert(0, str(PACKAGE))

from crosscore import CrosscoreError, XcoreNotFoundError, cluster  # noqa: E402

URL = "tls://127.0.0.1:41786"
KEY = "distributed.client.security-loader"

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


def test_set_worker_type_leaves_the_accelerator_to_xcore(xcore):
    xcore.expect("__worker_type c5.xlarge")
    cluster.set_worker_type("c5.xlarge")
    xcore.expect("__worker_type n1-standard-4 nvidia-tesla-t4")
    cluster.set_worker_type("n1-standard-4", accelerator_type="nvidia-tesla-t4")
    assert xcore.calls == [["__worker_type", "c5.xlarge"], ["__worker_type", "n1-standard-4", "nvidia-tesla-t4"]]


def test_set_worker_type_passes_on_what_xcore_says(xcore, capsys):
    xcore.expect("__worker_type big", stderr="worker_type has no effect on local.\n")
    cluster.set_worker_type("big")
    assert capsys.readouterr().err == "worker_type has no effect on local.\n"


def test_status_is_the_text_for_people(xcore):
    text = " worker type: local\n name     state\nworker-0 running µ\n"
    xcore.expect("status", stdout=text)
    assert cluster.status() == text


def test_cost_is_the_document(xcore):
    document = {"usd": 1.25, "rows": [{"name": "md_run", "kind": "task", "usd": 1.25}]}
    xcore.expect("cost --json --by pool", stdout=json.dumps({}))
    xcore.expect("cost --json --by task --since 3d", stdout=json.dumps(document))
    assert (cluster.cost(), cluster.cost(by="task", since="3d")) == ({}, document)


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


@pytest.mark.parametrize("path", [".", "", "./bin"])
def test_an_xcore_in_the_current_folder_is_not_run(tmp_path, monkeypatch, path):
    for folder in [tmp_path, tmp_path / "bin"]:
        answering(folder / "xcore", "planted")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", path + os.pathsep + "/nowhere")
    monkeypatch.delenv("XCORE_BIN", raising=False)
    with pytest.raises(XcoreNotFoundError, match="not on PATH and XCORE_BIN is not set"):
        cluster.status()


def test_an_xcore_bin_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("XCORE_BIN", str(tmp_path / "gone"))
    with pytest.raises(XcoreNotFoundError, match="Cannot run .*gone: No such file"):
        cluster.status()


OLD_TOOL = "#!%s\nimport argparse\nfrom crosscore._version import __version__\nfrom crosscore import commands\n"
CLIENT = "#!%s\nimport sys\nfrom crosscore.__main__ import main\nsys.exit(main())\n"


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def answering(path, answer):
    """A program that says who it is, and the words it was given."""
    return script(path, "#!/bin/sh\necho %s \"$@\"\n" % answer)


class Environment:
    """A virtual environment that has the package, as an installer leaves it, and that nobody has activated."""

    def __init__(self, folder):
        subprocess.check_call([sys.executable, "-m", "venv", "--without-pip", str(folder)])
        self.bin = folder / "bin"
        self.python = self.bin / "python"
        (site_packages,) = (folder / "lib").glob("python*/site-packages")
        shutil.copytree(str(PACKAGE / "crosscore"), str(site_packages / "crosscore"))

    def run(self, *args, **environment):
        return run_alone([str(self.python), *args], **environment)

    def asks(self, **environment):
        return self.run("-c", ASK, **environment).stdout


ASK = "from crosscore import cluster; print(cluster.status(), end='')"


def run_alone(command, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "XCORE_"))}
    pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    return subprocess.run(command, env=dict(kept, **environment), cwd="/", timeout=60, **pipes)


@pytest.fixture
def environment(tmp_path):
    return Environment(tmp_path / "env")


@pytest.fixture
def path(tmp_path):
    """PATH with an xcore on it."""
    answering(tmp_path / "on path" / "xcore", "on-path")
    return str(tmp_path / "on path") + os.pathsep + "/usr/bin:/bin"


def test_the_xcore_of_the_own_environment_comes_before_path(environment, path):
    assert environment.asks(PATH=path) == "on-path status\n"
    answering(environment.bin / "xcore", "own")
    assert environment.asks(PATH=path) == "own status\n"
    assert environment.asks(PATH=path, XCORE_BIN=path.split(os.pathsep)[0] + "/xcore") == "on-path status\n"


def test_the_xcore_of_a_user_install_comes_before_that_of_the_system_and_path(tmp_path, path):
    base = os.path.realpath(sys.executable)  # a virtual environment has no user installs
    user = dict(PYTHONUSERBASE=str(tmp_path / "user"), PATH=path)
    site_packages = run_alone([base, "-m", "site", "--user-site"], **user).stdout.strip()
    shutil.copytree(str(PACKAGE / "crosscore"), site_packages + "/crosscore")
    assert run_alone([base, "-c", ASK], **user).stdout == "on-path status\n"
    answering(tmp_path / "user" / "bin" / "xcore", "user")
    assert run_alone([base, "-c", ASK], **user).stdout == "user status\n"


def test_the_xcore_beside_what_pip_installed_into_a_folder_comes_before_path(tmp_path, path):
    target = tmp_path / "target"
    shutil.copytree(str(PACKAGE / "crosscore"), str(target / "crosscore"))
    answering(target / "bin" / "xcore", "target")
    command = [sys.executable, "-c", ASK]
    assert run_alone(command, PATH=path, PYTHONPATH=str(target)).stdout == "target status\n"


def test_the_old_tool_is_passed_over_and_named_where_there_is_nothing_else(environment, path):
    old = script(environment.bin / "xcore", OLD_TOOL % environment.python)
    assert environment.asks(PATH=path) == "on-path status\n"
    failed = environment.run("-c", ASK, PATH="/usr/bin:/bin").stderr.splitlines()
    assert failed[-2].endswith("Cannot find the xcore program: %s belongs to the old Crosscore 0.0.1" % old)
    assert "`pip uninstall crosscore`" in failed[-1]


def test_the_client_alone_passes_its_words_on_to_the_program_on_path(environment, path):
    client = script(environment.bin / "xcore", CLIENT % environment.python)
    assert environment.asks(PATH=path) == "on-path status\n"
    assert run_alone([str(client), "status", "a b"], PATH=path).stdout == "on-path status a b\n"
    assert environment.run("-m", "crosscore", "url", PATH=path).stdout == "on-path url\n"


def test_the_client_refuses_an_argument_that_is_not_utf_8(environment, path):
    client = script(environment.bin / "xcore", CLIENT % environment.python)
    said = run_alone([os.fsencode(str(client)), b"status", b"a\xff"], PATH=path)
    assert (said.returncode, said.stdout, said.stderr.count("\n")) == (2, "", 2)
    assert "'a\\xff'" in said.stderr
    assert run_alone([str(client), "status", "é"], PATH=path, LC_ALL="C").stdout == "on-path status é\n"


@pytest.mark.parametrize("named", [False, True])
def test_the_client_alone_without_a_program_says_in_one_line_how_to_get_it(environment, named):
    client = script(environment.bin / "xcore", CLIENT % environment.python)
    said = run_alone([str(client), "status"], PATH="/usr/bin:/bin", **({"XCORE_BIN": str(client)} if named else {}))
    assert (said.returncode, said.stdout, said.stderr.count("\n")) == (4, "", 1)
    assert re.match("Cannot (find the xcore program|run .*/xcore): .*client alone", said.stderr)
    wanted = "crosscore==%s" % json.loads((ROOT / "deno.json").read_text())["version"]
    assert wanted in said.stderr or "deno task compile" in said.stderr


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
