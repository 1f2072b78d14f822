"""python -m gce [--boot]: an emulated Compute API of Google's."""

import pathlib
import sys

from _program import main

from .cloud import Cloud
from .machines import NoMachines


def machines(options):
    if not options.boot:
        return NoMachines()
    from .booting import Booting  # needs root and Linux, even to import

    return Booting(None if options.bare else pathlib.Path(sys.prefix))


main("gce", lambda options, port: Cloud(machines(options), port))
