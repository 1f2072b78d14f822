"""Scatters to a cluster without workers: a client that sends its input first has no task yet that
would start one."""

import asyncio
import time


class Scatters:
    """Lets a client's scatter wait for the first worker as long as one may take to boot, and counts
    those that wait."""

    POLL_S = 0.1
    SENDING_S = 300  # then Dask has given up a worker that does not answer, and the client may try again

    def __init__(self, scheduler, settings):
        self.scheduler = scheduler
        self.settings = settings
        self._sent = []  # (client, when) of scatters whose data is on its way, but in no worker's has_what yet
        self._waiting = []
        self._plain = scheduler.handlers["scatter"]
        scheduler.handlers["scatter"] = self.scatter

    @property
    def sending(self):
        """Is there data on its way to a worker?"""
        now = time.monotonic()
        return any(now < sent + self.SENDING_S and self._is_connected(client) for client, sent in self._sent)

    def pending(self):
        return sum(map(self._is_connected, self._waiting))

    def _is_connected(self, client):
        return client in self.scheduler.clients and client in self.scheduler.client_comms

    async def scatter(self, client=None, timeout=2, **kwargs):
        if self._is_connected(client) and not self.scheduler.running:
            await self._first_worker(client, max(timeout, self.settings.scatter_timeout_s))
        sent = (client, time.monotonic())
        self._sent.append(sent)
        try:
            return await self._plain(client=client, timeout=timeout, **kwargs)
        finally:
            self._sent.remove(sent)

    async def _first_worker(self, client, timeout_s):
        deadline = time.monotonic() + timeout_s
        self._waiting.append(client)
        try:
            while not self.scheduler.running:
                if not self._is_connected(client):
                    raise RuntimeError("The client left before a worker was there")
                if time.monotonic() > deadline:
                    raise asyncio.TimeoutError("No worker joined within %g s" % timeout_s)
                await asyncio.sleep(self.POLL_S)
        finally:
            self._waiting.remove(client)
