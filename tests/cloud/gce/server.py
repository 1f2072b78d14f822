"""The HTTP server: python -m gce.server PORT [PROJECT]. Listens on 127.0.0.1 only."""

import sys
import threading
import time

from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

import json

from .access import Access
from .api import Api
from .control import Control
from .errors import ApiError
from .machines import NoMachines
from .world import World

COMPUTE = "/compute/v1/"
TICK_S = 0.02


class App:
    def __init__(self, world):
        self.world, self.api, self.access, self.control = world, Api(world), Access(world), Control(world)

    @Request.application
    def __call__(self, request):
        with self.world.agenda.lock:
            self.world.agenda.run_due()
            try:
                return self._json(self._answer(request), 200)
            except ApiError as error:
                return self._json(error.body(), error.status)
            except HTTPException as error:
                return self._json(ApiError(error.code, "badRequest", str(error)).body(), error.code)

    def _answer(self, request):
        path = request.path
        body = request.get_json(silent=True) if request.method in ("POST", "PATCH", "PUT") else None
        if path.startswith("/_control/"):
            return self.control.answer(path[len("/_control/"):], body)
        found = self.access.answer(path, request.form, body)
        if found is not None:
            return found
        if not path.startswith(COMPUTE):
            raise ApiError(404, "notFound", "no such service: " + path)
        self.access.check(request.headers.get("Authorization"))
        below = path[len(COMPUTE):]
        self.control.count(request.method, below)
        return self.api.answer(request.method, below, request.args, body)

    @staticmethod
    def _json(answer, status):
        return Response(json.dumps(answer), status, mimetype="application/json")


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *args, **kwargs):
        pass


def serve(port, project, machines=None):
    """Serves for ever; time goes on between the calls."""
    world = World(project, machines or NoMachines(), "http://127.0.0.1:%d%s" % (port, COMPUTE))
    server = make_server("127.0.0.1", port, App(world), threaded=True, request_handler=Quiet)

    def tick():
        while True:
            time.sleep(TICK_S)
            world.agenda.run_due()

    threading.Thread(target=tick, daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "test-project")
