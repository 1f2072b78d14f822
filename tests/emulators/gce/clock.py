"""What happens later: events in the order of their times, each run once it is due."""

import heapq
import itertools
import threading
import time


class Agenda:
    """Events to come. `run_due` is called by the server's loop and before each answer; all of it under one lock."""

    def __init__(self, now=time.monotonic):
        self.now = now
        self.lock = threading.RLock()
        self._events = []
        self._order = itertools.count()

    def after(self, seconds, event):
        """Has `event` called in so many seconds."""
        with self.lock:
            heapq.heappush(self._events, (self.now() + seconds, next(self._order), event))

    def run_due(self):
        with self.lock:
            while self._events and self._events[0][0] <= self.now():
                heapq.heappop(self._events)[2]()
