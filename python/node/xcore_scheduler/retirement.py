"""Draining and retiring workers: never a busy one, never a lost result."""

import asyncio
import functools
import logging
import time
from contextlib import suppress

from distributed.active_memory_manager import RetireWorker
from distributed.comm import CommClosedError
from distributed.core import Status

from .kept_workers import FIRE_AND_FORGET, IN_USE, is_needed
from .mistyped import finite_amount, finite_number
from .protocol import DRAIN_ANSWER, RETIRE_OUTCOME

ANSWER_S = 4  # a caller waits for no more; a hand-over that takes longer goes on
HAND_OVER_S = 20  # what results may take to move to another worker,
SLOWEST_BYTES_S = 5e6  # beside the time that their bytes take on a slow network
CHECK_EVERY_S = 1
STILL_WITHIN_S = 15  # two heartbeats of a worker in a large cluster
STILL_EVERY_S = 0.1
LAST_RESORT = "no other worker can take its results over"
TAKEN_METRIC = "xcore_taken_in_s"  # sent with heartbeats by `spot_notice.py`
LIFETIME_METRIC = "xcore_lifetime_left_s"  # sent with heartbeats by `cloud_worker.py`

logger = logging.getLogger("distributed.xcore")


def taken_in_s(ws):
    """Seconds until its cloud reclaims its instance, by the last heartbeat; None while there is no
    spot notice."""
    return finite_amount(ws.metrics.get(TAKEN_METRIC))


def lifetime_left_s(ws):
    """Seconds until it is to take no more tasks for its age, by the last heartbeat, and negative
    after that; None where there is no limit, as on `local`."""
    return finite_number(ws.metrics.get(LIFETIME_METRIC))


def is_too_old(ws):
    """Is it to take no more tasks for its age?"""
    left_s = lifetime_left_s(ws)
    return left_s is not None and left_s <= 0


def is_at_its_end(ws):
    """Does its machine end whatever becomes of its tasks: by its cloud, or by its age?"""
    return taken_in_s(ws) is not None or is_too_old(ws)


class Drains:
    """Stops and resumes giving tasks to workers, and knows what a drained one still executes."""

    def __init__(self, scheduler):
        self.scheduler = scheduler
        self._beats_since = {}  # WorkerState -> heartbeats since it was drained
        self._was_paused = set()  # drained workers that Dask had paused
        self._heard_since = {}  # WorkerState -> tasks that these have said it executes
        self._count_heartbeats()

    def _count_heartbeats(self):
        plain = self.scheduler.handlers["heartbeat_worker"]

        @functools.wraps(plain)
        def heartbeat_worker(*args, **kwargs):
            answer = plain(*args, **kwargs)
            ws = self.scheduler.workers.get(kwargs.get("address"))
            if ws in self._beats_since:
                self._beats_since[ws] += 1
                self._heard_since[ws].update(ws.executing)
            return answer

        self.scheduler.handlers["heartbeat_worker"] = heartbeat_worker

    def begin(self, ws, joins=False):
        """Whether it took tasks until now, or would from now on, as it joins."""
        if not joins and ws.status not in (Status.running, Status.paused):
            return False
        (self._was_paused.add if ws.status == Status.paused else self._was_paused.discard)(ws)
        self._beats_since[ws] = 0
        self._heard_since[ws] = set()
        self._set_status(ws, Status.closing_gracefully)
        return True

    def end(self, ws):
        """As it was: a worker that was paused, and has memory again, says so itself."""
        if ws.status == Status.closing_gracefully:
            self._set_status(ws, Status.paused if ws in self._was_paused else Status.running)

    def _set_status(self, ws, status):
        """Tell the worker before the scheduler acts on it: a worker brought back is sent tasks at
        once."""
        stimulus_id = "xcore-%s-%s" % (status.name, time.time())
        with suppress(KeyError, CommClosedError):
            self.scheduler.stream_comms[ws.address].send(
                {"op": "worker-status-change", "status": status.name, "stimulus_id": stimulus_id}
            )
        self.scheduler.handle_worker_status_change(status, ws, stimulus_id)

    def executing(self, ws):
        """From the last heartbeat. While a drain may not have reached the worker, all that it could
        have started. Since a heartbeat may overtake the word that a task has ended, a drained one
        executes what it did until that is heard."""
        if not self._beats_since:
            return sum(ts in ws.processing for ts in ws.executing)
        for other in [other for other in self._beats_since if other.status != Status.closing_gracefully]:
            del self._beats_since[other], self._heard_since[other]
            self._was_paused.discard(other)
        heard = sum(1 for ts in {*ws.executing, *self._heard_since.get(ws, ())} if ts in ws.processing)
        # The second heartbeat after a drain was written when the worker had read of it: nothing
        # starts any more.
        if self._beats_since.get(ws, 2) < 2:
            return max(heard, min(ws.nthreads, len(ws.processing)))
        return heard


