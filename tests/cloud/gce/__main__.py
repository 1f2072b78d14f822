"""python -m gce [--boot]: starts the emulated cloud and says its port on one line of stdout.

It ends when its stdin does, so that whoever started it cannot leave it behind.
"""

import argparse
import json
import pathlib
import sys

from .machines import NoMachines
from .server import Server


def machines(options):
    if not options.boot:
        return NoMachines()
    from .booting import Booting  # needs root and Linux, even to import

    return Booting(None if options.bare else pathlib.Path(sys.prefix))


def main():
    arguments = argparse.ArgumentParser(prog="gce", description=__doc__)
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--boot", action="store_true", help="boot every instance")
    arguments.add_argument("--bare", action="store_true", help="with nothing at /opt/xcore")
    options = arguments.parse_args()
    server = Server(machines(options), port=options.port)
    server.start()
    print(json.dumps({"port": server.port}), flush=True)
    sys.stdin.buffer.read()
    server.close()


main()
