"""The scheduler's own end, when nobody needs it any more."""

import logging
import os
import signal
import threading

END_WITHIN_S = 30

logger = logging.getLogger("distributed.xcore")


class Ending:
    """Ends the process when there was neither lease nor client nor running task for `timeout_s`.

    On an instance the switch powers off on what is left in the node's state; on a person's own machine that is all.
    """

    def __init__(self, scheduler, lease, state, timeout_s):
        self.scheduler = scheduler
        self.lease = lease
        self.state = state
        self.timeout_s = timeout_s
        self.alone_s = 0.0
        self._ended = False

    def beat(self, passed_s):
        self.state.alive()
        self.alone_s = 0.0 if self._is_needed() else self.alone_s + passed_s
        if self.alone_s >= self.timeout_s and not self._ended:
            self._ended = True
            self._end()

    def ends_in_s(self):
        """Seconds until the end; None while somebody needs the scheduler."""
        return None if self._is_needed() else round(max(0.0, self.timeout_s - self.alone_s), 3)

    def _is_needed(self):
        scheduler = self.scheduler
        return (
            self.lease.is_held()
            or any(client in scheduler.client_comms for client in scheduler.clients)
            or any(ws.processing for ws in scheduler.workers.values())
        )

    def _end(self):
        why = "neither daemon nor client for %g s" % self.timeout_s
        logger.warning("The scheduler ends: %s", why)
        self.state.over("orphaned: " + why)
        os.kill(os.getpid(), signal.SIGTERM)
        last_resort = threading.Timer(END_WITHIN_S, os._exit, (1,))
        last_resort.daemon = True
        last_resort.start()
