"""Time for which this process was awake."""

import time

GAP_S = 5  # a loop that was away for longer was not busy: its machine was asleep, or it was stopped
SETTLED_AFTER_S = 60  # by then everything that was asleep with it has been heard from again


class AwakeClock:
    """Is read every `beat_s` seconds, and counts no more than two of them from one reading to the
    next.

    So what could not be done while the machine was asleep does not become overdue the moment it
    wakes. Both clocks are read: the monotonic one stands still while Linux sleeps, and goes on
    while a process is stopped.
    """

    def __init__(self, beat_s):
        self.beat_s = beat_s
        self._read_at = self._clocks()
        self._unsettled_s = 0.0

    @staticmethod
    def _clocks():
        return time.monotonic(), time.time()

    def _away_s(self):
        return max(now - then for now, then in zip(self._clocks(), self._read_at))

    def passed_s(self):
        """Seconds awake since the last call."""
        away_s = self._away_s()
        monotonic_s = time.monotonic() - self._read_at[0]
        self._read_at = self._clocks()
        awake_s = min(monotonic_s, 2 * self.beat_s)
        self._unsettled_s = SETTLED_AFTER_S if away_s > GAP_S else max(0.0, self._unsettled_s - awake_s)
        return awake_s

    def is_settled(self):
        """False for a while after a gap: that a worker was not heard from proves nothing."""
        return not self._unsettled_s and self._away_s() <= GAP_S


def keep_workers_that_slept(scheduler, clock):
    """Dask removes workers whose last heartbeat is five minutes old by the wall clock; after a
    night all are."""
    check = scheduler.periodic_callbacks.get("worker-ttl")
    if check is None:
        return
    plain = check.callback

    async def check_worker_ttl():
        if clock.is_settled():
            await plain()

    check.callback = check_worker_ttl
