"""The program that every emulated cloud is: its API on a port of the loopback, and a thread that lets time pass in it."""

import argparse
import json
import os
import socket
import sys
import threading
import traceback

from werkzeug.serving import make_server

EVERY_S = 0.05


def main(name, make, more=lambda arguments: None):
    """Says the port on one line of stdout, and ends with stdin: the process that started it cannot leave it behind.

    :param make: makes of options and port the cloud: `application`, WSGI's; `handler`, werkzeug's; `step()`, time passes;
        `close()`, all in it ends
    :param more: adds options that this cloud alone has
    """
    arguments = argparse.ArgumentParser(prog=name, description="an emulated cloud, until its stdin ends")
    arguments.add_argument("--port", type=int, default=0, help="0: a free one")
    arguments.add_argument("--boot", action="store_true", help="boot every instance")
    arguments.add_argument("--bare", action="store_true", help="with nothing at /opt/xcore")
    arguments.add_argument("--log", help="a file for what the cloud complains of, in place of stderr")
    more(arguments)
    options = arguments.parse_args()
    if options.log:
        os.dup2(os.open(options.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), sys.stderr.fileno())
    listening = socket.create_server(("127.0.0.1", options.port))
    port = listening.getsockname()[1]
    cloud = make(options, port)
    http = make_server(
        "127.0.0.1", port, cloud.application, threaded=True, request_handler=quiet(cloud.handler), fd=listening.fileno())
    over = threading.Event()
    # Not a daemon, and ended before the cloud is: a machine ends with the thread that started it.
    time = threading.Thread(target=pass_time, args=(cloud, over))
    time.start()
    threading.Thread(target=http.serve_forever, daemon=True).start()
    print(json.dumps({"port": port}), flush=True)
    sys.stdin.buffer.read()
    over.set()
    time.join()
    http.shutdown()
    cloud.close()


def pass_time(cloud, over):
    said = set()
    while not over.wait(EVERY_S):
        try:
            cloud.step()
        except Exception:  # the cloud goes on, and the test's output says what it met, once
            text = traceback.format_exc()
            if text not in said:
                print(text, file=sys.stderr, flush=True)
            said.add(text)


def quiet(handler):
    class Quiet(handler):
        protocol_version = "HTTP/1.1"

        def log_request(self, *args):
            """The calls are kept, see each cloud's control.py."""

        def connection_dropped(self, error, environ=None):
            self.close_connection = True  # also where the cloud itself has dropped it

    return Quiet
