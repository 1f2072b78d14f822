"""Why Google says no: quotas, zones out of stock, calls per minute, permissions. All of it set by the test."""

import collections

from . import catalog
from .errors import out_of_stock, quota_exceeded, rate_limited

#: https://cloud.google.com/compute/api-quota, default calls per minute and user of each group.
CALLS_PER_MINUTE = {"queries": 1500, "list_requests": 1500, "operation_reads": 1500, "mutations": 1500}


class Limits:
    def __init__(self, agenda):
        self._agenda = agenda
        self.calls_per_minute = dict(CALLS_PER_MINUTE)
        self.region_quotas = dict(catalog.REGION_QUOTAS)
        self.project_quotas = dict(catalog.PROJECT_QUOTAS)
        #: {"zone", "type" (of machine or accelerator, None: all), "spot" (None: both), "left"}: how many there are.
        self.stock = []
        #: Ends of the names for which there is anything at all; None: of all.
        self.only_names = None
        #: Whether a bulkInsert that fails says only that it made too few.
        self.hides_causes = False
        #: Whether a spot instance is preempted while it is made.
        self.preempts_at_once = False
        #: How many calls were refused for their number.
        self.throttled = 0
        self._windows = collections.defaultdict(collections.deque)

    def count_call(self, group):
        """A window of one minute, for each group of methods its own."""
        window, now = self._windows[group], self._agenda.now()
        while window and window[0] <= now - 60:
            window.popleft()
        if len(window) >= self.calls_per_minute[group]:
            self.throttled += 1
            raise rate_limited(group)
        window.append(now)

    def stock_for(self, zone, kinds, spot):
        """How many instances of these kinds (machine type, accelerators) the zone still has; None: no limit."""
        lefts = [rule["left"] for rule in self.stock
                 if rule["zone"] == zone and rule.get("type") in (None, *kinds) and rule.get("spot") in (None, spot)]
        return min(lefts, default=None)

    def take_stock(self, project, zone, kinds, spot, name):
        allowed = self.only_names is None or name.endswith(tuple(self.only_names))
        if not allowed or self.stock_for(zone, kinds, spot) == 0:
            raise out_of_stock(project, zone)
        for rule in self.stock:
            if rule["zone"] == zone and rule.get("type") in (None, *kinds) and rule.get("spot") in (None, spot):
                rule["left"] -= 1

    def check_quota(self, wanted, used, region):
        """wanted, used: metric -> amount; raises for the first metric that does not fit."""
        for metric, amount in wanted.items():
            everywhere = metric in self.project_quotas
            limit = (self.project_quotas if everywhere else self.region_quotas).get(metric)
            if limit is not None and used.get(metric, 0) + amount > limit:
                raise quota_exceeded(metric, limit, "global" if everywhere else region)
