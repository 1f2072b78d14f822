"""What users and workers send to Dask as a number, a name or a text: one odd value costs no more than itself."""

import json
import random
import time
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import contract
import dask
import distributed
import pytest
from distributed import get_worker
from distributed.core import Status
from distributed.protocol import dumps
from distributed.worker import thread_state
from preload_harness import START_S, tell_metric, wait_until

from xcore_scheduler.balance import Balance  # noqa: I001
from xcore_scheduler.messages import json_text
from xcore_scheduler.mistyped import Mistyped, finite_amount, finite_number, needs_of, sendable_number
from xcore_scheduler.status import Workers
from xcore_scheduler.task_counts import TaskCounts

NONE = [True, False, "1", None, -1, float("nan"), float("inf"), [1], {}, (), b"1", 10**400, 1j, object()]


class Stub:
    def __init__(self, **values):
        vars(self).update(values)


class Evil:
    """Of a class of the user's."""

    def __repr__(self):
        raise RuntimeError("no")


def strict(text):
    """JSON as other languages read it."""

    def refuse(constant):
        raise AssertionError("%s is no JSON" % constant)

    return json.loads(text, parse_constant=refuse)


def task(resources, name="train-1"):
    return Stub(
        key=name, state="queued", prefix=Stub(name=name), resource_restrictions=resources,
        loose_restrictions=False, host_restrictions=None, worker_restrictions=None,
    )  # fmt: skip


@pytest.mark.parametrize("value", NONE + [Evil()])
def test_what_is_no_amount_is_named_in_one_line(value):
    needs = needs_of(task({"GPU": value, "MEMORY": 1}))
    assert isinstance(needs, Mistyped) and needs.function == "train-1"
    assert 0 < len(needs.needs) <= 80 and needs.needs.isprintable()


def test_amounts_are_plain_numbers():
    assert needs_of(task({"b": 0, "a": 0.5})) == (("a", 0.5), ("b", 0))
    assert needs_of(task(None)) == needs_of(task({})) == ()
    assert [finite_number(-1.5), finite_amount(-1.5), finite_amount(3)] == [-1.5, None, 3]


def test_answer_is_json_that_any_reader_takes_whatever_is_in_it():
    found = strict(json_text({"a": float("nan"), "b": [float("inf"), {1: object}], "c": "\ud800\n", "d": (1, 2.5)}))
    assert (found["a"], found["b"][0], found["d"]) == (None, None, [1, 2.5])
    assert strict(json_text({"c": "é"})) == {"c": "é"}


def odd_text(rng):
    text = rng.choice(["a", "\n", "\x1b[2J", "\r\b", "\ud800", "\u202e", "é", "😀", '"', "\\", "</", "__proto__", "\0", "-"])
    return text * rng.choice([0, 1, 1, 2, 10_000])


def odd_value(rng, depth=0):
    if depth < 40 and rng.random() < 0.5:
        inner = odd_value(rng, depth + 1)
        return rng.choice([[inner], (inner,), {odd_text(rng): inner}])
    return rng.choice([*NONE, Evil(), 0, 1, 0.5, 1e-300, 2**70, odd_text(rng)])


class FakeScheduler:
    """What the parts of an answer read of a scheduler."""

    WORKERS = 3

    def __init__(self, rng):
        self.address, self.tasks, self.plugins = "tls://127.0.0.1:1", {}, {}
        self.handlers, self.stream_handlers, self.host_info = {}, {}, {}
        self.workers, self.queued, self.unrunnable = {}, set(), set()
        for number in range(self.WORKERS):
            address = "tls://127.0.0.1:%d" % number
            metrics = {key: odd_value(rng) for key in ("memory", "cpu", "xcore_taken_in_s", "xcore_lifetime_left_s")}
            self.workers[address] = Stub(
                name=rng.choice([odd_text(rng), number]), address=address, status=Status.running, nthreads=1, processing={},
                executing={}, long_running=set(), has_what={}, metrics=metrics, occupancy=0.0, last_seen=time.time(),
                memory_limit=odd_value(rng), nbytes=odd_value(rng), resources={},
            )  # fmt: skip

    def add_plugin(self, plugin, name):
        self.plugins[name] = plugin

    def update_data(self, who_has):
        pass

    def set_restrictions(self, worker):
        pass

    def coerce_hostname(self, host):
        return host


@pytest.mark.parametrize("seed", range(200))
def test_report_counts_good_tasks_beside_any_others(seed):
    rng = random.Random(seed)
    scheduler = FakeScheduler(rng)
    counts = TaskCounts(scheduler)
    drains = Stub(executing=lambda ws: 0)
    retirement = Stub(is_drained=lambda ws: False)
    workers = Workers(scheduler, counts, drains, Stub(of_all=lambda: {}), retirement)
    balance = Balance(scheduler, counts)
    for number in range(10):
        key = "%s-%d" % (odd_text(rng), number)
        scheduler.tasks[key] = task({rng.choice([odd_text(rng), 5]): odd_value(rng) for _ in range(rng.randrange(3))}, key)
        scheduler.tasks["good-%d" % number] = task(rng.choice([None, {"GPU": 1}]), "good")
    scheduler.queued.update(scheduler.tasks)
    # Some are assigned: all that is done with their needs must work with these, too.
    for number, odd in enumerate(scheduler.tasks.values()):
        if number % 2:
            odd.state, ws = "processing", rng.choice(list(scheduler.workers.values()))
            ws.processing[odd] = 1
            scheduler.queued.discard(odd.key)
    for key in scheduler.tasks:
        counts.transition(key, "waiting", "queued")
    assert counts.recounts == 0
    found = counts.read()
    bound = dict.fromkeys(scheduler.workers.values(), (0, 0))
    runnable = balance.runnable(found["runnable"], bound)
    answer = strict(json_text(dict(found, runnable=runnable, workers=workers.describe({}, {ws: {} for ws in workers.scheduler.workers.values()}))))
    schema = contract.schema_file("status")["properties"]["answer"]["properties"]
    for part in ("tasks", "runnable", "mistyped", "stranded", "workers"):
        contract.check(schema[part], answer[part], "status", part)
    told = sum(group["count"] for group in answer["runnable"]) + sum(group["count"] for group in answer["mistyped"])
    assert told == len(scheduler.tasks)
    assert {name for name in (group["function"] for group in answer["mistyped"]) if not name.isprintable()} == set()


