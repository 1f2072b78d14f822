"""The scheduler's workers by name."""

import time

from .results import held_alone
from .taken import taken_in_s


class Workers:
    """What they do, as the routes show it, and draining them."""

    def __init__(self, scheduler, counts, drains, retirement):
        self.scheduler = scheduler
        self.counts = counts
        self.drains = drains
        self.retirement = retirement

    def describe(self):
        """The workers as /xcore/status shows them."""
        now = time.time()
        return [
            {
                "name": str(ws.name),
                "address": ws.address,
                "status": ws.status.name,
                "nthreads": ws.nthreads,
                "processing": len(ws.processing),
                "executing": self.drains.executing(ws),
                "completed": self.counts.completed_on.get(ws.address, 0),
                "memory_bytes": ws.metrics.get("memory"),
                "cpu_percent": ws.metrics.get("cpu"),
                "resources": dict(ws.resources),
                "last_seen_s": round(max(0, now - ws.last_seen), 3),
                "holds_results": held_alone(ws),
                "held_bytes": ws.nbytes,
                "taken_in_s": taken_in_s(ws),
            }
            for ws in self.scheduler.workers.values()
        ]

    def drain(self, names, drain):
        """`drained` are those of the names that take no new tasks now, `undrained` those brought back."""
        workers = {str(ws.name): ws for ws in self.scheduler.workers.values()}
        answer = {"drained": [], "undrained": [], "unknown": []}
        for name in names:
            ws = workers.get(name)
            if ws is None:
                answer["unknown"].append(name)
            elif drain or self.retirement.is_leaving(ws):
                self.drains.begin(ws)
                answer["drained"].append(name)
            else:
                self.drains.end(ws)
                answer["undrained"].append(name)
        return answer
