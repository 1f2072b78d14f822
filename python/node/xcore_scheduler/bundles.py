"""What workers fetch when they boot, which their user data is too small for: texts by their
SHA-256, kept on disk so that they outlive Dask's process."""

import os
from pathlib import Path

from receive_bundle import BundleError, content_of, write_whole

FOLDER_VARIABLE = "XCORE_BUNDLES"
KEPT = 16
"""Bundles; the one that was asked for longest ago goes first."""


class Bundles:
    """Those in a folder. Without one, as on `local`, where nothing boots, there are none."""

    def __init__(self, folder):
        self.folder = Path(folder) if folder else None

    @classmethod
    def from_environment(cls):
        return cls(os.environ.get(FOLDER_VARIABLE) or None)

    def has(self, sha256):
        """Whether it is there, and was not damaged. What is asked for stays longest."""
        path = self._path(sha256)
        if self.read(sha256) is None:
            return False
        os.utime(path)
        return True

    def read(self, sha256):
        """Its bytes; None when there is none."""
        path = self._path(sha256)
        try:
            content = path.read_bytes() if path else None
            return None if content is None else content_of(sha256, content.decode("utf-8"))
        except (OSError, ValueError, BundleError):
            return None

    def keep(self, sha256, text):
        """Raises BundleError: it is not that one, or too long; OSError: the disk is full."""
        content = content_of(sha256, text)
        path = self._path(sha256)
        if path is None:
            raise BundleError("This scheduler keeps no bundles")
        self.folder.mkdir(parents=True, exist_ok=True)
        for cut in self.folder.glob(".part-*"):
            cut.unlink()
        write_whole(str(path), content)
        kept = sorted(self.folder.glob("[0-9a-f]*"), key=lambda file: file.stat().st_mtime_ns)
        for file in kept[:-KEPT]:
            file.unlink()

    def _path(self, sha256):
        is_digest = len(sha256) == 64 and not set(sha256) - set("0123456789abcdef")
        return self.folder / sha256 if self.folder and is_digest else None
