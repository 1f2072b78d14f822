"""The routes below /xcore: which callers they admit, and one class each."""

import json
import re

import receive_bundle
from tornado.httputil import responses
from tornado.web import HTTPError, RequestHandler

from .messages import SHOWN, MessageError, json_text, read
from .mutual_tls_server import MutualTlsServer, is_from_client
from .protocol import LEASE_TERMS, PROTOCOL, REQUESTS

PRELOAD_VERSION = "0.2.0"
PROTOCOL_HEADER = "Xcore-Protocol"  # "1; cancel drain …": the caller's version and capabilities


class Refusal(HTTPError):
    """An answer that is an error, with its text as the caller reads it."""

    def __init__(self, status_code, text):
        super().__init__(status_code)
        self.text = text


class Route(RequestHandler):
    """What all of /xcore/* has in common: the check of callers, and the shape of answers and
    errors."""

    for_workers = False  # every task can read a worker's certificate: it opens only what workers need

    def initialize(self, xcore):
        self.xcore = xcore

    def prepare(self):
        if not self.for_workers and not is_from_client(self.request):
            raise Refusal(403, "Only a client's certificate may do this: a worker's may fetch bundles")
        # An xcore of protocol 1 may be from before the header.
        caller = self.request.headers.get(PROTOCOL_HEADER, "1")
        if caller.partition(";")[0] != str(PROTOCOL) and self.request.method == "POST":
            raise Refusal(400, "This scheduler speaks protocol %d, the caller %s" % (PROTOCOL, caller))

    def answer(self, values, status=200):
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.write(json_text(dict(values, protocol=PROTOCOL, preload=PRELOAD_VERSION)))

    def message(self, name):
        """The request of this name in lib/protocol; `self.given` is what was sent, without
        defaults."""
        try:
            self.given = json.loads(self.request.body.decode("utf-8"))
            return read(REQUESTS[name], self.given)
        except MessageError as error:
            raise Refusal(400, str(error)) from None
        except ValueError:
            raise Refusal(400, "The body is no JSON") from None
        except RecursionError:
            raise Refusal(400, "The body is nested too deeply") from None

    def write_error(self, status_code, exc_info=None, **kwargs):
        error = exc_info[1] if exc_info else None
        text = responses.get(status_code, "Unknown")
        if isinstance(error, Refusal):
            text = error.text
        elif error is not None and not isinstance(error, HTTPError):
            text = "%s: %s" % (type(error).__name__, " ".join(str(error).split()))
        self.answer({"error": text}, status_code)
        self.finish()


class StatusRoute(Route):
    def get(self):
        self.answer(self.xcore.status())


class ChangesRoute(Route):
    is_gone = False

    async def get(self):
        after, demand = self.get_query_argument("after", ""), self.xcore.demand
        if not re.fullmatch("[0-9]{1,15}", after):
            raise Refusal(400, "after is %s, not a whole number from 0" % json.dumps(after[:SHOWN]))
        await demand.changed_from(int(after), self)
        if not self.is_gone:
            self.answer({"changes": demand.changes()})

    def on_connection_close(self):
        self.is_gone = True
        self.xcore.demand.let_go(self)


class RetireRoute(Route):
    async def post(self):
        asked = self.message("retire")
        self.answer(await self.xcore.retirement.retire(unique(asked["names"]), asked["force"]))


class DrainRoute(Route):
    def post(self):
        asked = self.message("drain")
        self.answer(self.xcore.retirement.drain(unique(asked["names"]), asked["drain"], asked["then_retire"]))


class CancelRoute(Route):
    def post(self):
        asked, cancellation = self.message("cancel"), self.xcore.cancellation
        if "keys" in asked:
            keys = [tuple(key) if isinstance(key, list) else key for key in asked["keys"]]
        else:
            keys = cancellation.held_only_by(asked["holders"])
        self.answer({"cancelled": cancellation.cancel(keys, asked["reason"])})


class BundleRoute(Route):
    def post(self):
        asked, bundles = self.message("bundle"), self.xcore.bundles
        try:
            if "content" in asked:
                bundles.keep(asked["sha256"], asked["content"])
        except receive_bundle.BundleError as error:
            raise Refusal(409, str(error)) from None
        self.answer({"stored": bundles.has(asked["sha256"])})


class BundleText(Route):
    for_workers = True

    def get(self, sha256):
        content = self.xcore.bundles.read(sha256)
        if content is None:
            raise Refusal(404, "There is no bundle %s" % sha256)
        self.set_header("Content-Type", "application/octet-stream")
        self.write(content)


class LeaseRoute(Route):
    def post(self):
        asked, xcore = self.message("lease"), self.xcore
        granted = xcore.lease.claim(asked["daemon_id"], asked["ttl_s"])
        if granted:
            xcore.settings.update({key: asked[key] for key in LEASE_TERMS if key in self.given})
            if "budget" in self.given:
                xcore.budget_end.hold_to(asked["budget"])
        if xcore.lease.is_held():
            xcore.worker_timeout.reset()
        self.answer(dict(xcore.describe_lease(), granted=granted), 200 if granted else 409)


class ScaleRoute(Route):
    def post(self):
        asked, requests = self.message("scale"), self.xcore.requests
        replaced = requests.ask(asked["pool"], asked["workers"], asked["for_s"])
        self.answer({"replaced": replaced, "requests": requests.describe()})


class TaskRoute(Route):
    def post(self):
        self.answer(self.xcore.task_lookup.find(self.message("task")["task"]))


class UnknownRoute(Route):
    def prepare(self):
        super().prepare()
        raise Refusal(404, "Unknown route %s" % self.request.path)


def unique(names):
    """Without repetitions, in the order given."""
    return list(dict.fromkeys(names))


def rules(xcore):
    """All of them, as a tornado application takes them."""
    routes = {
        "status": StatusRoute, "changes": ChangesRoute, "retire": RetireRoute, "drain": DrainRoute, "cancel": CancelRoute, "lease": LeaseRoute,
        "scale": ScaleRoute, "task": TaskRoute, "bundle": BundleRoute, r"bundle/(\w+)": BundleText,
    }  # fmt: skip
    known = [("/xcore/%s" % name, route, {"xcore": xcore}) for name, route in routes.items()]
    return known + [(r"/xcore(?:/.*)?", UnknownRoute, {"xcore": xcore})]


def refuse_to_run_open(scheduler):
    """Raises MessageError where another machine could reach the scheduler without mutual TLS."""
    for listener in scheduler.listeners:
        if not listener.contact_address.startswith("tls://"):
            raise MessageError("the scheduler listens without TLS at %s" % listener.contact_address)
    if not isinstance(scheduler.http_server, MutualTlsServer):
        raise MessageError("this Dask's own HTTP server is open without a certificate")
