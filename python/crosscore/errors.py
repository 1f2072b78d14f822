"""What this package raises."""

__all__ = ["CrosscoreError", "XcoreNotFoundError"]


class CrosscoreError(Exception):
    """
    `xcore` could not do what it was asked.

    Attributes:
        message (str): what went wrong
        hint (str): what to do about it; may be empty
        exit_code (int): the exit code of `xcore`, or None if it never ran:
                         1 failed, 2 wrong usage, 3 not initialised or no
                         cluster running, 4 a prerequisite is missing
    """

    def __init__(self, message, hint="", exit_code=None):
        super().__init__(message, hint, exit_code)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code

    def __str__(self):
        return "\n".join(line for line in (self.message, self.hint) if line)


class XcoreNotFoundError(CrosscoreError):
    """There is no `xcore` program to ask."""
