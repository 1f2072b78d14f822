"""Ends with 0 when this Python has all that is named: `python requirements.py dask==2026.8.0 mdtraj
…`, and else with 1 and a line on what it lacks.
"""

import sys
from importlib import metadata

try:
    from packaging.requirements import InvalidRequirement, Requirement  # comes with Dask
except ImportError as error:
    sys.exit(str(error))


def is_met(text):
    try:
        requirement = Requirement(text)
        return requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)
    except (InvalidRequirement, metadata.PackageNotFoundError):
        return False


lacking = [text for text in sys.argv[1:] if not is_met(text)]
if lacking:
    sys.exit("there is no " + ", ".join(lacking))
