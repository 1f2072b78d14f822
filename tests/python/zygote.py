"""A process that has imported Dask and forks one of its programs on request: importing is most of what starting one takes.

`python zygote.py` reads requests, a line of JSON each, from stdin and answers each with a line on stdout:

    {"arguments": ["scheduler", ...], "env": {...}, "cwd": "...", "log": "..."}    {"pid": 123}
    {"ended": 123}                         {"code": null} while it runs, afterwards what Popen calls its returncode

At the end of stdin it kills whatever still runs.
"""

import atexit
import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress


class Zygote:
    """The client's side."""

    def __init__(self):
        command = [sys.executable, os.path.abspath(__file__)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, universal_newlines=True, **pipes)

    def spawn(self, arguments, env, cwd, log):
        """`python -m dask` with these arguments; answers like a subprocess.Popen."""
        request = {"arguments": arguments, "env": env, "cwd": cwd, "log": log}
        return Child(self, self.ask(request)["pid"], arguments)

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.communicate()


class Child:
    def __init__(self, zygote, pid, args):
        self.zygote = zygote
        self.pid = pid
        self.args = args
        self.returncode = None

    def poll(self):
        if self.returncode is None:
            self.returncode = self.zygote.ask({"ended": self.pid})["code"]
        return self.returncode

    def wait(self, timeout=None):
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(["dask"], timeout)
            time.sleep(0.02)
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def terminate(self):
        self.send_signal(signal.SIGTERM)


def serve():
    import dask
    import distributed.cli.dask_scheduler
    import distributed.cli.dask_worker

    with suppress(ImportError):  # as the scheduler does without it where bokeh does not suit Dask
        import distributed.dashboard.scheduler  # noqa: F401

    running = set()
    for line in sys.stdin:
        request = json.loads(line)
        if "ended" in request:
            answer = {"code": ended(running, request["ended"])}
        else:
            pid = os.fork()
            if pid == 0:
                become(request, dask)
            running.add(pid)
            answer = {"pid": pid}
        print(json.dumps(answer), flush=True)
    for pid in running:
        os.kill(pid, signal.SIGKILL)


def ended(running, pid):
    found, status = os.waitpid(pid, os.WNOHANG)
    if found == 0:
        return None
    running.remove(pid)
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def become(request, dask):
    """Never returns."""
    code = 1
    try:
        nothing = os.open(os.devnull, os.O_RDONLY)
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        for new, old in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(new, old)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        dask.config.refresh()
        # As Python does it for `-m`, and PYTHONPATH comes after the current folder.
        sys.path[0:1] = ["", *request["env"].get("PYTHONPATH", "").split(os.pathsep)]
        sys.argv = ["dask", *request["arguments"]]
        runpy.run_module("dask", run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        # What Python does at its end, which a fork of it does not come to.
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
