"""What ends when the budget is used up: every worker that xcore has launched."""

import asyncio
import functools
import logging
import re
import time

from distributed.core import Status

from .kept_workers import held_alone

SCHEDULER = "scheduler"
NAMED_BY_XCORE = re.compile(r"worker-\d+$")
RESULTS_FOR_S = 60  # for a client to fetch what its last tasks have made
HOUR_S = 3600.0

logger = logging.getLogger("distributed.xcore")


class BudgetEnd:
    """Holds to what a daemon has said is left of the budget, and counts on by itself, so that the
    limit holds without a daemon, too.

    Once it is used up no worker gets a task. Each ends when it executes nothing; one that alone
    holds results does so a minute later. Or, where the terms say so, all end at once. The
    scheduler's own cost counts, and it stays.
    """

    def __init__(self, scheduler, retirement, clock=time.monotonic):
        self.scheduler = scheduler
        self.retirement = retirement
        self.clock = clock
        self._terms = None  # BudgetTerms; None: there is no limit
        self._left_usd = 0.0
        self._read_at = clock()
        self._idle_s = {}  # WorkerState -> for how long it has executed nothing since the end of the budget
        self._took_tasks = set()  # workers that take tasks again when there is money again
        self._closing = set()
        self._drain_as_they_join()

    def _drain_as_they_join(self):
        """A worker that has joined says that it runs, and Dask gives it tasks at once."""
        plain = self.scheduler.stream_handlers["worker-status-change"]

        @functools.wraps(plain)
        def changed(status, worker, *args, **kwargs):
            ws = self.scheduler.workers.get(worker)
            if self.is_over() and status == Status.running.name and ws in self._workers():
                return self._drain(ws, True)
            return plain(status, worker, *args, **kwargs)

        self.scheduler.stream_handlers["worker-status-change"] = changed

    def hold_to(self, terms):
        """From now on: BudgetTerms of a daemon, or None for no limit."""
        self._terms = terms
        self._left_usd = terms["left_usd"] if terms else 0.0
        self._read_at = self.clock()
        self._follow()

    def is_over(self):
        return self._terms is not None and self._left_usd <= 0

    def ends_in_s(self):
        """Seconds until the end of the budget at the present rate; None: there is no limit, or
        nothing costs."""
        rate = self._hourly_usd()
        if self.is_over():
            return 0.0
        return round(max(0.0, self._left_usd) / rate * HOUR_S, 3) if self._terms and rate else None

    def beat(self, passed_s):
        """Not by the time that this process was awake: its machine costs anyway."""
        now = self.clock()
        away_s, self._read_at = now - self._read_at, now
        if self._terms is None:
            return
        self._left_usd -= self._hourly_usd() * away_s / HOUR_S
        self._follow()
        if self.is_over():
            self._end(away_s)

    def _hourly_usd(self):
        prices = self._terms["hourly_usd"] if self._terms else {}
        # One that was launched since then costs what the dearest does.
        unknown = max((usd for name, usd in prices.items() if name != SCHEDULER), default=0.0)
        return prices.get(SCHEDULER, 0.0) + sum(prices.get(str(ws.name), unknown) for ws in self._workers())

    def _workers(self):
        return [ws for ws in self.scheduler.workers.values() if NAMED_BY_XCORE.match(str(ws.name))]

    def _follow(self):
        """Workers take tasks again once there is money again."""
        was_over, self.retirement.ends_all = self.retirement.ends_all, self.is_over()
        if self.is_over() and not was_over:
            logger.warning("The budget is used up: workers get no more tasks, and end")
        if self.is_over():
            return
        here = [str(ws.name) for ws in self._took_tasks if self.scheduler.workers.get(ws.address) is ws]
        self._took_tasks.clear()
        self._idle_s.clear()
        if here:
            self.retirement.drain(here, False)

    def _end(self, passed_s):
        workers = self._workers()
        for ws in workers:
            self._drain(ws)
        idle = [ws for ws in workers if not self.retirement.drains.executing(ws)]
        self._idle_s = {ws: self._idle_s.get(ws, 0.0) + passed_s for ws in idle}
        if self._terms["at_once"]:
            return self._close(workers)
        self._close([ws for ws in idle if self._idle_s[ws] >= RESULTS_FOR_S or not held_alone(ws)])

    def _drain(self, ws, joins=False):
        if self.retirement.drains.begin(ws, joins):
            self._took_tasks.add(ws)

    def _close(self, workers):
        """Not by a retirement, which needs another worker to take results over."""
        self._closing = {ws for ws in self._closing if self.scheduler.workers.get(ws.address) is ws}
        for ws in [ws for ws in workers if ws not in self._closing]:
            logger.info("The budget is used up: %s ends", ws.name)
            self._closing.add(ws)
            asyncio.ensure_future(
                self.scheduler.remove_worker(address=ws.address, stimulus_id="xcore-budget-%s" % time.time())
            )
