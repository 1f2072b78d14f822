"""Finds the `xcore` program and runs it."""

from __future__ import annotations

import collections
import importlib.util
import os
import platform
import re
import shlex
import shutil
import site
import subprocess
import sys
import sysconfig
import tempfile
from typing import Deque, Dict, List, Optional, Sequence

from . import __version__
from .errors import CrosscoreError, XcoreNotFoundError

# Systems and machines that there are wheels with the program for.
BUILT_FOR = {("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "x86_64"), ("darwin", "arm64")}


# What xcore closes a failure with: what went wrong, and what to do about it.
CLOSING_LINES = 2


def run(*args: str) -> str:
    """
    Run `xcore` with these arguments.

    What it says to people (its stderr) is passed on when it has ended.

    Parameters
    ----------
    *args : str
        Its arguments.

    Returns
    -------
    str
        What it printed on stdout.

    Raises
    ------
    CrosscoreError
        It ended with an exit code other than 0.
    XcoreNotFoundError
        There is no such program, or it cannot be run.
    """

    program = find()
    try:
        result = subprocess.run(
            [program, *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise _cannot_run(program, error) from error
    if result.returncode != 0:
        raise _failure(result.stderr.splitlines(), result.returncode, args)
    sys.stderr.write(result.stderr)
    return result.stdout


def run_long(*args: str) -> str:
    """
    Run `xcore` with these arguments, where that may take minutes.

    Each line that it says to people is passed on as it comes. A Ctrl-C reaches it, too: it ends in good
    order before the KeyboardInterrupt is raised here.

    Parameters
    ----------
    *args : str
        Its arguments.

    Returns
    -------
    str
        What it printed on stdout.

    Raises
    ------
    CrosscoreError
        It ended with an exit code other than 0.
    XcoreNotFoundError
        There is no such program, or it cannot be run.
    """

    program = find()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as stdout:
        try:
            process = subprocess.Popen(
                [program, *args],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise _cannot_run(program, error) from error
        last: Deque[str] = collections.deque()
        with process:
            try:
                _pass_on(process, last)
            except KeyboardInterrupt:
                _pass_on(process, last)
                raise
        if process.returncode != 0:
            raise _failure(last, process.returncode, args)
        for line in last:
            sys.stderr.write(line)
        stdout.seek(0)
        return stdout.read()


def _pass_on(process: subprocess.Popen[str], last: Deque[str]) -> None:
    """Writes what the program says as it comes, but for its last lines: these are an error's, if it fails."""
    for line in process.stderr or ():
        last.append(line)
        if len(last) > CLOSING_LINES:
            sys.stderr.write(last.popleft())
            sys.stderr.flush()


def find() -> str:
    """
    Find the program.

    It is XCORE_BIN, the one that was installed with this package or into this Python's environment, or the
    first one on PATH.

    Returns
    -------
    str
        Its path, or what XCORE_BIN says.

    Raises
    ------
    XcoreNotFoundError
        There is none.
    """

    named = os.environ.get("XCORE_BIN")
    if named:
        if _kind(shutil.which(named)) == "client":
            raise XcoreNotFoundError(f"Cannot run {named}: it is crosscore's client alone", _how_to_get_it())
        return named
    others: Dict[Optional[str], Optional[str]] = {}
    for folder in _own_folders() + os.get_exec_path():
        if not os.path.isabs(folder):
            continue  # the current folder, where any program may lie
        path = shutil.which("xcore", path=folder)
        kind = _kind(path)
        if kind == "program" and path is not None:
            return path
        others.setdefault(kind, path)
    if "client" in others:
        raise XcoreNotFoundError(
            "Cannot find the xcore program: this is crosscore's client alone, and no xcore is on PATH",
            _how_to_get_it(),
        )
    if "old tool" in others:
        raise XcoreNotFoundError(
            f"Cannot find the xcore program: {others['old tool']} belongs to the old Crosscore 0.0.1",
            "Remove that with `pip uninstall crosscore`, then install xcore; or set XCORE_BIN to its path.",
        )
    raise XcoreNotFoundError(
        "Cannot find the xcore program: it is not on PATH and XCORE_BIN is not set",
        "Add its folder to PATH, or set XCORE_BIN to its path.",
    )


def _own_folders() -> List[str]:
    """The folders of scripts that belong to this package, or to this Python, whether they are on PATH or not."""
    packages = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folders = [sysconfig.get_path("scripts"), os.path.join(sys.prefix, "bin")]
    if site.ENABLE_USER_SITE:
        scheme = "osx_framework_user" if sys.platform == "darwin" and sys._framework else "posix_user"
        own = sysconfig.get_path("scripts", scheme)
        is_there = packages == site.getusersitepackages()
        folders.insert(0 if is_there else len(folders), own)
    # Beside what `pip install --target` was given.
    return [os.path.join(packages, "bin")] + folders


def _kind(path: Optional[str]) -> Optional[str]:
    """
    What an `xcore` is: "program"; or a script in Python, which is "old tool",
    that of Crosscore 0.0.1, or "client", that of this package where it came
    without the program; None when there is nothing.
    """

    if path is None:
        return None
    try:
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError:
        return "program"  # which may be run and not read
    if not head.startswith(b"#!") or not re.search(rb"^(from|import) crosscore\b|'crosscore==", head, re.M):
        return "program"
    return "client" if b"crosscore.__main__" in head else "old tool"


def _how_to_get_it() -> str:
    """What to do where this package came without the program."""
    system, machine = sys.platform, platform.machine()
    if (system, machine) not in BUILT_FOR or (system == "linux" and platform.libc_ver()[0] != "glibc"):
        return (
            f"No wheel has it for {system} on {machine}: run `deno task compile` in a copy of Crosscore's "
            "repository, and add its folder dist to PATH."
        )
    wanted = f"crosscore=={__version__}"
    if importlib.util.find_spec("pip") is None:
        return f"Get it with `uv pip install --python {shlex.quote(sys.executable)} --reinstall {wanted}`."
    python = shlex.quote(sys.executable)
    pip = f"{python} -m pip install"
    return f"Get it with `{pip} --upgrade pip && {pip} --force-reinstall {wanted}`."


def _cannot_run(program: str, error: OSError) -> XcoreNotFoundError:
    return XcoreNotFoundError(
        f"Cannot run {program}: {error.strerror or error}",
        "Set XCORE_BIN to the path of the xcore program.",
    )


def _failure(said: Sequence[str], code: int, args: Sequence[str]) -> CrosscoreError:
    """`xcore` closes with two lines: what went wrong, and what to do about it."""
    lines = [line.strip() for line in said if line.strip()]
    if not lines:
        command = " ".join(("xcore", *args))
        ending = f"exit code {code}" if code > 0 else f"signal {-code}"
        return CrosscoreError(f"Cannot run `{command}`: it ended with {ending} and said nothing", "", code)
    if len(lines) == 1:
        return CrosscoreError(lines[0], "", code)
    return CrosscoreError("\n".join(lines[:-1]), lines[-1], code)
