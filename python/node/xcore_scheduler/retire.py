"""Workers that leave: never a busy one, never a lost result."""

import asyncio
import time

from .results import FIRE_AND_FORGET, is_needed


class Retirement:
    """Hands a worker's results over, and closes it."""

    def __init__(self, scheduler, drains, scatters):
        self.scheduler = scheduler
        self.drains = drains
        self.scatters = scatters
        self._leaving = {}  # WorkerState -> the future {WorkerState: "retired" | "kept" | "unknown"} of its retirement
        self._one_at_a_time = asyncio.Lock()

    def is_leaving(self, ws):
        return ws in self._leaving

    def is_busy(self, ws):
        """A scatter that is on its way may be for any worker."""
        return bool(ws.processing or self.scatters.sending)

    async def retire(self, names, force):
        """Nothing is awaited between the look at a worker's tasks and the moment from which it gets no more."""
        workers = {str(ws.name): ws for ws in self.scheduler.workers.values()}
        answer = {"retired": [], "busy": [], "kept": [], "unknown": []}
        chosen = []
        for name in names:
            ws = workers.get(name)
            if ws is None:
                answer["unknown"].append(name)
            elif not self.is_leaving(ws) and not force and self.is_busy(ws):
                answer["busy"].append(name)
            else:
                chosen.append((name, ws))
        self._start_leaving([ws for _, ws in chosen if not self.is_leaving(ws)])
        for name, ws, outcome in [(name, ws, self._leaving.get(ws)) for name, ws in chosen]:
            answer[(await outcome)[ws] if outcome else "kept"].append(name)
        return answer

    def _start_leaving(self, going):
        """In self._leaving afterwards: all of them but one that must stay."""
        self._release_unneeded(going)
        stays = None if self._one_at_a_time.locked() else self._last_resort(going)
        if stays:  # decided now, it never stops taking tasks
            going.remove(stays)
            self.drains.end(stays)
        if going:
            for ws in going:
                self.drains.begin(ws)
            self._leaving.update(dict.fromkeys(going, asyncio.ensure_future(self._hand_over(going))))

    async def _hand_over(self, going):
        """{WorkerState: "retired", "kept" or "unknown" (gone by itself)}; who is kept takes tasks again."""
        outcome = dict.fromkeys(going, "unknown")
        try:
            # Two at once could each take the other for the one that stays, or hand results to one that leaves.
            async with self._one_at_a_time:
                leaving = [ws for ws in going if self._is_here(ws)]
                stays = self._last_resort(leaving)
                if stays:
                    leaving.remove(stays)
                    self.drains.end(stays)
                addresses = [ws.address for ws in leaving]
                retired = await self.scheduler.retire_workers(workers=addresses, close_workers=True, remove=True)
                outcome.update((ws, "retired") for ws in leaving if ws.address in retired)
        finally:
            for ws in going:
                self._leaving.pop(ws, None)
                if self._is_here(ws):
                    outcome[ws] = "kept"
                    self.drains.end(ws)
        return outcome

    def _release_unneeded(self, going):
        """Dask would keep a worker for a result that was forgotten only after it was there."""
        keys = [ts.key for ws in going for ts in ws.has_what if not is_needed(ts)]
        if keys and FIRE_AND_FORGET in self.scheduler.clients:
            self.scheduler.client_releases_keys(keys=keys, client=FIRE_AND_FORGET, stimulus_id="xcore-%s" % time.time())

    def _is_here(self, ws):
        return self.scheduler.workers.get(ws.address) is ws

    def _last_resort(self, leaving):
        """With nobody else to hand results to, Dask would keep all these workers: one of them is enough."""
        group = set(leaving)
        if self.scheduler.running - group:
            return None
        holders = [ws for ws in leaving if any(group.issuperset(ts.who_has or ()) for ts in ws.has_what)]
        return max(holders, key=lambda ws: ws.nbytes, default=None)
