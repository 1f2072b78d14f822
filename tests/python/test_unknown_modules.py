"""Tasks of modules that workers find and the scheduler does not. Runs on Python 3.8 and later."""

import functools
import importlib
import pathlib
import pickle
import sys
import types

import cloudpickle
import pytest
from distributed import Client

NODE = pathlib.Path(__file__).resolve().parents[2] / "python" / "node"
PACKAGE = NODE.parent
sys.path[:0] = [str(NODE), str(PACKAGE)]

from crosscore import sync_code  # noqa: E402
from xcore_scheduler.unknown_modules import read, workers_find  # noqa: E402

MODULE = '''
import collections, dataclasses, enum

def doubled(x):
    return 2 * x

async def later(x):
    return 3 * x

class Color(enum.Enum):
    RED = 1

Pair = collections.namedtuple("Pair", "left right")

@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    def times(self, n):
        return self.x * n
    class Inner:
        pass

class Keyed:
    def __new__(cls, *, key):
        made = super().__new__(cls)
        made.key = key
        return made
    def __getnewargs_ex__(self):
        return (), {"key": self.key}

class Bag(list):
    pass

class Table(dict):
    pass

class Slotted:
    __slots__ = ["a"]

class Wrong(Exception):
    pass

def fail(x):
    raise Wrong(x)
'''


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A module that only this process finds, and workers that are sent it."""
    (tmp_path / "only_here.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("only_here")
    del sys.modules["only_here"]


def things(mine):
    keyed, slotted, table = mine.Keyed(key=5), mine.Slotted(), mine.Table(a=mine.Color.RED)
    keyed.more = [mine.Point(1)]
    slotted.a = 7
    bag = mine.Bag([1, mine.Pair(2, 3)])
    return {
        "function": mine.doubled, "class": mine.Point, "nested": mine.Point.Inner, "enum": mine.Color.RED,
        "tuple": mine.Pair(1, 2), "dataclass": mine.Point(4), "keyed": keyed, "list": bag, "dict": table,
        "slots": slotted, "error": mine.Wrong("oh no"), "partial": functools.partial(mine.doubled, mine.Point(3)),
        "method": mine.Point(4).times, "keys": {mine.Color.RED: {mine.Point(1), mine.Point(2)}},
    }  # fmt: skip


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])
@pytest.mark.parametrize("again", [pickle.dumps, cloudpickle.dumps])
def test_what_is_read_without_the_module_is_written_as_it_came(mine, tmp_path, dumps, again):
    sent = {name: dumps(thing) for name, thing in things(mine).items()}
    sys.path.remove(str(tmp_path))
    del sys.modules["only_here"]
    importlib.invalidate_caches()
    passed_on = {name: again(read(data, (), "only_here".__eq__)) for name, data in sent.items()}
    assert "only_here" not in sys.modules
    sys.path.insert(0, str(tmp_path))
    importlib.invalidate_caches()
    expected, found = things(importlib.import_module("only_here")), {k: pickle.loads(v) for k, v in passed_on.items()}
    for name in ["function", "class", "nested", "enum", "tuple", "dataclass", "list", "dict", "keys"]:
        assert found[name] == expected[name], name
        assert type(found[name]) is type(expected[name]), name
    assert (found["keyed"].key, found["keyed"].more) == (5, expected["keyed"].more)
    assert found["slots"].a == 7 and type(found["slots"]) is type(expected["slots"])
    assert found["error"].args == ("oh no",) and type(found["error"]) is type(expected["error"])
    assert found["partial"].args == (expected["dataclass"].__class__(3),)
    assert found["method"](5) == 20


def test_what_is_known_is_read_as_ever():
    data = [len, {"a": (1, 2.5)}, pathlib.Path("/x"), ValueError("y"), b"z" * 100]
    found = read(pickle.dumps(data), (), None)
    assert repr(found) == repr(data)
    buffers = []
    pickled = pickle.dumps(pickle.PickleBuffer(b"abc"), protocol=5, buffer_callback=buffers.append)
    assert bytes(read(pickled, buffers, None)) == b"abc"
    with pytest.raises(pickle.UnpicklingError):
        read(pickle.dumps([1, 2])[:-3], (), None)


@pytest.fixture
def client(cluster, mine):
    cluster.start_workers("one")
    with Client(cluster.url, security=cluster.certificates.security()) as client:
        sync_code(client, str(pathlib.Path(mine.__file__).parent))
        yield client
        for name in client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.worker_plugins)):
            client.unregister_worker_plugin(name)


def test_tasks_use_the_module_in_every_way_and_the_scheduler_has_not_seen_it(client, mine):
    module, point = mine, mine.Point(4)
    one = client.submit(mine.doubled, 3)
    assert one.result() == 6
    assert client.submit(mine.doubled, one).result() == 12
    assert client.gather(client.map(mine.doubled, range(50))) == [2 * i for i in range(50)]
    assert client.submit(lambda: module.doubled(module.Point(2).x)).result() == 4
    assert client.submit(lambda it: it.x, point).result() == 4
    assert client.submit(point.times, 2).result() == 8
    assert client.submit(functools.partial(mine.doubled), 5).result() == 10
    assert client.submit(mine.later, 5).result() == 15
    assert client.submit(mine.Point, 9).result() == mine.Point(9)
    with pytest.raises(mine.Wrong):
        client.submit(mine.fail, mine.Color.RED).result()
    import dask

    total = dask.delayed(sum)([dask.delayed(mine.doubled)(i) for i in range(4)])
    assert total.compute(scheduler=client) == 12
    assert client.run_on_scheduler(lambda: "only_here" in sys.modules) is False


def test_a_module_that_no_worker_has_fails_with_its_name_and_ends_no_worker(cluster, mine):
    cluster.start_workers("one")
    with Client(cluster.url, security=cluster.certificates.security()) as client:
        future = client.submit(mine.doubled, 3)
        with pytest.raises(Exception) as caught:  # Dask before 2023 raises it as it is, later ones with more words
            future.result()
        assert list(cluster.workers()) == ["one"]
    causes = [caught.value, caught.value.__cause__]
    assert any(isinstance(cause, ModuleNotFoundError) and cause.name == "only_here" for cause in causes), causes


def test_modules_of_the_workers_folder_are_known_by_their_files_alone(mine, tmp_path, monkeypatch):
    scheduler = types.SimpleNamespace(
        task_metadata={"crosscore-modules": {"x-": ["sent"], "y-": ["only_here"]}}, worker_plugins={"x-123": b""}
    )
    assert [workers_find(scheduler, name) for name in ["sent", "sent.deep", "only_here"]] == [True, True, False]
    monkeypatch.setenv("XCORE_WORKING_DIR", str(tmp_path))
    (tmp_path / "broken.py").write_text("raise SystemExit")
    found = [workers_find(scheduler, name) for name in ["only_here", "only_here.x", "broken", "nowhere"]]
    assert found == [True, True, True, False]
