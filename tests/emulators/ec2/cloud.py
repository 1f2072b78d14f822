"""The emulated EC2: moto's API as the modules here change it, and what goes on in it."""

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app

# Each changes moto as it is imported.
from . import addresses, admission, attributes, console, control, credits, dependencies, images  # noqa: F401
from . import launching, life, limits, listing, spot, tags, zones  # noqa: F401


class Cloud:
    handler = MotoRequestHandler

    def __init__(self, machines):
        console.install(machines)
        aws = zones.of_regions_there_are(DomainDispatcherApplication(create_backend_app))
        self.application = control.application(aws, machines)
        self._machines = machines

    def step(self):
        with launching.LOCK:
            life.step(self._machines.is_off)
        self._machines.step()

    def close(self):
        self._machines.close()
