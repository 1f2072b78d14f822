"""What an instance is billed for: the seconds that it ran, and those that it had a disk."""

import math
from dataclasses import dataclass, field


@dataclass
class Usage:
    """Times in seconds, by whichever clock the cloud goes."""

    launched_at: float
    runs: list = field(default_factory=list)
    """[from, to] of each time that it ran; to is None while it runs."""
    released_at: float | None = None
    """When its disk was."""
    disk_gb: int = 0

    def running(self, at):
        if not self.runs or self.runs[-1][1] is not None:
            self.runs.append([at, None])

    def not_running(self, at):
        if self.runs and self.runs[-1][1] is None:
            self.runs[-1][1] = at

    def released(self, at):
        self.not_running(at)
        self.released_at = at

    def aged(self, by_s):
        """As if it had been launched, and had begun to run, so much earlier."""
        self.launched_at -= by_s
        if self.runs:
            self.runs[0][0] -= by_s

    def line(self, now, minimum_s):
        """What is billed up to a time, where each run costs a minimum."""
        runs = [(end or now) - begin for begin, end in self.runs]
        return {
            "machine_s": sum(max(minimum_s, math.ceil(run)) for run in runs),
            "disk_s": math.ceil((self.released_at or now) - self.launched_at),
            "disk_gb": self.disk_gb,
            "is_over": self.released_at is not None,
        }
