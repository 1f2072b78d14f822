"""The other side of the emulation: what a test sets and reads, as JSON at /_control/…"""

import collections

from .errors import ApiError, invalid


class Control:
    def __init__(self, world):
        self.world = world
        self.calls = collections.Counter()

    def count(self, method, path):
        """Calls by kind, as `POST instances/bulkInsert` or `GET aggregated/instances`."""
        parts = path.split("/")
        if len(parts) > 3:
            named = {"global": 3, "aggregated": 2}.get(parts[2], 4)
            kept = parts[named:named + 1] + [part for part in parts[named + 1:] if part in ("bulkInsert", "setLabels")]
            self.calls[method + " " + "/".join((["aggregated"] if parts[2] == "aggregated" else []) + kept)] += 1

    def answer(self, what, body):
        handler = getattr(self, "_" + what, None)
        if handler is None:
            raise ApiError(404, "notFound", "no control " + what)
        return handler(body or {})

    def _times(self, body):
        for name, seconds in body.items():
            if not hasattr(self.world.times, name):
                raise invalid("no time is called " + name)
            setattr(self.world.times, name, seconds)
        return vars(self.world.times)

    def _limits(self, body):
        """{"stock": […], "region_quotas": {…}, "project_quotas": {…}, "calls_per_minute": {…}}"""
        limits = self.world.limits
        limits.stock = body.get("stock", limits.stock)
        for name in ("region_quotas", "project_quotas", "calls_per_minute"):
            getattr(limits, name).update(body.get(name, {}))
        return {"stock": limits.stock}

    def _access(self, body):
        """{"denied": [permission], "api_enabled": bool, "unreachable": [zone]}"""
        world = self.world
        world.denied_permissions = set(body.get("denied", world.denied_permissions))
        world.api_enabled = body.get("api_enabled", world.api_enabled)
        world.unreachable = set(body.get("unreachable", world.unreachable))
        return {}

    def _preempt(self, body):
        self.world.instances.preempt(body["path"])
        return {}

    def _power_off(self, body):
        self.world.instances.powered_off(body["path"])
        return {}

    def _calls(self, body):
        counted = dict(self.calls)
        if body.get("reset"):
            self.calls.clear()
        return counted
