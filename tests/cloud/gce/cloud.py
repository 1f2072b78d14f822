"""The emulated API as an HTTP server, and the thread that lets time pass in it."""

import json
import socket
import sys
import threading
import time
import traceback

from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from .access import Access
from .api import Api
from .control import Control
from .errors import ApiError
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


class Server:
    """One project on a port of the loopback; 0: a free one. Time goes on between the calls."""

    def __init__(self, machines, project="test-project", port=0):
        listening = socket.create_server(("127.0.0.1", port))
        self.port = listening.getsockname()[1]
        self._machines, self._stop = machines, threading.Event()
        self.world = machines.world = World(project, machines, "http://127.0.0.1:%d%s" % (self.port, COMPUTE))
        self._http = make_server(
            "127.0.0.1", self.port, App(self.world), threaded=True, request_handler=Quiet, fd=listening.fileno())
        self._time = threading.Thread(target=self._pass_time)

    def start(self):
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        self._time.start()

    def close(self):
        self._stop.set()
        self._time.join()
        self._http.shutdown()
        self._machines.close()

    def _pass_time(self):
        said = set()
        while not self._stop.wait(TICK_S):
            try:
                with self.world.agenda.lock:
                    self.world.agenda.run_due()
                    self._machines.step()
            except Exception:  # the cloud goes on, and the test's output says what it met, once
                text = traceback.format_exc()
                if text not in said:
                    print(text, file=sys.stderr, flush=True)
                said.add(text)
