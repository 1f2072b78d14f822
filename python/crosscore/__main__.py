"""
The `xcore` program by `python -m crosscore`, and what stands in its place where this package came without it.
"""

from __future__ import annotations

import os
import sys

from . import _program
from .errors import XcoreNotFoundError

# Exit codes: wrong usage; something has to be installed first.
USAGE = 2
PREREQUISITE = 4


def main(*words: str) -> None:
    """Become `xcore` with these words and the arguments of this process."""
    odd = next((word for word in sys.argv[1:] if not _is_text(word)), None)
    if odd is not None:  # Deno would panic on it
        sys.stderr.write("Cannot read the argument {}: it is not UTF-8\nType it in UTF-8.\n".format(ascii(os.fsencode(odd))[1:]))
        sys.exit(USAGE)
    try:
        program = _program.find()
    except XcoreNotFoundError as error:
        sys.stderr.write(f"{error.message}. {error.hint}\n")
        sys.exit(PREREQUISITE)
    try:
        os.execvp(program, [program, *words, *sys.argv[1:]])
    except OSError as error:
        sys.stderr.write(f"Cannot run {program}: {error.strerror or error}\n")
        sys.exit(PREREQUISITE)


def _is_text(word: str) -> bool:
    try:
        os.fsencode(word).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def init() -> None:
    """Become `xcore init`."""
    main("init")


if __name__ == "__main__":
    main()
