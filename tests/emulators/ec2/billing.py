"""The bill that EC2 would write, instance by instance, in seconds; prices are the test's.

Usage is billed while an instance is `running`, and in no other state:
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
"in one-second increments, with a minimum of 60 seconds", each time it enters `running`: https://aws.amazon.com/ec2/pricing/on-demand/
A volume is billed until it is released: https://aws.amazon.com/ebs/pricing/
"""

import math
from dataclasses import dataclass, field

MINIMUM_S = 60


@dataclass
class Usage:
    """Times in seconds since 1970."""

    launched_at: float
    runs: list = field(default_factory=list)
    """[from, to] of each time that it ran; to is None while it runs."""
    released_at: float | None = None
    """When its volume was."""
    disk_gb: int = 0

    def running(self, at):
        if not self.runs or self.runs[-1][1] is not None:
            self.runs.append([at, None])

    def not_running(self, at):
        if self.runs and self.runs[-1][1] is None:
            self.runs[-1][1] = at

    def aged(self, by_s):
        """As if it had been launched, and had begun to run, so much earlier."""
        self.launched_at -= by_s
        if self.runs:
            self.runs[0][0] -= by_s


def line(instance, now):
    """One instance's line of the bill at a time."""
    usage = instance.usage
    runs = [(end or now) - begin for begin, end in usage.runs]
    return {
        "id": instance.id,
        "type": instance.instance_type,
        "market": instance.lifecycle or "on-demand",
        "machine_s": sum(max(MINIMUM_S, math.ceil(run)) for run in runs),
        "disk_s": math.ceil((usage.released_at or now) - usage.launched_at),
        "disk_gb": usage.disk_gb,
        "is_over": usage.released_at is not None,
    }
