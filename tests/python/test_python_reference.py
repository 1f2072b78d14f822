"""docs/python_library.md: what the package says of itself."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_page_has_the_docstrings_as_they_are():
    spec = importlib.util.spec_from_file_location("python_reference", ROOT / "tools" / "python_reference.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    stale = (ROOT / "docs" / "python_library.md").read_text(encoding="utf-8") != made.reference()
    assert not stale, "it is stale: run `deno task libraries`"
