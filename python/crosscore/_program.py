"""Finds the `xcore` program and runs it."""

import os
import shutil
import subprocess
import sys

from .errors import CrosscoreError, XcoreNotFoundError


def run(*args):
    """
    Run `xcore` with these arguments.

    What it says to people (its stderr) is passed on.

    Returns:
        str: what it printed on stdout

    Raises:
        CrosscoreError: it ended with an exit code other than 0
        XcoreNotFoundError: there is no such program, or it cannot be run
    """

    program = _find()
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
        raise XcoreNotFoundError(
            f"Cannot run {program}: {error.strerror or error}",
            "Set XCORE_BIN to the path of the xcore program.",
        ) from error
    if result.returncode != 0:
        raise _failure(result, args)
    sys.stderr.write(result.stderr)
    return result.stdout


def _find():
    named = os.environ.get("XCORE_BIN")
    program = named or shutil.which("xcore")
    if program is None:
        raise XcoreNotFoundError(
            "Cannot find the xcore program: it is not on PATH and XCORE_BIN is not set",
            "Add its folder to PATH, or set XCORE_BIN to its path.",
        )
    return program


def _failure(result, args):
    """`xcore` closes with two lines: what went wrong, and what to do about it."""
    lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
    if not lines:
        command = " ".join(("xcore",) + args)
        ending = f"exit code {result.returncode}" if result.returncode > 0 else f"signal {-result.returncode}"
        return CrosscoreError(f"Cannot run `{command}`: it ended with {ending} and said nothing", "", result.returncode)
    if len(lines) == 1:
        return CrosscoreError(lines[0], "", result.returncode)
    return CrosscoreError("\n".join(lines[:-1]), lines[-1], result.returncode)
