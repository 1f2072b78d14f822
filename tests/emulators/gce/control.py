"""The other side of the emulation: what a test sets and reads, as JSON at /_control/…"""

import collections

from .errors import ApiError, invalid, rate_limited


def kind_of(method, path):
    """`POST instances/bulkInsert`, `GET aggregated/instances`: a call without the names in it."""
    parts = path.split("/")
    if len(parts) < 4:
        return method + " project"
    if parts[2] == "aggregated":
        return method + " aggregated/" + parts[3]
    named = 3 if parts[2] == "global" else 4
    kept = parts[named:named + 1] + [part for part in parts[named + 1:] if part in ("bulkInsert", "setLabels")]
    return method + " " + "/".join(kept)


class Control:
    def __init__(self, world, access):
        self.world, self.access = world, access
        self.calls = collections.Counter()

    def meet(self, method, path):
        """Counts a call, and refuses it if the test has said so."""
        kind = kind_of(method, path)
        self.calls[kind] += 1
        if kind in self.world.throttled:
            self.world.throttled.discard(kind)
            raise rate_limited("queries")

    def lose(self, method, path):
        """True once for a launch whose answer is to be lost."""
        lost = self.world.loses_answer and kind_of(method, path) == "POST instances/bulkInsert"
        self.world.loses_answer = self.world.loses_answer and not lost
        return lost

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
        """{"stock": […], "only_names": […], "hides_causes": bool, "preempts_at_once": bool, "region_quotas": {…}, "project_quotas": {…}, "calls_per_minute": {…}}"""
        limits = self.world.limits
        limits.stock = body.get("stock", limits.stock)
        for name in ("only_names", "hides_causes", "preempts_at_once"):
            setattr(limits, name, body.get(name, getattr(limits, name)))
        for name in ("region_quotas", "project_quotas", "calls_per_minute"):
            getattr(limits, name).update(body.get(name, {}))
        return {"stock": limits.stock}

    def _access(self, body):
        """{"denied": [permission], "granted": [permission beside the role's], "constraints": [name], "forbidden_types": [machine type], "unreachable": [zone], "accounts": {email: key}, "refresh_tokens": […],
        "api_enabled", "billing_enabled", "resource_manager_enabled", "os_login": bool}"""
        world = self.world
        world.denied_permissions = set(body.get("denied", world.denied_permissions))
        world.role.grant(body.get("granted", []))
        world.constraints = set(body.get("constraints", world.constraints))
        world.forbidden_types = set(body.get("forbidden_types", world.forbidden_types))
        for name in ("api_enabled", "billing_enabled", "resource_manager_enabled", "os_login"):
            setattr(world, name, body.get(name, getattr(world, name)))
        world.unreachable = set(body.get("unreachable", world.unreachable))
        self.access.accounts.update(body.get("accounts", {}))
        self.access.refresh_tokens.update(body.get("refresh_tokens", []))
        return {}

    def _profile(self, body):
        """{"name": a kind of project, as people have them}"""
        profiles = {
            # What a project has in its first days: https://cloud.google.com/compute/resource-usage, as users quote it.
            "new_project": {"region_quotas": {"CPUS": 8.0, "IN_USE_ADDRESSES": 4.0, "SSD_TOTAL_GB": 250.0},
                            "project_quotas": {"CPUS_ALL_REGIONS": 12.0, "GPUS_ALL_REGIONS": 0.0}},
            "stock_out": {"stock": [{"zone": "us-central1-a", "left": 0}], "hides_causes": True},
        }
        access = {
            "new_project": {"resource_manager_enabled": False},
            "institute": {"constraints": ["compute.vmExternalIpAccess"], "os_login": True},
            "silent_zone": {"unreachable": ["europe-west4-b"]},
        }
        self._limits(profiles.get(body["name"], {}))
        return self._access(access.get(body["name"], {}))

    def _trouble(self, body):
        """{"throttle": kind of call, "lose_answer": bool, "hide_new": bool}"""
        world = self.world
        world.throttled |= {body["throttle"]} if "throttle" in body else set()
        world.loses_answer = body.get("lose_answer", world.loses_answer)
        world.hides_new = body.get("hide_new", world.hides_new)
        return {}

    def _preempt(self, body):
        self.world.instances.preempt(body["path"])
        return {}

    def _print(self, body):
        self.world.instances.print(body["path"], body["text"])
        return {}

    def _power_off(self, body):
        self.world.instances.powered_off(body["path"])
        return {}

    def _age(self, body):
        self.world.instances.age(body["path"], body["by_s"])
        return {}

    def _bill(self, body):
        """What is billed up to now: [{id: path, type, market, machine_s, disk_s, disk_gb, is_over}]."""
        return self.world.instances.bill()

    def _asked(self, body):
        """Which permissions were asked for: [{client, call}]."""
        return [{"client": client, "call": permission} for client, permission in sorted(self.world.role.asked)]

    def _calls(self, body):
        counted = dict(self.calls)
        if body.get("reset"):
            self.calls.clear()
        return counted

    def _throttled(self, body):
        """{"calls": how many were refused for their number}"""
        return {"calls": self.world.limits.throttled}
