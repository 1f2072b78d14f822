"""The emulated Compute API over HTTP, and what goes on behind it."""

import json
import time

from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler
from werkzeug.wrappers import Request, Response

from .access import Access
from .api import Api
from .control import Control
from .errors import ApiError
from .permissions import client_of
from .world import World

COMPUTE = "/compute/v1/"
LOOK_S = 0.02
WAIT_S = 120


class App:
    def __init__(self, world):
        self.world, self.api, self.access = world, Api(world), Access(world)
        self.control = Control(world, self.access)

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
            time.sleep(LOOK_S)
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
        answer = self.api.answer(request.method, below, request.args, body, client_of(request.headers))
        if self.control.lose(request.method, below):
            raise ApiError(502, "", "the answer was lost on its way")
        return answer

    @staticmethod
    def _json(answer, status):
        return Response(json.dumps(answer), status, mimetype="application/json")


class Cloud:
    """One project."""

    handler = WSGIRequestHandler

    def __init__(self, machines, port, project="test-project"):
        self._machines = machines
        self._world = machines.world = World(project, machines, "http://127.0.0.1:%d%s" % (port, COMPUTE))
        self.application = App(self._world)

    def step(self):
        with self._world.agenda.lock:
            self._world.agenda.run_due()
            self._machines.step()

    def close(self):
        self._machines.close()
