"""Cancelling results and tasks for every client."""

import inspect
import logging
import time

from distributed.client import Client

from .kept_workers import IN_USE

logger = logging.getLogger("distributed.xcore")


class Cancellation:
    """Takes results and tasks away from every client, and says why where the client's version can
    say it."""

    REASONS_KEPT = 10_000

    def __init__(self, scheduler, kept_workers):
        self.scheduler = scheduler
        self.kept_workers = kept_workers
        self._reasons = {}  # key -> reason, the last ones
        self._plain_report = scheduler.stream_handlers["report-key"]
        scheduler.stream_handlers["report-key"] = self._report
        self.many = hasattr(Client, "_handle_cancelled_keys")
        self.with_reason = self.many and "reason" in inspect.signature(Client._handle_cancelled_keys).parameters

    def held_only_by(self, names):
        """The keys whose only copies are on workers of these names without a task: a task that came
        meanwhile may need them, as a shuffle does or tasks that may run nowhere else."""
        in_use = {ws for ws, hold in self.kept_workers.of_all().items() if hold.code in IN_USE}
        idle = {ws for ws in self.scheduler.workers.values() if str(ws.name) in names and not ws.processing}
        holders = idle - in_use
        return [ts.key for ws in holders for ts in ws.has_what if holders.issuperset(ts.who_has or ())]

    def cancel(self, keys, reason):
        """The number of keys that clients wanted, among these and the unfinished tasks that need
        them."""
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
        """A client whose gather crossed the cancellation asks again, and waits for ever where Dask
        gives no answer."""
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
