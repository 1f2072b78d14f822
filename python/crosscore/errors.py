"""What this package raises."""

from __future__ import annotations

import sys
from typing import Optional

__all__ = ["CrosscoreError", "WorkersTimeoutError", "XcoreNotFoundError"]

if sys.version_info >= (3, 11):
    _Timeout = TimeoutError
else:
    import asyncio

    class _Timeout(TimeoutError, asyncio.TimeoutError):
        """What `except TimeoutError` catches, Python's own and the one that Dask has of asyncio."""


class CrosscoreError(Exception):
    """
    `xcore` could not do what it was asked.

    Parameters
    ----------
    message : str
        What went wrong.
    hint : str, optional
        What to do about it.
    exit_code : int, optional
        The exit code of `xcore`.

    Attributes
    ----------
    message : str
        What went wrong.
    hint : str
        What to do about it; may be empty.
    exit_code : int or None
        The exit code of `xcore`, or None if it never ran: 1 failed, 2 wrong usage, 3 not initialised or
        no cluster running, 4 a prerequisite is missing.
    """

    def __init__(self, message: str, hint: str = "", exit_code: Optional[int] = None) -> None:
        super().__init__(message, hint, exit_code)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code

    def __str__(self) -> str:
        return "\n".join(line for line in (self.message, self.hint) if line)


class XcoreNotFoundError(CrosscoreError):
    """There is no `xcore` program to ask."""


class WorkersTimeoutError(CrosscoreError, _Timeout):
    """Fewer workers than asked for were running in time; a `TimeoutError`, as Dask raises."""
