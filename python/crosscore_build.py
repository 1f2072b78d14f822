"""
Builds the wheel of the `crosscore` package: the hooks of PEP 517, by the standard library alone.

xcore lays this folder out on machines that may have no network, where setuptools cannot be fetched.
"""

import base64
import hashlib
import pathlib
import re
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE / "crosscore"
VERSION = re.search(r'^__version__ = "(.+)"$', (PACKAGE / "__init__.py").read_text("utf-8"), re.M).group(1)
INFO = f"crosscore-{VERSION}.dist-info"
# What a wheel holds below this, an installer puts into an environment's folders: scripts/ into bin/, data/ as it is.
DATA = f"crosscore-{VERSION}.data"

METADATA = f"""\
Metadata-Version: 2.4
Name: crosscore
Version: {VERSION}
Summary: Crosscore: Cloud clusters for distributed computing.
License-Expression: BSD-3-Clause
Requires-Python: >=3.8
"""
ANYWHERE = "py3-none-any"
# The time of every file in a wheel: the same files make the same wheel, byte for byte.
WRITTEN = (1980, 1, 1, 0, 0, 0)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Write the wheel into wheel_directory and return its name."""
    return write_wheel(wheel_directory)


def build_sdist(sdist_directory, config_settings=None):
    """There is no source distribution: this folder is the source."""
    raise NotImplementedError("crosscore is built into a wheel only: pip install <this folder>")


def write_wheel(folder, tag=ANYWHERE, metadata="", description="", files=None):
    """
    Write a wheel of the package and of more beside it.

    Args:
        folder (str): where it is written
        tag (str): what it can be installed on
        metadata (str): more lines of its METADATA
        description (str): text, in Markdown
        files (dict): {path in the wheel: bytes}; those of DATA's scripts/ can
                      be executed

    Returns:
        str: its name
    """

    name = f"crosscore-{VERSION}-{tag}.whl"
    files_of = [*sorted(PACKAGE.glob("*.py")), PACKAGE / "py.typed"]
    contents = {f"crosscore/{path.name}": path.read_bytes() for path in files_of}
    contents.update(sorted((files or {}).items()))
    contents[f"{INFO}/METADATA"] = (METADATA + metadata + ("\n" + description if description else "")).encode()
    contents[f"{INFO}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: crosscore_build\nRoot-Is-Purelib: true\nTag: {tag}\n".encode()
    )
    record = "".join(f"{path},sha256={_digest(data)},{len(data)}\n" for path, data in contents.items())
    contents[f"{INFO}/RECORD"] = (record + f"{INFO}/RECORD,,\n").encode()
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        for path, data in contents.items():
            wheel.writestr(_entry(path), data)
    return name


def _entry(path):
    entry = zipfile.ZipInfo(path, WRITTEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, whose modes these are
    mode = 0o755 if path.startswith(f"{DATA}/scripts/") else 0o644
    entry.external_attr = (0o100000 | mode) << 16
    return entry


def _digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