def test_mistyped_task_an_odd_worker_and_odd_metrics_stop_nothing_else(cluster):
    cluster.start_workers("worker-0", resources="GPU=1")
    with cluster.client() as client, cluster.client() as other:
        odd = [
            client.submit(abs, number, resources={"GPU": value}, pure=False)
            for number, value in enumerate([True, "1", None, -1, float("nan"), float("inf")])
        ]
        tell_metric(client, "worker-0", "xcore_taken_in_s", "soon")
        tell_metric(client, "worker-0", "xcore_lifetime_left_s", float("nan"))
        status = wait_until(lambda: all_mistyped(cluster, len(odd)), "they are told of")
        assert {group["needs"] for group in status["mistyped"]} == {
            "GPU=True", "GPU='1'", "GPU=None", "GPU=-1", "GPU=nan", "GPU=inf",
        }  # fmt: skip
        assert all(group["function"] == "abs" for group in status["mistyped"])

        def more_resources(dask_scheduler):
            address = next(iter(dask_scheduler.workers))
            dask_scheduler.handlers["set_resources"](worker=address, resources={"GPU": "many", "DISK": 2, "X": float("nan")})
            return dict(dask_scheduler.workers[address].resources)

        assert client.run_on_scheduler(more_resources) == {"GPU": 1, "DISK": 2}
        good = other.map(abs, range(20), resources={"GPU": 1})
        assert other.gather(good) == list(range(20))
        # A worker that joins while they wait is taken, and runs others' tasks.
        cluster.start_workers("worker-1", resources="GPU=1")
        assert other.submit(abs, -5, resources={"GPU": 1}, workers=["worker-1"]).result(START_S) == 5
        wait_until(lambda: client.run_on_scheduler(told_metric) == "soon", "a heartbeat told of the metrics")
        worker = cluster.workers()["worker-0"]
        assert (worker["taken_in_s"], worker["lifetime_left_s"]) == (None, None)
        client.cancel(odd)
        wait_until(lambda: not cluster.status()["mistyped"], "they are cancelled")


PICKLES_ANNOTATIONS = tuple(int(part) for part in distributed.__version__.split(".")[:2]) >= (2023, 4)


@pytest.mark.skipif(not PICKLES_ANNOTATIONS, reason="this Dask's client cannot send them either")
def test_priority_and_annotations_that_cannot_be_sent_cost_no_worker(cluster):
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        before = set(client.scheduler_info()["workers"])
        odd = [client.submit(abs, -5, priority=value, pure=False) for value in (-(10**30), 10**400, True, 0.5)]
        for value in (10**30, "\ud800", {"a": [2**70]}):
            with dask.annotate(odd=value):
                odd.append(client.submit(abs, -5, pure=False))
        with dask.annotate(odd="even"):
            odd.append(client.submit(own_annotation, pure=False))
        assert client.gather(odd) == [5] * 7 + ["even"]
        assert set(client.scheduler_info()["workers"]) == before


def own_annotation():
    return get_worker().state.tasks[thread_state.key].annotations["odd"]


def test_numbers_are_sent_as_the_nearest_that_can_be():
    found = [sendable_number(value) for value in (7, 2.5, True, 10**30, -(10**30), Decimal(1), Fraction(10**400), "1", None)]
    assert found == [7, 2.5, 1, 2**64 - 1, -(2**63), 0, 0, 0, 0]
    dumps(found)


def all_mistyped(cluster, count):
    status = cluster.status()
    return status if sum(group["count"] for group in status["mistyped"]) == count else None


def told_metric(dask_scheduler):
    return next(ws.metrics.get("xcore_taken_in_s") for ws in dask_scheduler.workers.values() if ws.name == "worker-0")


@pytest.mark.parametrize("seed", range(4))
def test_report_stays_true_with_any_keys_names_and_values_that_dask_accepts(cluster, seed):
    rng = random.Random(seed)
    with cluster.client() as client, cluster.client(name="".join(c for c in odd_text(rng) if c.isprintable())[:50]):
        futures = []
        for number in range(12):
            key, resources = "%s-%d" % (odd_text(rng), number), {odd_text(rng): odd_value(rng)}
            # What Dask cannot send ends the client's connection, and is none of the scheduler's business.
            with suppress(Exception):
                dumps({"key": key, "resources": resources})
                futures.append(client.submit(abs, number, key=key, resources=resources))
        assert futures
        good = client.map(abs, range(30), key=["good-%d" % number for number in range(30)], resources={"NOWHERE": 1})
        status = wait_until(lambda: with_good(cluster), "the good ones are counted")
        assert strict(json.dumps(status)) and {"resources": {"NOWHERE": 1}, "count": 30} in status["runnable"]
        client.cancel(futures + good)


def with_good(cluster):
    status = cluster.status()
    return status if {"resources": {"NOWHERE": 1}, "count": 30} in status["runnable"] else None

