"""python -m ec2 [--boot]: an emulated EC2."""

import pathlib
import sys

from _program import main

from .cloud import Cloud
from .limits import MOST_BOOTED, Room
from .no_machines import NoMachines


def machines(options):
    if not options.boot:
        return NoMachines()
    from .machines import Machines  # needs root and Linux, even to import

    Room.most = MOST_BOOTED
    return Machines(
        environment=None if options.bare else pathlib.Path(sys.prefix),
        hosts=[host.split("=") for host in options.host],
        authority=options.authority and options.authority.read_text(),
    )


def more(arguments):
    arguments.add_argument("--host", action="append", default=[], metavar="NAME=ADDRESS", help="a name that instances know")
    arguments.add_argument("--authority", type=pathlib.Path, help="a certificate, PEM, that instances trust")


main("ec2", lambda options, port: Cloud(machines(options)), more)
