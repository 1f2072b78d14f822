"""The HTTP server: python -m gce.server PORT [PROJECT]. Listens on 127.0.0.1 only."""

import json
import socket
import sys
import threading
import time

from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from .access import Access
from .api import Api
from .control import Control
from .errors import ApiError
from .machines import NoMachines
from .world import World

COMPUTE = "/compute/v1/"
TICK_S = 0.02
WAIT_S = 120


class App:
    def __init__(self, world):
        self.world, self.api, self.access, self.control = world, Api(world), Access(world), Control(world)

    @Request.application
    def __call__(self, request):
        try:
            answer = self._answer_now(request)
            if request.path.endswith("/wait"):
                answer = self._awaited(request, answer)
            return self._json(answer, 200)
        except ApiError as error:
            return self._json(error.body(), error.status)
        except HTTPException as error:
            return self._json(ApiError(error.code, "badRequest", str(error)).body(), error.code)

    def _answer_now(self, request):
        with self.world.agenda.lock:
            self.world.agenda.run_due()
            return self._answer(request)

    def _awaited(self, request, operation):
        """https://cloud.google.com/compute/docs/reference/rest/v1/zoneOperations/wait: done, or two minutes."""
        deadline = time.monotonic() + WAIT_S
        while operation["status"] != "DONE" and time.monotonic() < deadline:
            time.sleep(TICK_S)
        return operation

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
        self.control.meet(request.method, below)
        answer = self.api.answer(request.method, below, request.args, body)
        if self.control.lose(request.method, below):
            raise ApiError(502, "", "the answer was lost on its way")
        return answer

    @staticmethod
    def _json(answer, status):
        return Response(json.dumps(answer), status, mimetype="application/json")


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *args, **kwargs):
        pass


def serve(port, project, machines=None):
    """Serves for ever, and says first where; time goes on between the calls. Port 0: a free one."""
    listening = socket.create_server(("127.0.0.1", port))
    address = "http://127.0.0.1:%d" % listening.getsockname()[1]
    world = World(project, machines or NoMachines(), address + COMPUTE)
    server = make_server("127.0.0.1", port, App(world), threaded=True, request_handler=Quiet, fd=listening.fileno())

    def tick():
        while True:
            time.sleep(TICK_S)
            world.agenda.run_due()

    threading.Thread(target=tick, daemon=True).start()
    print(address, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "test-project")
