"""What `xcore` adds to a Dask scheduler, loaded by `dask scheduler --preload scheduler_preload.py`.

The environment variable XCORE_PRELOAD names a JSON file {"cluster_id", "host", "port", "ca_file", "cert_file",
"key_file", "scatter_timeout_s", "daemon_grace_s"}. The scheduler's own HTTP application, its dashboard included, is
served a second time on host:port to callers with a client certificate, and there /xcore/* answers:

    GET  /xcore/status                          what there is to do, who is connected, what each worker does and holds
    POST /xcore/retire {names, force}           hand over results, then close; never a busy worker, never a lost result
    POST /xcore/drain  {names, drain}           no new tasks, what executes goes on; drain=false brings it back
    POST /xcore/cancel {keys | holders, reason} cancel keys, or all that only these workers hold, for every client
    POST /xcore/lease  {daemon_id, ttl_s}       the daemon's claim on this cluster; 409 while another's is alive

Standard library, distributed (2022.12 or later) and tornado only; Python 3.8 or later.
"""

import asyncio
import functools
import inspect
import json
import logging
import math
import os
import platform
import ssl
import sys
import time
from contextlib import suppress
from datetime import datetime, timezone
from importlib import metadata

from distributed.client import Client
from distributed.comm import CommClosedError, get_tcp_server_addresses
from distributed.core import Status
from distributed.diagnostics.plugin import SchedulerPlugin
from tornado.httpserver import HTTPServer
from tornado.httputil import responses
from tornado.web import HTTPError, RequestHandler

PROTOCOL = 1
PRELOAD_VERSION = "0.1.0"
CONFIG_VARIABLE = "XCORE_PRELOAD"
WORKER_SATURATION = 1.0  # a worker is given what it can run, the rest stays visible as queued
ALLOWED_FAILURES = 10  # a spot worker that is taken away counts as a failure of the task it ran
FIRE_AND_FORGET = "fire-and-forget"  # Dask's stand-in client: nobody waits for its results
VERSIONED_PACKAGES = (
    "dask", "distributed", "cloudpickle", "msgpack", "tornado", "lz4", "numpy", "pandas", "crossflow",
)  # fmt: skip

logger = logging.getLogger("distributed.xcore")


# ---------------------------------------------------------------------------------------------------- configuration


class ConfigError(Exception):
    """The file that XCORE_PRELOAD names cannot be used; the message is one line."""


class Config:
    """The preload's settings, checked: an attribute a key."""

    TEXTS = ("cluster_id", "host", "ca_file", "cert_file", "key_file")
    SECONDS = ("scatter_timeout_s", "daemon_grace_s")

    def __init__(self, values):
        if not isinstance(values, dict):
            raise ConfigError("found no JSON object")
        for key in self.TEXTS:
            if not isinstance(values.get(key), str) or not values[key]:
                raise ConfigError("%s must be a text, found %r" % (key, values.get(key)))
        for key in self.SECONDS:
            if not is_number(values.get(key)) or values[key] < 0:
                raise ConfigError("%s must be a number of seconds, found %r" % (key, values.get(key)))
        port = values.get("port")
        if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
            raise ConfigError("port must be from 1 to 65535, found %r" % (port,))
        for key in self.TEXTS + self.SECONDS + ("port",):
            setattr(self, key, values[key])

    @classmethod
    def from_environment(cls):
        path = os.environ.get(CONFIG_VARIABLE)
        if not path:
            raise ConfigError("the environment variable %s names no file" % CONFIG_VARIABLE)
        try:
            with open(path, encoding="utf-8") as file:
                return cls(json.load(file))
        except (OSError, ValueError, ConfigError) as error:
            raise ConfigError("%s=%s: %s" % (CONFIG_VARIABLE, path, error)) from error


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


# ---------------------------------------------------------------------------------------------------------- demand


