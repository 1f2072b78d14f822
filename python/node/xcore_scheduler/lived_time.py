"""Time as this process has lived through it."""

import time

GAP_S = 5  # a loop that was away for longer was not busy: its machine was asleep, or it was stopped
SETTLED_AFTER_S = 60  # by then everybody who was asleep with it has been heard again


class LivedTime:
    """A clock that is looked at every `beat_s` seconds and counts no more than two of them from look to look.

    So what nobody could do while the machine was asleep does not become overdue the moment it wakes. Both clocks are
    asked: the monotonic one stands still while Linux sleeps, and goes on while a process is stopped.
    """

    def __init__(self, beat_s):
        self.beat_s = beat_s
        self._looked = self._clocks()
        self._unsettled_s = 0.0

    @staticmethod
    def _clocks():
        return time.monotonic(), time.time()

    def _away_s(self):
        return max(now - then for now, then in zip(self._clocks(), self._looked))

    def look(self):
        """Seconds that have been lived since the last look."""
        away_s = self._away_s()
        monotonic_s = time.monotonic() - self._looked[0]
        self._looked = self._clocks()
        lived_s = min(monotonic_s, 2 * self.beat_s)
        self._unsettled_s = SETTLED_AFTER_S if away_s > GAP_S else max(0.0, self._unsettled_s - lived_s)
        return lived_s

    def is_settled(self):
        """False for a while after a gap: that somebody was not heard of proves nothing."""
        return not self._unsettled_s and self._away_s() <= GAP_S


def spare_the_sleepers(scheduler, lived):
    """Dask removes workers whose last word is five minutes old by the wall clock; after a night all are."""
    check = scheduler.periodic_callbacks.get("worker-ttl")
    if check is None:
        return
    plain = check.callback

    async def check_worker_ttl():
        if lived.is_settled():
            await plain()

    check.callback = check_worker_ttl
