"""The emulated cloud as an HTTP server, and the loop that lets time pass in it."""

import sys
import threading
import traceback

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

# Each changes moto as it is imported.
from . import addresses, admission, attributes, console, control, dependencies, images  # noqa: F401
from . import launching, life, limits, listing, spot, tags  # noqa: F401

LOOP_S = 0.05


class QuietHandler(MotoRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *args):
        """The calls are kept, see control.py."""


class Server:
    def __init__(self, machines, host="127.0.0.1", port=0):
        console.install(machines)
        app = control.application(DomainDispatcherApplication(create_backend_app), machines)
        self._machines, self._stop = machines, threading.Event()
        self._http = make_server(host, port, app, threaded=True, request_handler=QuietHandler)
        self.port = self._http.server_port

    def start(self):
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        threading.Thread(target=self._pass_time, daemon=True).start()

    def close(self):
        self._stop.set()
        self._http.shutdown()
        self._machines.close()

    def _pass_time(self):
        said = set()
        while not self._stop.wait(LOOP_S):
            try:
                with launching.LOCK:
                    life.step(self._machines.is_off)
                self._machines.step()
            except Exception:  # the cloud goes on, and the test's output says what it met, once
                text = traceback.format_exc()
                if text not in said:
                    print(text, file=sys.stderr, flush=True)
                said.add(text)