class TaskCounts(SchedulerPlugin):
    """Tasks counted by state and restrictions, kept up to date as they change: asking costs the same at any number.

    For each task that is not `released` it remembers where it was counted, so that a change of state or restrictions
    takes it out exactly there, however it came about.
    """

    RUNNABLE = ("queued", "no-worker", "processing")
    NO_RESTRICTIONS = ((), (), ())
    RECOUNT_EVERY_S = 60

    def __init__(self, scheduler):
        self.scheduler = scheduler
        self.recounts = 0
        self._no_recount_before = 0.0
        self.completed_on = {}  # worker address -> tasks it ended since it joined
        self._counted_as = {}  # key -> (state, restrictions)
        self._counts = {}  # (state, restrictions) -> tasks
        scheduler.add_plugin(self, name="xcore-counts")
        self._follow("update_data", lambda args, kwargs: kwargs["who_has"])
        self._follow("set_restrictions", lambda args, kwargs: args[0] if args else kwargs["worker"])

    def _follow(self, name, keys_of):
        """Count again what a method of the scheduler changes without a transition."""
        plain = getattr(self.scheduler, name)

        @functools.wraps(plain)
        def followed(*args, **kwargs):
            try:
                return plain(*args, **kwargs)
            finally:
                self._note(list(keys_of(args, kwargs)))

        setattr(self.scheduler, name, followed)
        for handlers in (self.scheduler.handlers, self.scheduler.stream_handlers):
            for operation in (name, name.replace("_", "-")):
                if operation in handlers:
                    handlers[operation] = followed

    # Hooks of SchedulerPlugin; their arguments grew over the years.

    def transition(self, key, start, finish, *args, **kwargs):
        self._note([key])
        if start == "processing" and finish in ("memory", "erred"):
            worker = kwargs.get("worker")
            if worker in self.scheduler.workers:
                self.completed_on[worker] = self.completed_on.get(worker, 0) + 1

    def update_graph(self, scheduler, **kwargs):
        # Older versions give tasks that are there already the restrictions of the new graph, without a transition.
        for name in ("tasks", "restrictions", "resources", "loose_restrictions"):
            self._note([key for key in kwargs.get(name) or () if key in self._counted_as])

    def restart(self, scheduler):
        self._count_all()

    def add_worker(self, scheduler, worker, **kwargs):
        self.completed_on[worker] = 0

    def remove_worker(self, scheduler, worker, **kwargs):
        self.completed_on.pop(worker, None)

    def _note(self, keys):
        for key in keys:
            new = self._place_of(self.scheduler.tasks.get(key))
            old = self._counted_as.get(key)
            if new == old:
                continue
            if old is not None:
                self._counts[old] -= 1
                if not self._counts[old]:
                    del self._counts[old]
            if new is None:
                del self._counted_as[key]
            else:
                self._counted_as[key] = new
                self._counts[new] = self._counts.get(new, 0) + 1

    def _place_of(self, task):
        if task is None or task.state in ("released", "forgotten"):
            return None
        state = task.state
        if state not in self.RUNNABLE:
            return (state, self.NO_RESTRICTIONS)
        places = ((), ())
        # A task that runs has found its place, and one with loose restrictions finds another.
        if state != "processing" and not task.loose_restrictions:
            places = (tuple(sorted(task.host_restrictions or ())), tuple(sorted(task.worker_restrictions or ())))
        return (state, (tuple(sorted((task.resource_restrictions or {}).items())),) + places)

    def _count_all(self):
        self._counted_as.clear()
        self._counts.clear()
        self._note(list(self.scheduler.tasks))

    def _recount(self, found):
        """There was a way to change a task that this does not know: wrong figures would start or stop machines."""
        self.recounts += 1
        logger.warning("The counts of tasks disagreed with Dask's (%s): counted all again", found)
        self._count_all()
        by_state = self._by_state()
        if not self._agrees_with_dask(by_state):
            # Dask disagrees with itself, as after an error within a transition: no walk cures that.
            self._no_recount_before = time.monotonic() + self.RECOUNT_EVERY_S
        return by_state

    def _agrees_with_dask(self, by_state):
        scheduler = self.scheduler
        return (
            by_state["processing"] == sum(len(ws.processing) for ws in scheduler.workers.values())
            and by_state["queued"] == len(scheduler.queued)
            and by_state["no_worker"] == len(scheduler.unrunnable)
            and by_state["released"] >= 0
        )

    def read(self):
        """{"tasks", "runnable", "stranded"} as /xcore/status shows them."""
        by_state = self._by_state()
        if not self._agrees_with_dask(by_state) and time.monotonic() > self._no_recount_before:
            by_state = self._recount(by_state)
        runnable, stranded = {}, {}
        for (state, (resources, hosts, workers)), count in self._counts.items():
            if state not in self.RUNNABLE:
                continue
            if (hosts or workers) and not self._any_present(hosts, workers):
                name = ", ".join(map(str, hosts + workers))
                stranded[name] = stranded.get(name, 0) + count
            else:
                runnable[resources] = runnable.get(resources, 0) + count
        return {
            "tasks": by_state,
            "runnable": [{"resources": dict(r), "count": n} for r, n in sorted(runnable.items())],
            "stranded": [{"restriction": r, "count": n} for r, n in sorted(stranded.items())],
        }

    def _by_state(self):
        states = ("released", "waiting", "queued", "no_worker", "processing", "memory", "erred")
        by_state = dict.fromkeys(states, 0)
        for (state, _), count in self._counts.items():
            by_state[state.replace("-", "_")] += count
        by_state["released"] = len(self.scheduler.tasks) - len(self._counted_as)
        return by_state

    def _any_present(self, hosts, workers):
        scheduler = self.scheduler
        return any(worker in scheduler.workers for worker in workers) or any(
            scheduler.coerce_hostname(host) in scheduler.host_info for host in hosts
        )


