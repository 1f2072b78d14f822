"""The scheduler preload without workers: demand that Dask's own figures do not show, and how long its clients wait."""

import asyncio
import time

import pytest
from conftest import ScatteringClient
from preload_harness import START_S, Cluster, wait_until

DASK_SCATTER_TIMEOUT_S = 30  # a client's own, when nothing is set: distributed.comm.timeouts.connect


def test_tasks_that_no_worker_can_run_are_runnable_by_resources(zero):
    with zero.client() as client:
        plain = client.map(lambda x: x, range(5))
        gpu = client.map(lambda x: -x, range(3), resources={"GPU": 1})
        both = client.submit(sum, [1, 2], resources={"GPU": 1, "RAM": 2})
        chained = client.submit(len, plain)
        status = wait_until(lambda: has(zero.status(), waiting=1), "the tasks arrived")
        assert status["runnable"] == [
            {"resources": {}, "count": 5},
            {"resources": {"GPU": 1}, "count": 3},
            {"resources": {"GPU": 1, "RAM": 2}, "count": 1},
        ]
        assert status["tasks"]["queued"] + status["tasks"]["no_worker"] == 9
        assert status["clients"].count(client.id) == 1

        client.cancel(gpu)
        wait_until(lambda: count_of(zero.status(), {"GPU": 1}) == 0, "cancelled tasks are no demand")
        del both, chained, plain
    wait_until(lambda: not any(zero.status()["tasks"].values()), "tasks of a client that went are no demand")
    assert zero.status()["runnable"] == []
    assert client.id not in zero.status()["clients"]


def test_tasks_bound_to_absent_hosts_are_stranded_and_not_runnable(zero):
    with zero.client() as client:
        bound = client.map(lambda x: x, range(2), workers=["host-a"])
        either = client.submit(sum, [1], workers=["host-b", "host-a"])
        address = client.submit(sum, [2], workers=["tls://127.0.0.1:1"])
        loose = client.submit(sum, [3], workers=["host-c"], allow_other_workers=True)
        status = wait_until(lambda: has(zero.status(), no_worker=5), "the tasks arrived")
        assert status["stranded"] == [
            {"restriction": "host-a", "count": 2},
            {"restriction": "host-a, host-b", "count": 1},
            {"restriction": "tls://127.0.0.1:1", "count": 1},
        ]
        assert status["runnable"] == [{"resources": {}, "count": 1}]
        del bound, either, address, loose
    wait_until(lambda: not zero.status()["stranded"], "they went with their client")


def test_scatter_of_a_connected_client_is_pending_until_the_client_goes(zero):
    pending = wait_until(lambda: zero.status()["pending_scatters"], "the stock client scatters")
    assert pending == 1
    killed = ScatteringClient(zero)
    try:
        with zero.client(set_as_default=False) as leaving:
            leaving.loop.add_callback(lambda: swallow(leaving._scatter("x" * 100_000, timeout=1)))
            wait_until(lambda: zero.status()["pending_scatters"] == 3, "all three wait")
            assert zero.status()["tasks"]["memory"] == 0
        wait_until(lambda: zero.status()["pending_scatters"] == 2, "a client that left does not wait")
    finally:
        killed.kill()
    wait_until(lambda: zero.status()["pending_scatters"] == 1, "a client that died does not wait")
    assert zero.scattering.process.poll() is None


async def swallow(scatter):
    try:
        await scatter
    except Exception:
        pass  # its client is closed while it waits


def test_scatter_gives_up_after_the_configured_time_and_not_before(certificates, tmp_path):
    cluster = Cluster(tmp_path / "hasty", certificates, scatter_timeout_s=1)
    try:
        with cluster.start().client() as client:
            started = time.monotonic()
            with pytest.raises((TimeoutError, asyncio.TimeoutError), match="No worker joined within 1 s"):
                client.scatter("x", timeout=0.1)
            assert time.monotonic() - started >= 1
            started = time.monotonic()
            with pytest.raises((TimeoutError, asyncio.TimeoutError), match="No worker joined within 2 s"):
                client.scatter("x", timeout=2)
            assert cluster.status()["pending_scatters"] == 0
    finally:
        cluster.end()


def test_stock_client_scatters_3_mb_from_zero_workers_beyond_dasks_own_timeout(zero):
    """The last test of this file: it gives the cluster its worker."""
    waited = DASK_SCATTER_TIMEOUT_S + 4 - (time.monotonic() - zero.scattering.started())
    time.sleep(max(0, waited))  # the one wait for its own sake: it is what is shown here
    assert zero.scattering.process.poll() is None, zero.scattering.process.communicate()
    assert zero.status()["pending_scatters"] == 1
    zero.start_workers("worker-0")
    printed, said = zero.scattering.process.communicate(timeout=START_S)
    assert zero.scattering.process.returncode == 0, said
    size, seconds = map(float, printed.split())
    assert size == 3_000_000 and seconds > DASK_SCATTER_TIMEOUT_S
    wait_until(lambda: zero.status()["pending_scatters"] == 0, "nobody waits any more")


def has(status, **tasks):
    return status if all(status["tasks"][state] == count for state, count in tasks.items()) else None


def count_of(status, resources):
    return sum(group["count"] for group in status["runnable"] if group["resources"] == resources)
