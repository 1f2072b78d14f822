"""What the package says of itself: its types, as mypy reads them, and its docstrings, in the form of numpydoc."""

import importlib
import inspect
import pathlib
import re
import subprocess
import sys

import pytest

PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "python"
sys.path.insert(0, str(PACKAGE))

import crosscore  # noqa: E402

MODULES = ["cluster", "errors", "_cluster", "_display", "_program", "_security", "_sync_code"]

# What a user's script may say, and what it may not.
SCRIPT = """
from crosscore import Cluster, CrosscoreError, cluster, sync_code

url: str = cluster.get_url()
usd: float = cluster.cost(by="task")["usd"]
with Cluster("gpu", start=False) as mine:
    client = mine.get_client(sync_code=True)
    address: str = mine.scheduler_address
    mine.scale(4, for_s=60)
    sync_code(client, ".")
try:
    cluster.set_max_workers("many")
except CrosscoreError as error:
    print(error.hint.upper(), error.exit_code + 1)
"""


# Dask is not read: it would take most of the time.
CONFIG = "[mypy]\nstrict = True\n[mypy-dask.*,distributed.*]\nfollow_imports = skip\n"


def test_the_package_is_typed_and_a_script_is_checked_against_it(tmp_path):
    script, config = tmp_path / "script.py", tmp_path / "mypy.ini"
    script.write_text(SCRIPT)
    config.write_text(CONFIG)
    command = [sys.executable, "-m", "mypy", "--config-file", str(config), "--cache-dir", str(tmp_path / "cache")]
    ran = subprocess.run(
        [*command, "crosscore", str(script)],
        cwd=str(PACKAGE), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
    )  # fmt: skip
    wrong = [
        (pathlib.Path(path).name, int(line), kind)
        for path, line, kind in re.findall(r"^(\S+):(\d+): error: .*\[([\w-]+)\]$", ran.stdout, re.M)
    ]
    assert wrong == [("script.py", 12, "arg-type"), ("script.py", 14, "operator")], ran.stdout
    assert (PACKAGE / "crosscore" / "py.typed").exists()


def documented():
    """Each public function and method, and each class with its parameters."""
    for module in [importlib.import_module("crosscore." + name) for name in MODULES]:
        for name, thing in vars(module).items():
            if getattr(thing, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(thing) and not name.startswith("_"):
                yield thing.__qualname__, thing
            elif inspect.isclass(thing) and not name.startswith("_"):
                if "__init__" in vars(thing):
                    yield thing.__qualname__, thing
                yield from (
                    (method.__qualname__, method)
                    for method in vars(thing).values()
                    if inspect.isfunction(method) and not method.__name__.startswith("_")
                )


@pytest.mark.parametrize("thing", [pytest.param(thing, id=name) for name, thing in documented()])
def test_a_docstring_has_every_parameter_and_what_is_returned(thing):
    text = inspect.getdoc(thing)
    sections = dict(re.findall(r"^([A-Z]\w+)\n-{3,}\n(.*?)(?=^[A-Z]\w+\n-{3,}$|\Z)", text, re.M | re.S))
    assert not re.search(r"^(Args|Returns|Raises):", text, re.M)
    names = [
        ("*" * {"VAR_POSITIONAL": 1, "VAR_KEYWORD": 2}.get(parameter.kind.name, 0)) + name
        for name, parameter in inspect.signature(thing).parameters.items()
        if name != "self"
    ]
    assert re.findall(r"^(\S+?)(?: : .*)?$", sections.get("Parameters", ""), re.M) == names
    returned = inspect.signature(thing).return_annotation
    if inspect.isfunction(thing) and returned not in ("None", "Any"):
        assert "Returns" in sections


def test_all_that_is_public_is_there():
    assert set(crosscore.__all__) == {
        "Cluster", "CrosscoreError", "WorkersTimeoutError", "XcoreNotFoundError", "__version__", "sync_code",
    }  # fmt: skip
    assert all(hasattr(crosscore, name) for name in crosscore.__all__)
