"""Ends with 0 when this Python is of the version that is named first and has all that is named after
it: `python requirements.py 3.11 dask==2026.8.0 mdtraj git+https://host/lab/tools@v1 …`, and else
with 1 and a line on what it lacks.
"""

import json
import re
import sys
from importlib import metadata

PYTHON = "%d.%d" % sys.version_info[:2]
if PYTHON != sys.argv[1]:
    sys.exit("the environment has Python %s and not %s" % (PYTHON, sys.argv[1]))
try:
    from packaging.requirements import InvalidRequirement, Requirement  # comes with Dask
except ImportError as error:
    sys.exit(str(error))

ADDRESS = re.compile(r"^(?:[\w.-]+(?:\[[\w.,-]*\])? ?@ ?)?((?:git|hg|svn|bzr)\+)?(\w+://[^#]+?)(#.*)?$")


def is_met(text):
    address = ADDRESS.match(text)
    if address:
        version_control, url = bool(address[1]), address[2]
        return any(is_from(distribution, version_control, url) for distribution in metadata.distributions())
    try:
        requirement = Requirement(text)
        return requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)
    except (InvalidRequirement, metadata.PackageNotFoundError):
        return False


def is_from(distribution, version_control, url):
    """Was it installed from this address? Installers write that down (PEP 610); what a branch has
    come to since does not count, as a version that is not pinned does not."""
    try:
        origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        return False
    info, found = origin.get("vcs_info"), origin.get("url")
    if not version_control or info is None:
        return found == url and version_control == (info is not None)
    revision = info.get("requested_revision")
    return url == (found if revision is None else "%s@%s" % (found, revision))


lacking = [text for text in sys.argv[2:] if not is_met(text)]
if lacking:
    sys.exit("there is no " + ", ".join(lacking))
