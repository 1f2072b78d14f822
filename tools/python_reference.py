"""
`deno task libraries` writes docs/python_library.md by this, from the docstrings of `python/crosscore`, which is read and not
imported. tests/python/test_python_reference.py holds the page to it.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from pathlib import Path
from typing import Iterator, Union

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "python" / "crosscore"
PAGE = ROOT / "docs" / "python_library.md"

HEAD = """# The Python library

<!-- Made by `deno task libraries` from the docstrings of python/crosscore; edit those, not this file. -->

`crosscore`, the package that scripts import. [How to have it](../README.md#2-run-a-test-job); [what it does in Dask](dask.md).
"""

# Of a signature, as the site shows it without scrolling.
WIDTH = 70

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
Definition = Union[Function, ast.ClassDef]


def reference() -> str:
    """The page's text."""
    package = _module("__init__")
    documented = [
        (f"crosscore.{name}", _definition(source, name))
        for source, name in _imported(package)
    ] + [
        (f"crosscore.cluster.{name}", _definition("cluster", name)) for name in _all_of(_module("cluster"))
    ]
    return "\n".join([HEAD, *_docstring(package), *(line for name, node in documented for line in _entry(name, node))]) + "\n"


def _module(name: str) -> ast.Module:
    return ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8"))


def _imported(package: ast.Module) -> Iterator[tuple[str, str]]:
    """Each name that the package exports, with the module that it is from."""
    names = _all_of(package)
    for node in package.body:
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from ((node.module, alias.name) for alias in node.names if alias.name in names)


def _all_of(module: ast.Module) -> list[str]:
    for node in module.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    raise ValueError("it has no __all__")


def _definition(module: str, name: str) -> Definition:
    for node in _module(module).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == name:
            return node
    raise ValueError(f"{module} does not define {name}")


def _entry(name: str, node: Definition) -> list[str]:
    if not isinstance(node, ast.ClassDef):
        return [f"## `{name}()`", "", *_signature(name, node), *_docstring(node)]
    bases = [ast.unparse(base) for base in node.bases]
    lines = [f"## `{name}`", "", *(line for base in bases if not base.startswith("_") for line in (f"Subclass of `{base}`.", ""))]
    members = [member for member in node.body if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef))]
    own = next((member for member in members if member.name == "__init__"), None)
    lines += [*(_signature(name, own) if own else []), *_docstring(node)]
    short = name.rpartition(".")[2]
    for member in members:
        if member.name.startswith("_") or ast.get_docstring(member) is None:
            continue
        if any(ast.unparse(decorator) == "property" for decorator in member.decorator_list):
            lines += [f"### `{short}.{member.name}`", "", *_property(member)]
        else:
            lines += [f"### `{short}.{member.name}()`", "", *_signature(f"{short}.{member.name}", member), *_docstring(member)]
    return lines


def _signature(name: str, node: Function) -> list[str]:
    words = re.sub(r"^self(, )?", "", ast.unparse(node.args)).replace("=", " = ")  # all are annotated
    returns = "" if node.returns is None or node.name == "__init__" else f" -> {ast.unparse(node.returns)}"
    line = f"{name}({words}){returns}"
    if len(line) > WIDTH:
        parts = re.split(r", (?![^\[]*\])", words)
        line = "\n".join([f"{name}(", *(f"    {part}," for part in parts), f"){returns}"])
    return ["```python", line, "```", ""]


def _property(node: Function) -> list[str]:
    kind, _, text = (ast.get_docstring(node) or "").partition(": ")
    return [f"`{kind}`: {_flowing(text)}", ""]


def _docstring(node: Union[Definition, ast.Module]) -> list[str]:
    """A docstring in numpydoc's form, as Markdown."""
    text, *sections = re.split(r"^(\w+)\n-+\n", inspect.cleandoc(ast.get_docstring(node) or ""), flags=re.MULTILINE)
    lines = _paragraphs(text)
    for title, content in zip(sections[::2], sections[1::2]):
        if title == "Examples":
            lines += ["```python", content.replace("  # doctest: +SKIP", "").rstrip(), "```", ""]
        elif title in ("Parameters", "Attributes"):
            lines += [f"| {title.lower()[:-1]} | type | meaning |", "|---|---|---|"]
            lines += [f"| `{name}` | {kind} | {about} |" for name, kind, about in _items(content)]
            lines += [""]
        else:
            lines += [f"{title}:", "", *(f"* `{name}`: {about}" for name, _, about in _items(content)), ""]
    return lines


def _items(content: str) -> Iterator[tuple[str, str, str]]:
    """Each `name : type` with the indented text below it."""
    for item in re.split(r"\n(?=\S)", content.strip()):
        head, _, about = item.partition("\n")
        name, _, kind = head.partition(" : ")
        yield name, kind, _flowing(about).replace("|", "\\|")


def _paragraphs(text: str) -> list[str]:
    """Paragraphs; what is indented is code, with the empty lines in it."""
    lines: list[str] = []
    for part in re.findall(r"(?:^    .*\n?|^\n(?=    ))+|(?:^\S.*\n?)+", text, flags=re.MULTILINE):
        code = textwrap.dedent(part).strip("\n")
        lines += ["```python", code, "```", ""] if part.lstrip("\n").startswith("    ") else [_flowing(part), ""]
    return lines


def _flowing(text: str) -> str:
    """One line, in which nothing but code may look like HTML."""
    return re.sub("`[^`]*`|<", lambda found: "&lt;" if found[0] == "<" else found[0], " ".join(text.split()))


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
