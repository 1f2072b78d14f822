"""Whether a machine has what it is to install, as `requirements.py` tells its boot."""

import json
import pathlib
import subprocess
import sys

import pytest

REQUIREMENTS = pathlib.Path(__file__).resolve().parents[2] / "python" / "node" / "requirements.py"
REPOSITORY = "https://host.example/lab/tools"


@pytest.fixture
def has(tmp_path):
    def install(name, origin):
        info = tmp_path / (name + "-1.0.dist-info")
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: %s\nVersion: 1.0\n" % name)
        if origin is not None:
            (info / "direct_url.json").write_text(json.dumps(origin))

    git = {"vcs": "git", "commit_id": "4" * 40}
    install("tools", {"url": REPOSITORY, "vcs_info": dict(git, requested_revision="v1")})
    install("head", {"url": REPOSITORY + ".git", "vcs_info": git})
    install("archive", {"url": REPOSITORY + "/a.zip", "archive_info": {}})
    install("index", None)

    def has(*wanted, python="%d.%d" % sys.version_info[:2]):
        command = [sys.executable, str(REQUIREMENTS), python, *wanted]
        return subprocess.run(command, env={"PYTHONPATH": str(tmp_path)}, stderr=subprocess.PIPE).returncode == 0

    return has


@pytest.mark.parametrize("wanted", [
    "git+%s@v1" % REPOSITORY, "tools@git+%s@v1" % REPOSITORY, "tools @ git+%s@v1#subdirectory=x" % REPOSITORY,
    "git+%s.git" % REPOSITORY, "%s/a.zip" % REPOSITORY, "index", "index==1.0", "tools",
])  # fmt: skip
def test_what_is_there_is_not_fetched_again(has, wanted):
    assert has(wanted)


@pytest.mark.parametrize("wanted", [
    "git+%s@v2" % REPOSITORY, "git+%s" % REPOSITORY, "tools@git+https://other.example/tools@v1",
    "%s/b.zip" % REPOSITORY, "git+%s/a.zip" % REPOSITORY, "index==2.0", "other",
])  # fmt: skip
def test_what_is_another_version_or_not_there_is(has, wanted):
    assert not has("index", wanted)


def test_another_python_has_nothing(has):
    assert not has("index", python="3.7")
