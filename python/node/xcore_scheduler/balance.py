"""Tasks that wait behind a worker: which of them a new one could take, and which an idle one does."""

from itertools import islice

from distributed.comm import get_address_host
from distributed.core import Status

from .mistyped import Mistyped, needs_of

NUDGE_AFTER_S = 2  # Dask balances ten times a second
PAUSED_AFTER_S = 5  # a heartbeat of a large cluster, which tells what a worker executes
SAMPLE = 100  # tasks of one worker that are read, where all would take long


def running_on(ws):
    """What it executes, by its last heartbeat."""
    return [ts for ts in ws.executing if ts in ws.processing]


def is_restricted(task):
    return bool(task.host_restrictions or task.worker_restrictions) and not task.loose_restrictions


class Balance:
    """Counts what no new worker could take, by Dask's own rule for stealing, and moves tasks to idle
    workers where Dask's average of all workers hides that they are idle."""

    def __init__(self, scheduler, counts):
        self.scheduler = scheduler
        self.counts = counts
        self._idle_s = 0.0  # for how long there was an idle worker and one that another could help
        self._paused_s = {}  # WorkerState -> for how long Dask has paused it, for lack of memory
        self.nudges = 0

    def _is_paused(self, ws):
        return ws.status == Status.paused and self._paused_s.get(ws, 0) >= PAUSED_AFTER_S

    def waiting_behind(self, ws):
        """Tasks assigned to a worker beyond those that it can run; a paused one starts none."""
        runs = len(running_on(ws)) if self._is_paused(ws) else ws.nthreads
        return max(0, len(ws.processing) - len(ws.long_running) - runs)

    # ---- demand

    def bound(self):
        """{WorkerState: (restricted, unstealable)}: tasks that wait for this worker, as they may run
        on no new one, and as Dask would not move them. From a paused one all are moved."""
        restricted, found = self._restricted(), {}
        for ws in self.scheduler.workers.values():
            waiting, tied = self.waiting_behind(ws), restricted.get(ws.address, 0)
            runs = sum(1 for ts in running_on(ws) if is_restricted(ts)) if tied else 0
            tied = max(0, min(waiting, tied - runs))
            stays = 0
            if waiting > tied and not self._is_paused(ws):
                stays = max(0, waiting - tied - self._takeable(ws, tied))
            if tied or stays:
                found[ws] = (tied, stays)
        return found

    def runnable(self, groups, bound):
        """The groups of runnable tasks, without those that are bound to a worker, or run on a paused
        one: it counts as no capacity, and they need no other."""
        counts = {tuple(sorted(group["resources"].items())): group["count"] for group in groups}
        only = list(counts) if len(counts) == 1 else None
        for ws, numbers in bound.items():
            tasks = islice(ws.processing, SAMPLE)
            needs = only or [needs_of(ts) for ts in tasks]
            for resources in set(needs):
                if isinstance(resources, Mistyped):
                    continue
                share = sum(numbers) * needs.count(resources) / len(needs)
                counts[resources] = max(0, counts.get(resources, 0) - round(share))
        for ws in [ws for ws in self.scheduler.workers.values() if ws.status == Status.paused]:
            runs = running_on(ws) if self._is_paused(ws) else islice(ws.processing, ws.nthreads)
            for resources in map(needs_of, runs):
                if resources in counts:
                    counts[resources] = max(0, counts[resources] - 1)
        for state, (resources, hosts, workers), count in self.counts.restricted():
            # Where none of their workers is there, they are stranded, and in no group.
            if state in ("queued", "no-worker") and resources in counts and self._allowed(hosts, workers):
                counts[resources] = max(0, counts[resources] - count)
        return [{"resources": dict(r), "count": n} for r, n in sorted(counts.items()) if n]

    def _restricted(self):
        """{worker address: tasks assigned to it that may run on no new worker}."""
        found = {}
        for state, (_, hosts, workers), count in self.counts.restricted():
            here = self._allowed(hosts, workers) if state == "processing" else ()
            for address in here:
                found[address] = found.get(address, 0) + count / len(here)
        return {address: round(count) for address, count in found.items()}

    def _allowed(self, hosts, workers):
        """Addresses of the workers there that such a task may run on; none where a new one may be on
        one of the hosts, as in a cluster on one machine."""
        hosts = [self.scheduler.coerce_hostname(host) for host in hosts]
        if get_address_host(self.scheduler.address) in hosts:
            return []
        here = [address for address in workers if address in self.scheduler.workers]
        for host in hosts:
            here.extend(self.scheduler.host_info.get(host, {}).get("addresses", ()))
        return here

    def _takeable(self, ws, tied):
        """How many of its tasks an idle worker without their inputs would be given by Dask."""
        taken, occupancy = 0, ws.occupancy
        runs = running_on(ws)  # Dask counts these as stealable, too
        for tasks in self._stealable(ws):
            count = len(tasks) - sum(1 for ts in runs if ts in tasks)
            tied, count = max(0, tied - count), max(0, count - tied)
            if not count:
                continue
            task = next(ts for ts in tasks if ts not in runs)
            compute = self._duration(task)
            comm = task.get_nbytes_deps() / self.scheduler.bandwidth
            spare = occupancy - 1.5 * compute - comm
            if compute > 0 and spare >= 0:
                steals = min(count, int(spare / compute) + 1)
                taken += steals
                occupancy -= steals * compute
        return taken

    def _stealable(self, ws):
        """Sets of tasks, by what moving them costs; none where stealing is off."""
        stealing = self.scheduler.extensions.get("stealing")
        if "stealing" not in self.scheduler.periodic_callbacks:
            return ()
        return getattr(stealing, "stealable", {}).get(ws.address, ())

    def _duration(self, task):
        of_task = getattr(self.scheduler, "get_task_duration", None)  # before 2024.12
        return of_task(task) if of_task else self.scheduler._get_prefix_duration(task.prefix)

    # ---- nudges

    def beat(self, passed_s):
        """One task for each thread of an idle worker, when Dask has left it idle for a while: one long
        task raises the average, by which all others then count as idle and nothing is stolen."""
        workers = self.scheduler.workers.values()
        paused = [ws for ws in workers if ws.status == Status.paused]
        self._paused_s = {ws: self._paused_s.get(ws, 0) + passed_s for ws in paused}
        thieves = [ws for ws in self.scheduler.running if not ws.processing]
        victims = [ws for ws in workers if self.waiting_behind(ws)] if thieves else []
        self._idle_s = self._idle_s + passed_s if victims else 0.0
        if self._idle_s < NUDGE_AFTER_S:
            return
        self._idle_s = 0.0
        for thief in thieves:
            for _ in range(thief.nthreads):
                self._help(thief, victims)

    def _help(self, thief, victims):
        stealing = self.scheduler.extensions["stealing"]
        for victim in sorted(victims, key=lambda ws: (not self._is_paused(ws), -ws.occupancy)):
            waiting = self.waiting_behind(victim) + min(0, stealing.in_flight_tasks[victim])
            if waiting <= 0:
                continue
            for tasks in [list(victim.processing)] if self._is_paused(victim) else self._stealable(victim):
                for task in islice(tasks, SAMPLE):
                    if self._is_worth_it(stealing, task, victim, thief):
                        stealing.move_task_request(task, victim, thief)
                        self.nudges += 1
                        return

    def _is_worth_it(self, stealing, task, victim, thief):
        """Dask's own rule; from a paused worker anything that may run elsewhere."""
        if task.processing_on is not victim or task in victim.executing or task in stealing.in_flight:
            return False
        valid = self.scheduler.valid_workers(task)
        if valid is not None and thief not in valid and not task.loose_restrictions:
            return False
        if self._is_paused(victim):
            return not task.actor
        compute = self._duration(task)
        thiefs = thief.occupancy + stealing.in_flight_occupancy[thief] + self.scheduler.get_comm_cost(task, thief)
        victims = victim.occupancy + stealing.in_flight_occupancy[victim]
        return thiefs + compute <= victims - (self.scheduler.get_comm_cost(task, victim) + compute) / 2
