"""The routes below /xcore: one class each."""

from tornado.httputil import responses
from tornado.web import HTTPError, RequestHandler

from .ask import Ask, Refusal

PROTOCOL = 1
PRELOAD_VERSION = "0.2.0"


class Route(RequestHandler):
    """What all of /xcore/* has in common: who may call, and the shape of answers and errors."""

    def initialize(self, xcore):
        self.xcore = xcore

    def prepare(self):
        # The plain port serves the same application, and every user of this machine may call it.
        certificate_of = getattr(self.request.connection.stream.socket, "getpeercert", None)
        if certificate_of is None or not certificate_of(True):
            raise Refusal(403, "This is served only on the port that asks for a client certificate")

    def answer(self, values, status=200):
        self.set_status(status)
        self.write(dict(values, protocol=PROTOCOL, preload=PRELOAD_VERSION))

    def ask(self):
        return Ask(self.request.body)

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


class RetireRoute(Route):
    async def post(self):
        ask = self.ask()
        self.answer(await self.xcore.retirement.retire(ask.names("names"), ask.flag("force", False)))


class DrainRoute(Route):
    def post(self):
        ask = self.ask()
        self.answer(self.xcore.workers.drain(ask.names("names"), ask.flag("drain", True)))


class CancelRoute(Route):
    def post(self):
        ask, cancellation = self.ask(), self.xcore.cancellation
        if ("keys" in ask) == ("holders" in ask):
            raise Refusal(400, "One of keys and holders must be given")
        reason = ask.text("reason", "cancelled by xcore")
        keys = ask.keys("keys") if "keys" in ask else cancellation.held_only_by(ask.names("holders"))
        self.answer({"cancelled": cancellation.cancel(keys, reason)})


class LeaseRoute(Route):
    LONGEST_S = 24 * 3600
    LONGEST_TERM_S = 10 * 365 * 24 * 3600

    def post(self):
        ask, xcore = self.ask(), self.xcore
        daemon_id, ttl_s = ask.text("daemon_id"), ask.seconds("ttl_s", self.LONGEST_S)
        grace_s = ask.seconds("daemon_grace_s", self.LONGEST_TERM_S, xcore.absence.grace_s)
        timeout_s = ask.seconds("orphan_timeout_s", self.LONGEST_TERM_S, xcore.ending.timeout_s)
        granted = xcore.lease.claim(daemon_id, ttl_s)
        if granted:
            xcore.absence.grace_s, xcore.ending.timeout_s = grace_s, timeout_s
        if xcore.lease.is_held():
            xcore.absence.end()
        self.answer(dict(xcore.describe_lease(), granted=granted), 200 if granted else 409)


class UnknownRoute(Route):
    def prepare(self):
        super().prepare()
        raise Refusal(404, "Unknown route %s" % self.request.path)


def rules(xcore):
    """What a tornado application needs for them all."""
    routes = {
        "status": StatusRoute, "retire": RetireRoute, "drain": DrainRoute, "cancel": CancelRoute, "lease": LeaseRoute,
    }  # fmt: skip
    known = [("/xcore/%s" % name, route, {"xcore": xcore}) for name, route in routes.items()]
    return known + [(r"/xcore(?:/.*)?", UnknownRoute, {"xcore": xcore})]