class PatientScatter:
    """Lets a client's scatter wait for the first worker as long as one may take to boot, and counts who waits."""

    POLL_S = 0.1

    def __init__(self, scheduler, timeout_s):
        self.scheduler = scheduler
        self.timeout_s = timeout_s
        self.sending = 0  # scatters whose data is on its way to workers, but in no one's has_what yet
        self._waiting = []
        self._plain = scheduler.handlers["scatter"]
        scheduler.handlers["scatter"] = self.scatter

    def pending(self):
        return sum(map(self._is_connected, self._waiting))

    def _is_connected(self, client):
        return client in self.scheduler.clients and client in self.scheduler.client_comms

    async def scatter(self, client=None, timeout=2, **kwargs):
        if self._is_connected(client) and not self.scheduler.running:
            await self._first_worker(client, max(timeout, self.timeout_s))
        self.sending += 1
        try:
            return await self._plain(client=client, timeout=timeout, **kwargs)
        finally:
            self.sending -= 1

    async def _first_worker(self, client, timeout_s):
        deadline = time.monotonic() + timeout_s
        self._waiting.append(client)
        try:
            while not self.scheduler.running:
                if not self._is_connected(client):
                    raise RuntimeError("The client left before a worker was there")
                if time.monotonic() > deadline:
                    raise asyncio.TimeoutError("No worker joined within %g s" % timeout_s)
                await asyncio.sleep(self.POLL_S)
        finally:
            self._waiting.remove(client)


# --------------------------------------------------------------------------------------------------------- workers


def is_needed(task):
    """Does a client (also a published dataset, a queue …) want this result, or an unfinished task depend on it?"""
    return bool(task.waiters) or any(client.client_key != FIRE_AND_FORGET for client in task.who_wants or ())


def set_status(scheduler, ws, status):
    """Tell the worker before the scheduler acts on it: a worker brought back is sent tasks at once."""
    stimulus_id = "xcore-%s-%s" % (status.name, time.time())
    with suppress(KeyError, CommClosedError):
        scheduler.stream_comms[ws.address].send(
            {"op": "worker-status-change", "status": status.name, "stimulus_id": stimulus_id}
        )
    scheduler.handle_worker_status_change(status, ws, stimulus_id)


