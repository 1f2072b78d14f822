"""Why a worker that has no task must stay: what it holds cannot move, or is in use."""

import asyncio
import logging
import time
from collections import namedtuple

from .task_record import one_line

FIRE_AND_FORGET = "fire-and-forget"  # Dask's stand-in client: nothing waits for its results
ASK_WITHIN_S = 2  # a worker that a task keeps from answering is asked again
KEYS_AT_ONCE = 100
RETRY_AFTER_S = 60  # a hand-over that took too long drains the worker each time
KEY_SHOWN, WHY_SHOWN = 60, 200  # characters

logger = logging.getLogger("distributed.xcore")

Kept = namedtuple("Kept", ("code", "reason"))  # code: actor, result, shuffle, tasks or slow
IN_USE = ("shuffle", "tasks")  # of these: what is lost begins anew elsewhere


def is_needed(task):
    """Does a client (also a published dataset, a queue …) want this result, or an unfinished task
    depend on it?"""
    return bool(task.waiters) or any(client.client_key != FIRE_AND_FORGET for client in task.who_wants or ())


def held_alone(ws):
    """Does it alone hold a result that is needed?"""
    return bool(ws.has_what) and any(len(task.who_has or ()) == 1 and is_needed(task) for task in ws.has_what)


class KeptWorkers:
    """Knows which workers must stay, and finds out which results cannot be moved."""

    def __init__(self, scheduler, counts):
        self.scheduler = scheduler
        self.counts = counts
        self._unmovable = {}  # WorkerState -> (its task, why that cannot be moved)
        self._failed = {}  # WorkerState -> (when to try again, why it was not handed over in time)

    def of_all(self):
        """{WorkerState: Kept} of those that must stay."""
        shuffling, needed_by = self._shuffling(), self.counts.restricted_to()
        found = {}
        for ws in self.scheduler.workers.values():
            actor = next(filter(is_needed, ws.actors), None)
            if actor is not None:
                found[ws] = Kept("actor", "actor %s cannot be moved" % one_line(actor.key, KEY_SHOWN))
            elif ws in self._unmovable and self.is_unmovable(ws):
                found[ws] = Kept("result", unmovable(*self._unmovable[ws]))
            elif ws.address in shuffling:
                found[ws] = Kept("shuffle", "it takes part in a shuffle")
            elif ws.address in needed_by:
                found[ws] = Kept("tasks", "unfinished tasks may run on no other worker: %d" % needed_by[ws.address])
            elif ws in self._failed and time.monotonic() < self._failed[ws][0]:
                found[ws] = Kept("slow", self._failed[ws][1])
        for known in (self._unmovable, self._failed):
            for ws in [ws for ws in known if self.scheduler.workers.get(ws.address) is not ws]:
                del known[ws]
        return found

    def _shuffling(self):
        """Addresses of the workers that Dask's own plugins want to stay."""
        left = here = list(self.scheduler.workers.values())
        for plugin in list(self.scheduler.plugins.values()):
            judge = getattr(plugin, "valid_workers_downscaling", None)
            try:
                left = judge(self.scheduler, left) if judge else left
            except Exception:  # a plugin of the user's
                logger.exception("A fault in %r", plugin)
        states = getattr(self.scheduler.extensions.get("shuffle"), "states", {})  # before there was such a question
        participants = {address for state in states.values() for address in state.participating_workers}
        return participants.union(ws.address for ws in set(here).difference(left))

    def is_unmovable(self, ws):
        """Does it hold a result that is needed and is known to be bound to it?"""
        task, _ = self._unmovable.get(ws, (None, None))
        if task is None:
            return False
        holds = self.scheduler.tasks.get(task.key) is task and task.who_has == {ws} and is_needed(task)
        if not holds:
            del self._unmovable[ws]
        return holds

    async def ask(self, ws, unasked):
        """Asks a worker, for ASK_WITHIN_S at most, which of some results it cannot send; returns the
        others, to be asked for next time. The smallest come first: what is bound to its process is
        rarely large."""
        if unasked is None:
            unasked = sorted((task for task in ws.has_what if is_needed(task)), key=lambda task: -task.nbytes)
        asked = [task for task in unasked[-KEYS_AT_ONCE:] if self.scheduler.running.isdisjoint(task.who_has or ())]
        answer = asyncio.ensure_future(
            self.scheduler.rpc(ws.address).xcore_unmovable(keys=[task.key for task in asked])
        )
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.wait([answer], timeout=ASK_WITHIN_S)
        if not answer.done():
            answer.cancel()
            return unasked
        if answer.exception() is None:  # a worker without xcore's preload cannot say
            for index, why in answer.result():
                self._unmovable[ws] = (asked[index], why)
                logger.info("%s stays: %s", ws.name, unmovable(asked[index], why))
        return unasked[:-KEYS_AT_ONCE]

    def fail(self, ws, why):
        """A hand-over was given up: for a while the worker stays as it is."""
        logger.warning("%s stays: %s", ws.name, why)
        self._failed[ws] = (time.monotonic() + RETRY_AFTER_S, why)


def unmovable(task, why):
    return "result %s cannot be moved: %s" % (one_line(task.key, KEY_SHOWN), one_line(why, WHY_SHOWN))
