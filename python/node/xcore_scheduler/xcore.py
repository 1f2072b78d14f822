"""All parts of the preload on one scheduler."""

import asyncio
import logging

import dask
from node_state import NodeState

from .awake_clock import AwakeClock, keep_workers_that_slept
from .balance import Balance
from .budget import BudgetEnd
from .bundles import Bundles
from .cancellation import Cancellation
from .demand import Demand
from .kept_workers import KeptWorkers
from .lease import Lease, iso
from .lifetime import LifetimeRetirement, machine_left_s
from .memory import SchedulerMemory
from .mistyped import guard_resources, guard_task_messages
from .nanny_plugins import refuse_nanny_plugins
from .protocol import CAPABILITIES
from .retirement import Drains, Retirement, SpotRetirement
from .routes import rules
from .scatters import Scatters
from .soon import Soon
from .status import Versions, Workers
from .task_counts import TaskCounts
from .task_lookup import TaskLookup
from .task_record import TaskRecord, functions_on
from .task_time import TaskTime
from .timeouts import SchedulerTimeout, WorkerTimeout
from .unknown_modules import pass_on_unknown_modules
from .worker_deaths import WorkerDeaths
from .worker_requests import WaitingClients, WorkerRequests

BEAT_S = 0.5
WORKER_SATURATION = 1.0  # a worker is given what it can run, the rest stays visible as queued

logger = logging.getLogger("distributed.xcore")


class Xcore:
    """The parts, and how they depend on each other."""

    def __init__(self, scheduler, settings):
        self.scheduler = scheduler
        self.settings = settings
        self.versions = Versions(scheduler)
        self.counts = TaskCounts(scheduler)
        self.record = TaskRecord(scheduler, self.counts)
        self.task_time = TaskTime(scheduler)
        self.task_lookup = TaskLookup(scheduler)
        self.soon = Soon(scheduler)
        self.balance = Balance(scheduler, self.counts)
        self.scatters = Scatters(scheduler, settings)
        self.requests = WorkerRequests()
        self.waiting_clients = WaitingClients(scheduler)
        self.demand = Demand(scheduler, self.counts, self.scatters, self.requests, self.waiting_clients)
        drains = Drains(scheduler)
        kept_workers = KeptWorkers(scheduler, self.counts)
        self.retirement = Retirement(scheduler, drains, self.scatters, kept_workers)
        self.deaths = WorkerDeaths(scheduler, self.retirement)
        self.workers = Workers(scheduler, self.counts, drains, kept_workers, self.retirement)
        self.cancellation = Cancellation(scheduler, kept_workers)
        self.memory = SchedulerMemory(scheduler)
        self.bundles = Bundles.from_environment()
        self.lease = Lease()
        self.worker_timeout = WorkerTimeout(
            scheduler, settings, self.lease, drains, self.retirement, self.cancellation
        )  # fmt: skip
        self.spot_retirement = SpotRetirement(scheduler, self.retirement)
        self.lifetime_retirement = LifetimeRetirement(scheduler, self.retirement)
        self.budget_end = BudgetEnd(scheduler, self.retirement)
        self.scheduler_timeout = SchedulerTimeout(scheduler, settings, self.lease, NodeState.from_environment())
        guard_resources(scheduler)
        guard_task_messages(scheduler)
        refuse_nanny_plugins(scheduler)
        pass_on_unknown_modules(scheduler)
        # Dask has read its configuration by now.
        scheduler.WORKER_SATURATION = WORKER_SATURATION

    def start(self):
        self.scheduler.http_application.add_handlers(".*$", rules(self))
        self.scheduler.http_server.open()
        self.heart = asyncio.ensure_future(self._beat())  # held, or it would be collected

    async def _beat(self):
        clock = AwakeClock(BEAT_S)
        keep_workers_that_slept(self.scheduler, clock)
        while True:
            await asyncio.sleep(BEAT_S)
            passed_s = clock.passed_s()
            for part in (
                self.worker_timeout, self.spot_retirement, self.lifetime_retirement, self.budget_end,
                self.retirement, self.scheduler_timeout, self.balance, self.task_time,
                self.demand,
            ):  # fmt: skip
                try:
                    part.beat(passed_s)
                except Exception:  # the others must go on
                    logger.exception("A fault in %s", type(part).__name__)

    def describe_lease(self):
        """LeaseInfo."""
        return dict(
            self.lease.describe(),
            workers_end_in_s=self.worker_timeout.workers_end_in_s(),
            budget_ends_in_s=self.budget_end.ends_in_s(),
            scheduler_ends_in_s=self.scheduler_timeout.ends_in_s(),
        )

    def status(self):
        """StatusAnswer."""
        scheduler = self.scheduler
        counts, bound = self.counts.read(), self.balance.bound()
        runs = {ws: functions_on(ws) for ws in scheduler.workers.values()}
        return dict(
            counts,
            runnable=self.balance.runnable(counts["runnable"], bound),
            soon=self.soon.describe(),
            changes=self.demand.changes(),
            capabilities=CAPABILITIES,
            cluster_id=self.settings.cluster_id,
            scheduler_id=scheduler.id,
            started_at=iso(scheduler.time_started),
            versions=self.versions.installed,
            record=self.record.describe(runs),
            task_time=self.task_time.describe(),
            memory_bytes=self.memory.used_bytes(),
            memory_limit_bytes=self.memory.limit_bytes(),
            ends_in_s=machine_left_s(),
            pending_scatters=self.scatters.pending(),
            requests=self.requests.describe(),
            waiting_clients=self.waiting_clients.waiting_s(),
            clients=[name for name in scheduler.clients if name in scheduler.client_comms],
            mismatches=self.versions.mismatches(),
            overridden=dask.config.get("xcore.overridden", []),
            deaths=self.deaths.recent(),
            workers=self.workers.describe(bound, runs),
            lease=self.describe_lease(),
        )
