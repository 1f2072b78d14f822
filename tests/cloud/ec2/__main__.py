"""python -m ec2 [--boot]: starts the emulated cloud and says its port on one line of stdout.

It ends when its stdin does, so that whoever started it cannot leave it behind.
"""

import argparse
import json
import pathlib
import sys

from .limits import MOST_BOOTED, Room
from .no_machines import NoMachines
from .server import Server


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


def main():
    arguments = argparse.ArgumentParser(prog="ec2", description=__doc__)
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--boot", action="store_true", help="boot every instance")
    arguments.add_argument("--bare", action="store_true", help="with nothing at /opt/xcore")
    arguments.add_argument("--host", action="append", default=[], metavar="NAME=ADDRESS", help="a name that instances know")
    arguments.add_argument("--authority", type=pathlib.Path, help="a certificate, PEM, that instances trust")
    options = arguments.parse_args()
    server = Server(machines(options), port=options.port)
    server.start()
    print(json.dumps({"port": server.port}), flush=True)
    sys.stdin.buffer.read()
    server.close()


main()