class Retirement:
    """Hands workers' results over, and closes them."""

    def __init__(self, scheduler, drains, scatters, kept_workers):
        self.scheduler = scheduler
        self.drains = drains
        self.scatters = scatters
        self.kept_workers = kept_workers
        self._retiring = {}  # WorkerState -> the future {WorkerState: "retired" | "kept" | "unknown"} of its retirement
        self._one_at_a_time = asyncio.Lock()
        self._drained = set()  # workers that retire once they execute nothing
        self.ends_all = False  # no worker is to get a task: one that cannot retire gets none either
        self._stuck = set()  # paused workers with tasks that they do not start, as they retire

    def is_retiring(self, ws):
        return ws in self._retiring

    def is_busy(self, ws):
        """A scatter that is on its way may be for any worker."""
        return bool(ws.processing or self.scatters.sending)

    def _is_stuck(self, ws):
        """Paused, with tasks that it does not start, and that begin elsewhere when it retires."""
        waits = ws.status == Status.paused and bool(ws.processing)
        return waits and not self.scatters.sending and not self.drains.executing(ws)

    def is_drained(self, ws):
        """Does it retire once it executes nothing?"""
        return ws in self._drained

    def drain(self, names, drain, then_retire=False):
        """DrainAnswer."""
        workers = {str(ws.name): ws for ws in self.scheduler.workers.values()}
        answer = {key: [] for key in DRAIN_ANSWER}
        for name in names:
            ws = workers.get(name)
            if ws is None:
                answer["unknown"].append(name)
            elif drain or self.is_retiring(ws):
                self.drains.begin(ws)
                if then_retire:
                    self._drained.add(ws)
                answer["drained"].append(name)
            else:
                self._drained.discard(ws)
                self.drains.end(ws)
                answer["undrained"].append(name)
        return answer

    async def retire(self, names, force):
        """RetireOutcome, after ANSWER_S at most: a hand-over that takes longer goes on, and its
        workers count as busy. Nothing is awaited between the check of a worker's tasks and the
        moment it gets no more."""
        workers = {str(ws.name): ws for ws in self.scheduler.workers.values()}
        answer = {key: {} if key == "reasons" else [] for key in RETIRE_OUTCOME}
        chosen, kept = [], self.kept_workers.of_all()
        for name in names:
            ws = workers.get(name)
            if ws is None:
                answer["unknown"].append(name)
            elif self.is_retiring(ws):
                chosen.append((name, ws))
            elif not force and self.is_busy(ws) and not self._is_stuck(ws):
                answer["busy"].append(name)
            elif ws in kept and not (force and kept[ws].code in IN_USE):
                self._keep(ws)
                answer["kept"].append(name)
                answer["reasons"][name] = kept[ws].reason
            else:
                chosen.append((name, ws))
        self._stuck.update(ws for _, ws in chosen if not force and self._is_stuck(ws))
        self._start([ws for _, ws in chosen if not self.is_retiring(ws)])
        outcomes = [(name, ws, self._retiring.get(ws)) for name, ws in chosen]
        pending = {future for _, _, future in outcomes if future}
        if pending:
            await asyncio.wait(pending, timeout=ANSWER_S)
        kept = self.kept_workers.of_all()
        for name, ws, future in outcomes:
            if future and not future.done():
                answer["busy"].append(name)
                answer["reasons"][name] = "hands its results over"
                continue
            outcome = future.result()[ws] if future else "kept"
            answer[outcome].append(name)
            if outcome == "kept":
                answer["reasons"][name] = kept[ws].reason if ws in kept else LAST_RESORT
        return answer

    def beat(self, passed_s):
        """Retires the drained workers that execute nothing any more. One that must stay takes tasks
        again."""
        self._drained = {ws for ws in self._drained if self._is_here(ws)}
        over = [ws for ws in self._drained if not self.is_retiring(ws) and not self.drains.executing(ws)]
        if over and not self.ends_all:
            self._drained.difference_update(over)
            held = self.kept_workers.of_all()
            for ws in [ws for ws in over if ws in held]:
                self.drains.end(ws)
            asyncio.ensure_future(self.retire([str(ws.name) for ws in over if ws not in held], True))

    def end(self, is_going, is_due):
        """Gives workers no more tasks, and retires those of them that are due.

        :param is_going: says of a WorkerState whether it is one of them
        :param is_due: says of one of them whether it is due
        """
        going = [ws for ws in self.scheduler.workers.values() if is_going(ws)]
        for ws in going:
            self.drains.begin(ws)
        due = [str(ws.name) for ws in going if not self.is_retiring(ws) and is_due(ws)]
        if due:
            asyncio.ensure_future(self.retire(due, True))

    def _start(self, going):
        """In self._retiring afterwards: all of them but one that must stay."""
        self._release_unneeded(going)
        stays = None if self._one_at_a_time.locked() else self._last_resort(going)
        if stays:  # decided now, it never stops taking tasks
            going.remove(stays)
            self._resume(stays)
        if going:
            for ws in going:
                self.drains.begin(ws)
            self._retiring.update(dict.fromkeys(going, asyncio.ensure_future(self._hand_over(going))))

    async def _hand_over(self, going):
        """{WorkerState: "retired", "kept" or "unknown" (gone by itself)}; one that is kept takes
        tasks again. It has a limit, so those that wait for it wait no longer."""
        outcome = dict.fromkeys(going, "unknown")
        try:
            outcome.update((ws, "busy") for ws in await self._started_again(going))
            going = [ws for ws in going if outcome[ws] != "busy"]
            # Two at once could each take the other for the one that stays, or hand results to one
            # that retires.
            async with self._one_at_a_time:
                retiring = [ws for ws in going if self._is_here(ws)]
                stays = self._last_resort(retiring)
                if stays:
                    retiring.remove(stays)
                    self._resume(stays)
                if retiring:
                    outcome.update((ws, "retired") for ws in await self._let_dask_retire(retiring))
        except Exception:  # of Dask's, as when a worker leaves meanwhile
            logger.exception("Cannot retire %s", ", ".join(str(ws.name) for ws in going))
        finally:
            self._stuck.difference_update(outcome)
            for ws in outcome:
                self._retiring.pop(ws, None)
                if self._is_here(ws):
                    outcome[ws] = "busy" if outcome[ws] == "busy" else "kept"
                    self._keep(ws)
        return outcome

    async def _started_again(self, going):
        """Those that went on with their tasks before they were told to start none."""
        deadline = time.monotonic() + STILL_WITHIN_S
        stuck = [ws for ws in going if ws in self._stuck]
        while True:
            stuck = [ws for ws in stuck if self._is_here(ws) and self.drains.executing(ws)]
            if not stuck or time.monotonic() > deadline:
                return stuck
            await asyncio.sleep(STILL_EVERY_S)

    def _keep(self, ws):
        if not is_at_its_end(ws):  # which gets no more tasks either way
            self._resume(ws)

    def _resume(self, ws):
        if not self.ends_all:
            self.drains.end(ws)

    async def _let_dask_retire(self, retiring):
        """The workers that Dask has retired. Dask tries for ever to move what cannot be moved: a
        worker stays once it says why, and all that are left once nothing has moved for long."""
        addresses = [ws.address for ws in retiring]
        dasks = asyncio.ensure_future(
            self.scheduler.retire_workers(workers=addresses, close_workers=True, remove=True)
        )
        dasks.add_done_callback(lambda done: done.cancelled() or done.exception())
        unasked = dict.fromkeys(retiring)
        left_bytes, deadline = None, 0.0
        while True:
            await asyncio.wait([dasks], timeout=CHECK_EVERY_S)
            if dasks.done():
                return [ws for ws in retiring if ws.address in dasks.result()]
            left = [ws for ws in retiring if self._is_here(ws)]
            if sum(ws.nbytes for ws in left) != left_bytes:
                left_bytes = sum(ws.nbytes for ws in left)
                limit_s = HAND_OVER_S + left_bytes / SLOWEST_BYTES_S
                deadline = time.monotonic() + limit_s
            ask = [ws for ws in left if not self.kept_workers.is_unmovable(ws)]
            unasked.update(zip(ask, await asyncio.gather(*(self.kept_workers.ask(ws, unasked[ws]) for ws in ask))))
            if time.monotonic() > deadline:
                break
            self._give_up([ws for ws in left if self.kept_workers.is_unmovable(ws)])
        for ws in [ws for ws in left if not self.kept_workers.is_unmovable(ws)]:
            self.kept_workers.fail(ws, "no other worker took its results over within %d s" % limit_s)
        self._give_up(left)
        await asyncio.wait([dasks], timeout=CHECK_EVERY_S)
        if dasks.done():
            return [ws for ws in retiring if ws.address in dasks.result()]
        dasks.cancel()  # it waits for its own lock, which a client's replicate() has
        await asyncio.wait([dasks], timeout=CHECK_EVERY_S)
        return []

    def _give_up(self, workers):
        """Ends Dask's retirements of these workers as if there were no other to take the results
        over. One that runs while Dask's memory manager is stopped has a manager of its own."""
        addresses = {ws.address for ws in workers}
        timers = [each for name, each in self.scheduler.periodic_callbacks.items() if name.startswith("amm-")]
        managers = [getattr(timer.callback, "__self__", None) for timer in timers]
        for manager in [*managers, self.scheduler.extensions.get("amm")]:
            for policy in list(getattr(manager, "policies", ())):
                if isinstance(policy, RetireWorker) and policy.address in addresses:
                    policy.no_recipients = True
                    manager.policies.discard(policy)

    def _release_unneeded(self, going):
        """Dask would keep a worker for a result that was forgotten only after it was there."""
        keys = [ts.key for ws in going for ts in ws.has_what if not is_needed(ts)]
        if keys and FIRE_AND_FORGET in self.scheduler.clients:
            self.scheduler.client_releases_keys(keys=keys, client=FIRE_AND_FORGET, stimulus_id="xcore-%s" % time.time())

    def _is_here(self, ws):
        return self.scheduler.workers.get(ws.address) is ws

    def _last_resort(self, retiring):
        """Without another worker to hand results to, Dask would keep all of these: one of them is
        enough."""
        group = set(retiring)
        if self.scheduler.running - group:
            return None
        holders = [ws for ws in retiring if any(group.issuperset(ts.who_has or ()) for ts in ws.has_what)]
        return max(holders, key=lambda ws: ws.nbytes, default=None)


class SpotRetirement:
    """Gives workers with a spot notice no more tasks, and retires them before their instances are
    reclaimed.

    At once when they execute nothing, in the last moment otherwise: then their tasks begin anew
    elsewhere. Without another worker to take results over they stay, as one that replaces them may
    yet join.
    """

    def __init__(self, scheduler, retirement):
        self.scheduler = scheduler
        self.retirement = retirement

    def beat(self, passed_s):
        self.retirement.end(lambda ws: taken_in_s(ws) is not None, self._is_due)

    def _is_due(self, ws):
        return self.scheduler.running and (
            taken_in_s(ws) < HAND_OVER_S or not self.retirement.drains.executing(ws)
        )  # fmt: skip