class Workers:
    """The scheduler's workers by name: what they do, draining and retiring them."""

    def __init__(self, scheduler, counts, scatters):
        self.scheduler = scheduler
        self.counts = counts
        self.scatters = scatters
        self._beats_since_drain = {}  # WorkerState -> heartbeats
        self._leaving = {}  # WorkerState -> the future {WorkerState: "retired" | "kept" | "unknown"} of its retirement
        self._one_at_a_time = asyncio.Lock()
        self._count_heartbeats()

    def _count_heartbeats(self):
        plain = self.scheduler.handlers["heartbeat_worker"]

        @functools.wraps(plain)
        def heartbeat_worker(*args, **kwargs):
            ws = self.scheduler.workers.get(kwargs.get("address"))
            if ws in self._beats_since_drain:
                self._beats_since_drain[ws] += 1
            return plain(*args, **kwargs)

        self.scheduler.handlers["heartbeat_worker"] = heartbeat_worker

    def _by_name(self):
        return {str(ws.name): ws for ws in self.scheduler.workers.values()}

    def describe(self):
        """The workers as /xcore/status shows them."""
        now = time.time()
        for ws in [ws for ws in self._beats_since_drain if ws.status != Status.closing_gracefully]:
            del self._beats_since_drain[ws]
        return [
            {
                "name": str(ws.name),
                "address": ws.address,
                "status": ws.status.name,
                "nthreads": ws.nthreads,
                "processing": len(ws.processing),
                "executing": self._executing(ws),
                "completed": self.counts.completed_on.get(ws.address, 0),
                "memory_bytes": ws.metrics.get("memory"),
                "cpu_percent": ws.metrics.get("cpu"),
                "resources": dict(ws.resources),
                "last_seen_s": round(max(0, now - ws.last_seen), 3),
                "holds_results": any(len(ts.who_has or ()) == 1 and is_needed(ts) for ts in ws.has_what),
                "held_bytes": ws.nbytes,
            }
            for ws in self.scheduler.workers.values()
        ]

    def _executing(self, ws):
        """From the last heartbeat. While a drain may not have reached the worker, all that it could have started."""
        heard = sum(1 for ts in ws.executing if ts in ws.processing)
        # The second heartbeat after a drain was written when the worker had read of it: nothing starts any more.
        if self._beats_since_drain.get(ws, 2) < 2:
            return max(heard, min(ws.nthreads, len(ws.processing)))
        return heard

    def drain(self, names, drain):
        """`drained` are those of the names that take no new tasks now, `undrained` those brought back."""
        workers, answer = self._by_name(), {"drained": [], "undrained": [], "unknown": []}
        for name in names:
            ws = workers.get(name)
            if ws is None:
                answer["unknown"].append(name)
            elif drain or ws in self._leaving:
                self._close_gracefully(ws)
                answer["drained"].append(name)
            else:
                self._resume(ws)
                answer["undrained"].append(name)
        return answer

    def _close_gracefully(self, ws):
        if ws.status in (Status.running, Status.paused):
            self._beats_since_drain[ws] = 0
            set_status(self.scheduler, ws, Status.closing_gracefully)

    def _resume(self, ws):
        if ws.status == Status.closing_gracefully:
            set_status(self.scheduler, ws, Status.running)

    async def retire(self, names, force):
        """Nothing is awaited between the look at a worker's tasks and the moment from which it gets no more."""
        workers, answer = self._by_name(), {"retired": [], "busy": [], "kept": [], "unknown": []}
        chosen = []
        for name in names:
            ws = workers.get(name)
            if ws is None:
                answer["unknown"].append(name)
            elif ws not in self._leaving and not force and (ws.processing or self.scatters.sending):
                answer["busy"].append(name)
            else:
                chosen.append((name, ws))
        self._start_leaving([ws for _, ws in chosen if ws not in self._leaving])
        for name, ws, outcome in [(name, ws, self._leaving.get(ws)) for name, ws in chosen]:
            answer[(await outcome)[ws] if outcome else "kept"].append(name)
        return answer

    def _start_leaving(self, going):
        """In self._leaving afterwards: all of them but one that must stay."""
        self._release_unneeded(going)
        stays = None if self._one_at_a_time.locked() else self._last_resort(going)
        if stays:  # decided now, it never stops taking tasks
            going.remove(stays)
            self._resume(stays)
        if going:
            for ws in going:
                self._close_gracefully(ws)
            self._leaving.update(dict.fromkeys(going, asyncio.ensure_future(self._hand_over(going))))

    async def _hand_over(self, going):
        """{WorkerState: "retired", "kept" or "unknown" (gone by itself)}; who is kept takes tasks again."""
        outcome = dict.fromkeys(going, "unknown")
        try:
            # Two at once could each take the other for the one that stays, or hand results to one that leaves.
            async with self._one_at_a_time:
                leaving = [ws for ws in going if self._is_here(ws)]
                stays = self._last_resort(leaving)
                if stays:
                    leaving.remove(stays)
                    self._resume(stays)
                addresses = [ws.address for ws in leaving]
                retired = await self.scheduler.retire_workers(workers=addresses, close_workers=True, remove=True)
                outcome.update((ws, "retired") for ws in leaving if ws.address in retired)
        finally:
            for ws in going:
                self._leaving.pop(ws, None)
                if self._is_here(ws):
                    outcome[ws] = "kept"
                    self._resume(ws)
        return outcome

    def _release_unneeded(self, going):
        """Dask would keep a worker for a result that was forgotten only after it was there."""
        keys = [ts.key for ws in going for ts in ws.has_what if not is_needed(ts)]
        if keys and FIRE_AND_FORGET in self.scheduler.clients:
            self.scheduler.client_releases_keys(keys=keys, client=FIRE_AND_FORGET, stimulus_id="xcore-%s" % time.time())

    def _is_here(self, ws):
        return self.scheduler.workers.get(ws.address) is ws

    def _last_resort(self, leaving):
        """With nobody else to hand results to, Dask would keep all these workers: one of them is enough."""
        group = set(leaving)
        if self.scheduler.running - group:
            return None
        holders = [ws for ws in leaving if any(group.issuperset(ts.who_has or ()) for ts in ws.has_what)]
        return max(holders, key=lambda ws: ws.nbytes, default=None)


