"""What a scheduler keeps for workers that boot: on disk, and by the port that asks for a certificate."""

import hashlib
import os
import pathlib
import sys

import pytest
from preload_harness import Cluster

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python" / "node"))

from receive_bundle import MOST_BYTES, BundleError  # noqa: E402
from xcore_scheduler.bundles import KEPT, Bundles  # noqa: E402


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_bundle_is_kept_as_it_came(tmp_path):
    bundles, text = Bundles(tmp_path / "bundles"), "say '\u00e9'\n"
    assert not bundles.has(digest(text))
    for _ in range(2):
        bundles.keep(digest(text), text)
    assert bundles.has(digest(text))
    assert Bundles(tmp_path / "bundles").read(digest(text)) == text.encode()
    assert os.listdir(tmp_path / "bundles") == [digest(text)]


def test_what_is_not_the_bundle_is_not_kept(tmp_path):
    bundles = Bundles(tmp_path)
    for name, text in [(digest("x"), "y"), ("../x", "x"), (digest("x" * (MOST_BYTES + 1)), "x" * (MOST_BYTES + 1))]:
        with pytest.raises(BundleError):
            bundles.keep(name, text)
        assert not bundles.has(name) and bundles.read(name) is None
    assert os.listdir(tmp_path) == []


def test_a_damaged_bundle_is_not_there(tmp_path):
    bundles = Bundles(tmp_path)
    bundles.keep(digest("x"), "x")
    (tmp_path / digest("x")).write_text("y")
    assert not bundles.has(digest("x")) and bundles.read(digest("x")) is None
    bundles.keep(digest("x"), "x")
    assert bundles.has(digest("x"))


def test_those_that_are_asked_for_are_kept_longest(tmp_path):
    bundles, texts = Bundles(tmp_path), [str(n) for n in range(KEPT + 1)]
    for n, text in enumerate(texts[:KEPT]):
        bundles.keep(digest(text), text)
        os.utime(tmp_path / digest(text), (n, n))
    assert bundles.has(digest("0"))
    bundles.keep(digest(texts[KEPT]), texts[KEPT])
    assert [text for text in texts if not bundles.has(digest(text))] == ["1"]


def test_without_a_folder_there_are_none():
    bundles = Bundles(None)
    assert not bundles.has(digest("x")) and bundles.read(digest("x")) is None
    with pytest.raises(BundleError):
        bundles.keep(digest("x"), "x")


@pytest.fixture
def keeping(certificates, tmp_path, monkeypatch):
    """A cluster whose scheduler keeps bundles."""
    monkeypatch.setenv("XCORE_BUNDLES", str(tmp_path / "bundles"))
    made = Cluster(tmp_path / "cluster", certificates).start()
    yield made
    made.end()


def test_client_brings_and_worker_fetches(keeping, certificates):
    text = "echo it\n"
    sha256, worker = digest(text), certificates.context(of_client=False)
    route = "/xcore/bundle/" + sha256
    assert keeping.post("bundle", sha256=sha256)["stored"] is False
    assert keeping.call("GET", route, context=worker)[0] == 404
    assert keeping.call("POST", "/xcore/bundle", {"sha256": sha256, "content": text}, context=worker)[0] == 403
    assert keeping.call("POST", "/xcore/bundle", {"sha256": sha256, "content": text + " "})[0] == 409
    assert keeping.post("bundle", sha256=sha256)["stored"] is False
    for _ in range(2):
        assert keeping.post("bundle", sha256=sha256, content=text)["stored"] is True
    assert keeping.call("GET", route, context=worker) == (200, text)
