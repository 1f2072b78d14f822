"""
The `xcore` program by `python -m crosscore`, and what stands in its place where this package came without it.
"""

from __future__ import annotations

import os
import sys

from . import _program
from .errors import XcoreNotFoundError

# Exit code: something has to be installed first.
PREREQUISITE = 4


def main(*words: str) -> None:
    """Become `xcore` with these words and the arguments of this process."""
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


def init() -> None:
    """Become `xcore init`."""
    main("init")


if __name__ == "__main__":
    main()