# ---------------------------------------------------------------------------------------------------------- cancel


class Cancellation:
    """Takes results and tasks away from every client, and says why where the client's version can say it."""

    REASONS_KEPT = 10_000

    def __init__(self, scheduler):
        self.scheduler = scheduler
        self._reasons = {}  # key -> reason, the last ones
        self._plain_report = scheduler.stream_handlers["report-key"]
        scheduler.stream_handlers["report-key"] = self._report
        self.many = hasattr(Client, "_handle_cancelled_keys")
        self.with_reason = self.many and "reason" in inspect.signature(Client._handle_cancelled_keys).parameters

    def held_only_by(self, names):
        """The keys whose only copies are on the workers with these names."""
        holders = {ws for ws in self.scheduler.workers.values() if str(ws.name) in names}
        return [ts.key for ws in holders for ts in ws.has_what if holders.issuperset(ts.who_has or ())]

    def cancel(self, keys, reason):
        """The number of keys that clients wanted, among these and the unfinished tasks that need them."""
        tasks = self._with_waiters(self.scheduler.tasks[key] for key in keys if key in self.scheduler.tasks)
        by_client = {}
        for task in tasks:
            for client in task.who_wants or ():
                by_client.setdefault(client.client_key, []).append(task.key)
        for client, wanted in by_client.items():
            self._tell(client, wanted, reason)
            self._reasons.update(dict.fromkeys(wanted, reason))
            self.scheduler.client_releases_keys(keys=wanted, client=client, stimulus_id="xcore-cancel-%s" % time.time())
        for key in list(self._reasons)[: -self.REASONS_KEPT]:
            del self._reasons[key]
        cancelled = {key for wanted in by_client.values() for key in wanted}
        if cancelled:
            logger.info("Cancelled %d keys: %s", len(cancelled), reason)
            event = {"action": "xcore-cancel", "reason": reason, "count": len(cancelled)}
            self.scheduler.log_event(["all"] + list(by_client), event)
        return len(cancelled)

    def _report(self, key, client=None, **kwargs):
        """A client whose gather crossed the cancellation asks again, and waits for ever where Dask gives no answer."""
        task = self.scheduler.tasks.get(key)
        wants = task is not None and any(each.client_key == client for each in task.who_wants or ())
        if key in self._reasons and not wants:
            self._tell(client, [key], self._reasons[key])
        else:
            self._plain_report(key=key, client=client, **kwargs)

    def _with_waiters(self, tasks):
        found, ahead = set(), list(tasks)
        while ahead:
            task = ahead.pop()
            if task not in found:
                found.add(task)
                ahead.extend(task.waiters or ())
        return found

    def _tell(self, client, keys, reason):
        if not self.many:
            for key in keys:
                self.scheduler.report({"op": "cancelled-key", "key": key}, client=client)
            return
        message = {"op": "cancelled-keys", "keys": keys}
        if self.with_reason:
            message["reason"] = reason
        self.scheduler.report(message, client=client)


