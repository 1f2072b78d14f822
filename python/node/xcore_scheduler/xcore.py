"""All of it on one scheduler."""

import asyncio
import logging

from xcore_state import NodeState

from .absence import BEAT_S, Absence
from .cancel import Cancellation
from .counts import TaskCounts
from .drain import Drains
from .ending import Ending
from .lease import Lease, iso
from .lived_time import LivedTime, spare_the_sleepers
from .retire import Retirement
from .routes import rules
from .scatter import PatientScatter
from .server import listen
from .taken import Taken
from .versions import Versions
from .workers import Workers

WORKER_SATURATION = 1.0  # a worker is given what it can run, the rest stays visible as queued
ALLOWED_FAILURES = 10  # a spot worker that is taken away counts as a failure of the task it ran

logger = logging.getLogger("distributed.xcore")


class Xcore:
    """The scheduler's parts that are ours, and how they hang together."""

    def __init__(self, scheduler, settings):
        self.scheduler = scheduler
        self.settings = settings
        self.versions = Versions(scheduler)
        self.counts = TaskCounts(scheduler)
        self.scatters = PatientScatter(scheduler, settings.scatter_timeout_s)
        drains = Drains(scheduler)
        self.retirement = Retirement(scheduler, drains, self.scatters)
        self.workers = Workers(scheduler, self.counts, drains, self.retirement)
        self.cancellation = Cancellation(scheduler)
        self.lease = Lease()
        self.absence = Absence(
            scheduler, self.lease, drains, self.retirement, self.cancellation, settings.daemon_grace_s
        )  # fmt: skip
        self.taken = Taken(scheduler, drains, self.retirement)
        self.ending = Ending(scheduler, self.lease, NodeState.from_environment(), settings.orphan_timeout_s)
        # Dask has read its configuration by now.
        scheduler.WORKER_SATURATION = WORKER_SATURATION
        scheduler.allowed_failures = ALLOWED_FAILURES

    def start(self):
        self.scheduler.http_application.add_handlers(".*$", rules(self))
        self.server = listen(self.scheduler.http_application, self.settings)
        self.heart = asyncio.ensure_future(self._beat())  # held, or it would be collected

    async def _beat(self):
        lived = LivedTime(BEAT_S)
        spare_the_sleepers(self.scheduler, lived)
        while True:
            await asyncio.sleep(BEAT_S)
            passed_s = lived.look()
            for part in (self.absence, self.taken, self.ending):
                try:
                    part.beat(passed_s)
                except Exception:  # there is nobody to mend it, and the others must go on
                    logger.exception("A fault in %s", type(part).__name__)

    def describe_lease(self):
        return dict(
            self.lease.describe(),
            workers_end_in_s=self.absence.workers_end_in_s(),
            scheduler_ends_in_s=self.ending.ends_in_s(),
        )

    def status(self):
        scheduler = self.scheduler
        return dict(
            self.counts.read(),
            cluster_id=self.settings.cluster_id,
            scheduler_id=scheduler.id,
            started_at=iso(scheduler.time_started),
            versions=self.versions.installed,
            pending_scatters=self.scatters.pending(),
            clients=[name for name in scheduler.clients if name in scheduler.client_comms],
            mismatches=self.versions.mismatches(),
            workers=self.workers.describe(),
            lease=self.describe_lease(),
        )
