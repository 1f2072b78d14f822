"""Workers without a task: those that `xcore scale` asks for, and those that a stock client waits for."""

import asyncio
import threading
from contextlib import suppress

import pytest
from preload_harness import Cluster, wait_until
from xcore_scheduler import worker_requests
from xcore_scheduler.worker_requests import WaitingClients, WorkerRequests

GRACE_S = 0.5


def test_request_is_kept_replaced_and_taken_back_by_pool(cluster):
    assert cluster.status()["requests"] == []
    first = cluster.post("scale", workers=4)
    assert first["replaced"] == 0
    assert [(r["pool"], r["workers"]) for r in first["requests"]] == [("default", 4)]
    assert 1200 < first["requests"][0]["left_s"] <= 1800, "half an hour, where nothing is said"
    both = cluster.post("scale", workers=1, pool="gpu", for_s=60)
    assert [(r["pool"], r["workers"]) for r in both["requests"]] == [("default", 4), ("gpu", 1)]
    assert cluster.post("scale", workers=2, for_s=90)["replaced"] == 4
    shown = {r["pool"]: r for r in cluster.status()["requests"]}
    assert shown["default"]["workers"] == 2 and shown["default"]["left_s"] <= 90
    assert cluster.post("scale", workers=0)["replaced"] == 2
    assert cluster.post("scale", workers=0)["replaced"] == 0
    assert [r["pool"] for r in cluster.status()["requests"]] == ["gpu"]
    assert cluster.post("scale", workers=0, pool="gpu")["requests"] == []


def test_request_ends_by_itself(cluster):
    cluster.post("scale", workers=3, for_s=1)
    wait_until(lambda: not cluster.status()["requests"], "its time is over", 60)
    assert cluster.post("scale", workers=0)["replaced"] == 0


def test_request_keeps_no_worker_without_a_daemon(certificates, tmp_path):
    cluster = Cluster(tmp_path / "alone", certificates, daemon_grace_s=GRACE_S).start()
    try:
        cluster.post("lease", daemon_id="a", ttl_s=600)
        cluster.start_workers("worker-0")
        cluster.post("scale", workers=1)
        cluster.post("lease", daemon_id="a", ttl_s=0)
        cluster.processes[1].wait(60)
        assert cluster.workers() == {} and cluster.status()["requests"]
    finally:
        cluster.end()


def test_stock_client_that_waits_for_workers_is_seen_until_it_has_them(cluster):
    with cluster.client() as waiting, cluster.client(set_as_default=False) as other:
        assert other.scheduler_info()["workers"] == {}
        arrived = threading.Event()

        def wait_for_two():
            waiting.wait_for_workers(2)
            arrived.set()

        threading.Thread(target=wait_for_two, daemon=True).start()
        # The longest comes first; a client that changes its connection may be there twice for a moment.
        first = wait_until(lambda: cluster.status()["waiting_clients"], "one of two waits", 60)[0]
        wait_until(
            lambda: [s for s in cluster.status()["waiting_clients"] if s > first + 4], "it goes on waiting", 60
        )  # longer than two of the questions that every client asks
        cluster.start_workers("worker-0")
        still = cluster.status()["waiting_clients"]
        assert still and not arrived.is_set()
        cluster.start_workers("worker-1")
        assert arrived.wait(60)
        wait_until(lambda: cluster.status()["waiting_clients"] == [], "it has what it waited for", 60)


def test_stock_client_that_goes_waits_no_longer(cluster):
    client = cluster.client(set_as_default=False)
    client.loop.add_callback(lambda: swallow(client._wait_for_workers(3)))
    wait_until(lambda: cluster.status()["waiting_clients"], "it waits", 60)
    client.close()
    wait_until(lambda: cluster.status()["waiting_clients"] == [], "it is gone", 60)


async def swallow(waiting):
    with suppress(Exception, asyncio.CancelledError):
        await waiting


# ---------------------------------------------------------------------------------------------------- parts


class Clock:
    def __init__(self, monkeypatch):
        self.now = 100.0
        monkeypatch.setattr(worker_requests.time, "monotonic", lambda: self.now)


class Comm:
    def __init__(self):
        self.is_closed = False

    def closed(self):
        return self.is_closed


class Scheduler:
    def __init__(self, clients):
        self.handlers = {"identity": lambda **kwargs: {"asked": kwargs}}
        self.client_comms = dict.fromkeys(range(clients))


PACES = [
    # seconds between two questions, how many, what else is asked, whether it waits
    (0.1, 12, {}, True),
    (0.1, 12, {"n_workers": -1}, True),
    (0.5, 5, {}, True),  # over a slow way
    (0.1, 5, {}, False),  # someone looks a few times
    (0.1, 100, {"n_workers": 5}, False),  # a newer client's periodic question, however often
    (2.0, 100, {}, False),  # an older client's
]


@pytest.mark.parametrize("every_s, times, arguments, waits", PACES)
def test_client_waits_by_the_pace_of_its_questions(monkeypatch, every_s, times, arguments, waits):
    clock, scheduler, comm = Clock(monkeypatch), Scheduler(clients=1), Comm()
    found = WaitingClients(scheduler)
    for _ in range(times):
        assert scheduler.handlers["identity"](comm, **arguments) == {"asked": arguments}
        clock.now += every_s
    assert found.waiting_s() == ([round(every_s * times, 3)] if waits else [])
    clock.now += found.GONE_AFTER_S
    assert found.waiting_s() == []


def test_waiting_is_counted_by_connection_and_never_more_than_there_are_clients(monkeypatch):
    clock, scheduler, comms = Clock(monkeypatch), Scheduler(clients=2), [Comm(), Comm(), Comm()]
    found = WaitingClients(scheduler)
    for round_ in range(20):
        for comm in comms[: 1 + round_ // 4]:
            scheduler.handlers["identity"](comm)
        clock.now += 0.1
    assert scheduler.handlers["identity"]() == {"asked": {}}, "as the scheduler asks itself"
    assert found.waiting_s() == [2.0, 1.6]
    comms[0].is_closed = True
    assert found.waiting_s() == [1.6, 1.2]
    scheduler.client_comms.clear()
    assert found.waiting_s() == []


def test_time_of_a_request_is_counted_from_when_it_was_last_asked_for(monkeypatch):
    clock, requests = Clock(monkeypatch), WorkerRequests()
    assert requests.ask("default", 2, 10) == 0
    clock.now += 9
    assert requests.ask("default", 2, 10) == 2
    clock.now += 9.5
    assert requests.describe() == [{"pool": "default", "workers": 2, "left_s": 0.5}]
    clock.now += 0.5
    assert requests.describe() == [] and requests.ask("default", 1, 10) == 0