# ----------------------------------------------------------------------------------------------------------- lease


class Lease:
    """The claim of one daemon on this cluster. It ends on a monotonic clock: setting the clock changes nothing."""

    def __init__(self):
        self._holder = None
        self._ends = 0.0

    def claim(self, daemon_id, ttl_s):
        """Whether the daemon has what it asked for: the lease for ttl_s from now, or with 0 its release."""
        if self._left_s() > 0 and self._holder != daemon_id:
            return False
        self._holder = daemon_id
        self._ends = time.monotonic() + ttl_s
        return True

    def _left_s(self):
        return self._ends - time.monotonic()

    def describe(self):
        left_s = self._left_s()
        if left_s <= 0:
            return {"holder": None, "expires_at": None, "expires_in_s": None}
        return {"holder": self._holder, "expires_at": iso(time.time() + left_s), "expires_in_s": round(left_s, 3)}


def iso(epoch_s):
    return datetime.fromtimestamp(epoch_s, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# ---------------------------------------------------------------------------------------------------------- routes


class Refusal(HTTPError):
    """An answer that is an error, with its text as the caller reads it."""

    def __init__(self, status_code, text):
        super().__init__(status_code)
        self.text = text


class Ask:
    """The JSON object of a request, read key by key."""

    def __init__(self, body):
        try:
            self.values = json.loads(body.decode("utf-8"))
        except ValueError:
            raise Refusal(400, "The body is no JSON") from None
        if not isinstance(self.values, dict):
            raise Refusal(400, "The body is no JSON object")

    def __contains__(self, key):
        return key in self.values

    def _get(self, key, default, fits, wanted):
        value = self.values.get(key, default)
        if not fits(value):
            raise Refusal(400, "%s must be %s" % (key, wanted))
        return value

    def text(self, key, default=None):
        return self._get(key, default, lambda v: isinstance(v, str) and v, "a text that is not empty")

    def flag(self, key, default):
        return self._get(key, default, lambda v: isinstance(v, bool), "true or false")

    def seconds(self, key, at_most):
        return self._get(key, None, lambda v: is_number(v) and 0 <= v <= at_most, "from 0 to %d seconds" % at_most)

    def names(self, key):
        """Without repetitions, in the order given."""
        fits = lambda v: isinstance(v, list) and all(isinstance(name, str) for name in v)  # noqa: E731
        return list(dict.fromkeys(self._get(key, None, fits, "a list of texts")))

    def keys(self, key):
        """Dask keys: texts, or lists of texts and whole numbers for Dask's tuples."""

        def is_part(part):
            return isinstance(part, (str, int)) and not isinstance(part, bool)

        def is_key(k):
            return isinstance(k, str) or isinstance(k, list) and k and all(map(is_part, k))

        found = self._get(key, None, lambda v: isinstance(v, list) and all(map(is_key, v)), "a list of keys")
        return [tuple(k) if isinstance(k, list) else k for k in found]


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
        self.answer(await self.xcore.workers.retire(ask.names("names"), ask.flag("force", False)))


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

    def post(self):
        ask, lease = self.ask(), self.xcore.lease
        granted = lease.claim(ask.text("daemon_id"), ask.seconds("ttl_s", self.LONGEST_S))
        self.answer(dict(lease.describe(), granted=granted), 200 if granted else 409)


class UnknownRoute(Route):
    def prepare(self):
        super().prepare()
        raise Refusal(404, "Unknown route %s" % self.request.path)


# --------------------------------------------------------------------------------------------------- the scheduler


class Xcore:
    """All of the above on one scheduler."""

    def __init__(self, scheduler, config):
        self.scheduler = scheduler
        self.config = config
        self.versions = installed_versions()
        self.counts = TaskCounts(scheduler)
        self.scatters = PatientScatter(scheduler, config.scatter_timeout_s)
        self.workers = Workers(scheduler, self.counts, self.scatters)
        self.cancellation = Cancellation(scheduler)
        self.lease = Lease()
        self.server = None
        # Dask has read its configuration by now.
        scheduler.WORKER_SATURATION = WORKER_SATURATION
        scheduler.allowed_failures = ALLOWED_FAILURES

    def status(self):
        scheduler = self.scheduler
        return dict(
            self.counts.read(),
            cluster_id=self.config.cluster_id,
            scheduler_id=scheduler.id,
            started_at=iso(scheduler.time_started),
            versions=self.versions,
            pending_scatters=self.scatters.pending(),
            clients=[name for name in scheduler.clients if name in scheduler.client_comms],
            mismatches=self.mismatches(),
            workers=self.workers.describe(),
            lease=self.lease.describe(),
        )

    def mismatches(self):
        """Versions in which connected clients differ from this environment, which is the workers' too."""
        return [
            {"client": name, "package": package, "client_version": theirs, "cluster_version": self.versions[package]}
            for name, client in self.scheduler.clients.items()
            if name in self.scheduler.client_comms
            for package, theirs in versions_of(client).items()
            if self.versions.get(package) and comparable(package, theirs) != comparable(package, self.versions[package])
        ]

    def listen(self):
        """Serve the scheduler's HTTP application on the port that demands a certificate of this cluster."""
        config, application = self.config, self.scheduler.http_application
        routes = {
            "status": StatusRoute, "retire": RetireRoute, "drain": DrainRoute, "cancel": CancelRoute,
            "lease": LeaseRoute,
        }  # fmt: skip
        rules = [("/xcore/%s" % name, route, {"xcore": self}) for name, route in routes.items()]
        application.add_handlers(".*$", rules + [(r"/xcore(?:/.*)?", UnknownRoute, {"xcore": self})])
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=config.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(config.cert_file, config.key_file)
        self.server = HTTPServer(application, ssl_options=context)
        self.server.listen(config.port, config.host)
        logger.info("  xcore at: https://%s:%d (client certificate required)", config.host, config.port)


def installed_versions():
    """{"python": "3.11.7", "dask": …}, null for what is not there; nothing is imported for it."""
    versions = {"python": platform.python_version()}
    for package in VERSIONED_PACKAGES:
        versions[package] = None
        with suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return versions


def versions_of(client):
    """What a client said of its own versions when it connected, in the form of `installed_versions`."""
    host, packages = client.versions.get("host") or {}, client.versions.get("packages") or {}
    versions = {"python": ".".join(str(host["python"]).split(".")[:3])} if host.get("python") else {}
    versions.update((name, packages[name]) for name in VERSIONED_PACKAGES if packages.get(name))
    return versions


def comparable(package, version):
    """Of Python the minor version alone matters: bytecode is the same within one."""
    return version.split(".")[:2] if package == "python" else version


def refuse_to_run_open(scheduler):
    """Everything but this process' own machine must meet mutual TLS."""
    for listener in scheduler.listeners:
        if not listener.contact_address.startswith("tls://"):
            raise ConfigError("the scheduler listens without TLS at %s" % listener.contact_address)
    for address in get_tcp_server_addresses(scheduler.http_server):
        if address[0] not in ("127.0.0.1", "::1"):
            raise ConfigError("the plain dashboard is open at %s:%d, not on 127.0.0.1" % address[:2])


async def dask_setup(scheduler):
    try:
        refuse_to_run_open(scheduler)
        Xcore(scheduler, Config.from_environment()).listen()
    except Exception as error:
        # Dask would log this and go on without us: a cluster that nobody guards. An exit through its event loop buries
        # the line under tracebacks, and there is nothing to put away yet.
        print("Cannot start the scheduler with xcore's preload: %s" % error, file=sys.stderr, flush=True)
        os._exit(1)
