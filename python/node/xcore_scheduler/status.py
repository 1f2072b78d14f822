"""What GET /xcore/status answers, but for the counts of tasks and the lease."""

import platform
import time
from contextlib import suppress
from importlib import metadata

from .kept_workers import held_alone
from .mistyped import finite_amount
from .retirement import lifetime_left_s, taken_in_s
from .task_record import NAME_SHOWN, one_line

LONG_WAIT_S = 10  # what waits for less is not worth a word
VERSIONED_PACKAGES = (
    "dask", "distributed", "cloudpickle", "msgpack", "tornado", "lz4", "numpy", "pandas", "crossflow",
)  # fmt: skip


class Versions:
    """This environment's, which is the workers' too."""

    def __init__(self, scheduler):
        self.scheduler = scheduler
        self.installed = installed_versions()

    def mismatches(self):
        """Versions in which connected clients differ."""
        return [
            {"client": name, "package": package, "client_version": theirs, "cluster_version": self.installed[package]}
            for name, client in self.scheduler.clients.items()
            if name in self.scheduler.client_comms
            for package, theirs in versions_of(client).items()
            if self._differs(package, theirs)
        ]

    def _differs(self, package, theirs):
        ours = self.installed.get(package)
        return bool(ours) and comparable(package, theirs) != comparable(package, ours)


def installed_versions():
    """{"python": "3.11.7", "dask": …}, null for what is not there; nothing is imported for it."""
    versions = {"python": platform.python_version()}
    for package in VERSIONED_PACKAGES:
        versions[package] = None
        with suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return versions


def versions_of(client):
    """What a client said of its own versions when it connected, in the form of
    `installed_versions`."""
    host, packages = (told if isinstance(told, dict) else {} for told in map(client.versions.get, ("host", "packages")))
    versions = {"python": ".".join(str(host["python"]).split(".")[:3])} if host.get("python") else {}
    told = {name: one_line(packages[name], NAME_SHOWN) for name in VERSIONED_PACKAGES if packages.get(name)}
    versions.update(told)
    return versions


def comparable(package, version):
    """Of Python the minor version alone matters: bytecode is the same within one."""
    return version.split(".")[:2] if package == "python" else version


class Workers:
    """The scheduler's workers, and what each does and holds."""

    def __init__(self, scheduler, counts, drains, kept_workers, retirement):
        self.scheduler = scheduler
        self.counts = counts
        self.drains = drains
        self.kept_workers = kept_workers
        self.retirement = retirement

    def describe(self, bound, runs):
        """A list of DaskWorker.

        :param bound: of `Balance.bound()`
        :param runs: {WorkerState: `functions_on` it}
        """
        now, kept = time.time(), self.kept_workers.of_all()
        return [
            {
                "name": str(ws.name),
                "address": ws.address,
                "status": ws.status.name,
                "nthreads": ws.nthreads,
                "processing": len(ws.processing),
                "executing": self.drains.executing(ws),
                "runs": {one_line(name, NAME_SHOWN): count for name, count in runs[ws].items()},
                "completed": self.counts.completed_on.get(ws.address, 0),
                "memory_bytes": finite_amount(ws.metrics.get("memory")),
                "memory_limit_bytes": finite_amount(ws.memory_limit) or None,
                "cpu_percent": finite_amount(ws.metrics.get("cpu")),
                "resources": dict(ws.resources),
                "last_seen_s": round(max(0, now - ws.last_seen), 3),
                "holds_results": held_alone(ws),
                "held_bytes": finite_amount(ws.nbytes) or 0,
                "taken_in_s": taken_in_s(ws),
                "lifetime_left_s": lifetime_left_s(ws),
                "bound_by_restriction": bound[ws][0] if ws in bound else 0,
                "bound_by_inputs": bound[ws][1] if ws in bound and ws.occupancy > LONG_WAIT_S else 0,
                "drained": self.retirement.is_drained(ws),
                "kept_by": kept[ws].code if ws in kept else None,
                "kept_reason": kept[ws].reason if ws in kept else None,
            }
            for ws in runs
        ]
