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

METADATA = f"""\
Metadata-Version: 2.1
Name: crosscore
Version: {VERSION}
Summary: Crosscore: Cloud clusters for distributed computing.
License: BSD-3-Clause
Requires-Python: >=3.8
"""
WHEEL = "Wheel-Version: 1.0\nGenerator: crosscore_build\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Write the wheel into wheel_directory and return its name."""
    name = f"crosscore-{VERSION}-py3-none-any.whl"
    files = {f"crosscore/{path.name}": path.read_bytes() for path in sorted(PACKAGE.glob("*.py"))}
    files[f"{INFO}/METADATA"] = METADATA.encode()
    files[f"{INFO}/WHEEL"] = WHEEL.encode()
    record = "".join(f"{path},sha256={_digest(data)},{len(data)}\n" for path, data in files.items())
    files[f"{INFO}/RECORD"] = (record + f"{INFO}/RECORD,,\n").encode()
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, data in files.items():
            wheel.writestr(path, data)
    return name


def build_sdist(sdist_directory, config_settings=None):
    """There is no source distribution: this folder is the source."""
    raise NotImplementedError("crosscore is built into a wheel only: pip install <this folder>")


def _digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
