"""The scheduler preload's figures of demand: kept as tasks change, and always what a walk over all tasks would find."""

import asyncio
import pathlib
import random
import ssl
import sys
import threading
import time
import types

import contract
import pytest
from distributed import fire_and_forget, wait
from preload_harness import START_S, run_until, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python" / "node"))

from xcore_scheduler import demand  # noqa: E402
from xcore_scheduler.soon import blocker_of  # noqa: E402


WITHIN_S = 40
LONG_S = 1000  # a worker is killed after its test, whatever it does


def full_walk(dask_scheduler):
    """(what the preload says, what a walk over all tasks finds, how often the preload had to correct itself)."""
    states = ("released", "waiting", "queued", "no_worker", "processing", "memory", "erred")
    tasks, runnable, stranded = dict.fromkeys(states, 0), {}, {}
    hosts = {dask_scheduler.coerce_hostname(name) for name in dask_scheduler.aliases} | set(dask_scheduler.host_info)
    for ts in dask_scheduler.tasks.values():
        tasks[ts.state.replace("-", "_")] += 1
        if ts.state not in ("queued", "no-worker", "processing"):
            continue
        places = set(ts.host_restrictions or ()) | set(ts.worker_restrictions or ())
        known = hosts | set(dask_scheduler.aliases) | set(dask_scheduler.workers)
        if ts.state != "processing" and places and not ts.loose_restrictions and not places & known:
            key = ", ".join(sorted(ts.host_restrictions or ()) + sorted(ts.worker_restrictions or ()))
            stranded[key] = stranded.get(key, 0) + 1
        else:
            key = tuple(sorted((ts.resource_restrictions or {}).items()))
            runnable[key] = runnable.get(key, 0) + 1
    counts = dask_scheduler.plugins["xcore-counts"]
    walked = {
        "tasks": tasks,
        "runnable": [{"resources": dict(key), "count": n} for key, n in sorted(runnable.items())],
        "mistyped": [],
        "stranded": [{"restriction": key, "count": n} for key, n in sorted(stranded.items())],
    }
    runnable = sum(tasks[state] for state in ("queued", "no_worker", "processing"))
    return dict(counts.read(), all_runnable=counts.runnable), dict(walked, all_runnable=runnable), counts.recounts


def soon_by_walk(dask_scheduler):
    """(what the preload knows of running tasks that hold up others, what a walk over all tasks finds)."""
    soon = dask_scheduler.plugins["xcore-soon"]
    walked = {}
    for ts in dask_scheduler.tasks.values():
        if ts.state != "waiting" or len(ts.waiting_on or ()) != 1:
            continue
        (blocker,) = ts.waiting_on
        if blocker.state == "processing":
            groups = walked.setdefault(blocker.key, {})
            needs = tuple(sorted((ts.resource_restrictions or {}).items()))
            groups[needs] = groups.get(needs, 0) + 1
    return {key: dict(soon._blocked[key]) for key in soon._holding}, walked


def spin(x, seconds=0.0):
    time.sleep(seconds)
    return x


def fail(x):
    raise ValueError(x)


class Mess:
    """Two clients that do anything, at random."""

    def __init__(self, cluster, client, other, seed):
        self.cluster = cluster
        self.clients = [client, other]
        self.random = random.Random(seed)
        self.futures = []
        self.keys = 0

    def step(self):
        self.random.choice(
            [self.submit] * 6 + [self.release] * 2 + [
                self.cancel, self.chain, self.scatter, self.forget, self.again, self.bind, self.publish, self.retry,
            ]
        )()  # fmt: skip

    def client(self):
        return self.random.choice(self.clients)

    def some(self, count):
        return self.random.sample(self.futures, min(count, len(self.futures)))

    def options(self):
        return self.random.choice(
            [
                {}, {}, {}, {"resources": {"GPU": 1}}, {"resources": {"GPU": 1, "RAM": 5}}, {"workers": ["host-a"]},
                {"workers": ["worker-1"]}, {"workers": ["host-a", "worker-0"]}, {"retries": 1}, {"priority": 5},
                {"workers": ["host-b"], "allow_other_workers": True}, {"resources": {"GPU": 1}, "workers": ["host-a"]},
            ]
        )  # fmt: skip

    def submit(self):
        count, seconds = self.random.randint(1, 15), self.random.choice([0, 0, 0.005, 0.05])
        self.keys += 1
        keys = ["mess-%d-%d" % (self.keys, i) for i in range(count)]
        function = self.random.choice([spin, spin, spin, fail])
        arguments = {"seconds": seconds} if function is spin else {}
        self.futures += self.client().map(function, range(count), key=keys, **arguments, **self.options())

    def chain(self):
        client = self.client()
        for future in self.some(5):
            if future.client is client and not future.cancelled():
                self.keys += 1
                self.futures.append(client.submit(spin, future, key="chain-%d" % self.keys, **self.options()))

    def again(self):
        """The same key from another client, bound elsewhere: old versions bind a living task anew.

        Not with other resources: that makes 2022.12 itself lose count of a task that is processing.
        """
        for future in self.some(3):
            if future.key.startswith("mess-"):
                bound = self.random.choice([{}, {"workers": ["host-d"]}, {"workers": ["worker-0"]}])
                self.futures.append(self.client().submit(spin, 0, key=future.key, **bound))

    def bind(self):
        """Restrictions set on tasks that are there."""
        place = self.random.choice([["host-c"], ["tls://127.0.0.1:9"], ["host-a"]])
        keys = [future.key for future in self.some(10)]

        def set_them(dask_scheduler):
            known = {key: place for key in keys if key in dask_scheduler.tasks}
            dask_scheduler.set_restrictions(worker=known)

        self.client().run_on_scheduler(set_them)

    def scatter(self):
        self.keys += 1
        if self.cluster.workers():
            self.futures += self.client().scatter({"data-%d" % self.keys: "x" * 1000}).values()

    def forget(self):
        for future in self.some(3):
            if future.status == "pending":
                fire_and_forget(future)
        self.release()

    def publish(self):
        client = self.client()
        for future in [f for f in self.some(2) if f.client is client and f.status == "finished"]:
            client.publish_dataset(future, name="set-%s" % future.key, override=True)
        for name in list(client.list_datasets())[:1]:
            client.unpublish_dataset(name)

    def retry(self):
        client = self.client()
        client.retry([f for f in self.some(10) if f.client is client and f.status == "error"])

    def cancel(self):
        client = self.client()
        client.cancel([f for f in self.some(8) if f.client is client], force=self.random.random() < 0.3)

    def release(self):
        for future in self.some(12):
            self.futures.remove(future)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_counters_are_what_a_walk_over_all_tasks_finds(cluster, seed):
    cluster.start_workers("worker-0", resources="GPU=1", nthreads=2)
    cluster.start_workers("worker-1")
    seen = set()
    with cluster.client() as client, cluster.client(set_as_default=False) as other:
        mess = Mess(cluster, client, other, seed)

        def check():
            said, walked, recounts = client.run_on_scheduler(full_walk)
            assert said == walked
            assert recounts == 0
            said, walked_soon = client.run_on_scheduler(soon_by_walk)
            assert said == walked_soon
            seen.update("soon" for _ in walked_soon)
            seen.update(state for state, count in walked["tasks"].items() if count)
            seen.update("stranded" for _ in walked["stranded"])

        for number in range(60):
            mess.step()
            check()
            if number == 10:
                failing = client.submit(fail, 0, key="failing")
                wait(failing)
                check()
                slow = client.submit(spin, 0, seconds=5, key="slow")
                mess.futures += [slow, client.submit(spin, slow, key="needs-slow")]
                check()
            elif number == 20:
                cluster.start_workers("worker-2")
            elif number == 30:
                cluster.processes[-1].kill()
            elif number == 40:
                cluster.post("drain", names=["worker-1"])
            elif number == 50:
                cluster.post("drain", names=["worker-1"], drain=False)
        assert failing.status == "error"
        assert seen >= {"waiting", "no_worker", "processing", "memory", "erred", "stranded", "soon"}
        assert seen & {"queued", "released"}
        other.close()
        check()
        keys = client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.tasks))
        cluster.post("cancel", keys=keys)
        check()


def test_counters_start_anew_after_a_restart(cluster):
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        done = client.map(spin, range(5))
        wait(done)
        running = client.map(spin, range(5), seconds=0.5, key=["a", "b", "c", "d", "e"])
        bound = client.submit(spin, 1, key="bound", resources={"GPU": 1})
        wait_until(lambda: cluster.status()["tasks"]["no_worker"], "the tasks arrived")
        client.restart(wait_for_workers=False)
        said, walked, recounts = client.run_on_scheduler(full_walk)
        assert (said, recounts) == (walked, 0)
        assert not any(walked["tasks"].values())
        del done, running, bound
        cluster.start_workers("worker-1")
        assert client.submit(spin, 2).result(START_S) == 2
        assert cluster.workers()["worker-1"]["completed"] == 1


def test_counters_correct_themselves_when_dask_knows_better(cluster):
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        waiting = client.map(spin, range(4), resources={"GPU": 1})
        wait_until(lambda: cluster.status()["tasks"]["no_worker"] == 4, "the tasks arrived")

        def lose_track(dask_scheduler):
            dask_scheduler.plugins["xcore-counts"]._counted_as.clear()
            dask_scheduler.plugins["xcore-counts"]._counts.clear()

        client.run_on_scheduler(lose_track)
        said, walked, recounts = client.run_on_scheduler(full_walk)
        assert (said, recounts) == (walked, 1)
        assert said["runnable"] == [{"resources": {"GPU": 1}, "count": 4}]

        def dask_errs(dask_scheduler):
            counts, kept = dask_scheduler.plugins["xcore-counts"], dask_scheduler.unrunnable
            dask_scheduler.unrunnable = type(kept)()
            said = [counts.read()["tasks"]["no_worker"] for _ in range(5)]
            dask_scheduler.unrunnable = kept
            counts._no_recount_before = 0.0
            return said, counts.recounts

        assert client.run_on_scheduler(dask_errs) == ([4] * 5, 2), "one walk, not one an answer"
        client.run_on_scheduler(lambda dask_scheduler: setattr(dask_scheduler.plugins["xcore-counts"], "recounts", 0))
        client.cancel(waiting)


def test_twenty_gpu_tasks_on_one_gpu_worker_are_twenty_runnable(cluster):
    cluster.start_workers("worker-0", resources="GPU=1")
    with cluster.client() as client:
        futures = client.map(spin, range(20), seconds=LONG_S, resources={"GPU": 1})
        status = wait_until(lambda: full(cluster.status(), 20), "all are there")
        assert status["runnable"] == [{"resources": {"GPU": 1}, "count": 20}]
        assert status["tasks"]["processing"] == 20 and status["workers"][0]["processing"] == 20
        assert status["workers"][0]["resources"] == {"GPU": 1}
        client.cancel(futures)


def full(status, count):
    return status if sum(group["count"] for group in status["runnable"]) == count else None


def test_queued_tasks_stay_with_the_scheduler(cluster):
    """Worker saturation is 1.0: a worker is given what it can run."""
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        futures = client.map(spin, range(30), seconds=LONG_S)
        status = wait_until(lambda: full(cluster.status(), 30), "all are there")
        assert status["workers"][0]["processing"] == 1 and status["tasks"]["queued"] == 29
        client.cancel(futures)
        assert client.run_on_scheduler(lambda dask_scheduler: dask_scheduler.WORKER_SATURATION) == 1.0


def test_stranded_task_becomes_runnable_when_its_worker_joins(cluster):
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        bound = client.submit(spin, 1, workers=["worker-5"])
        wait_until(lambda: cluster.status()["stranded"], "it is stranded")
        assert cluster.status()["stranded"] == [{"restriction": "worker-5", "count": 1}]
        cluster.start_workers("worker-5")
        wait_until(lambda: cluster.status()["stranded"] == [], "its worker is there")
        assert bound.result(START_S) == 1


def test_worker_figures_follow_its_tasks(cluster):
    cluster.start_workers("worker-0", nthreads=2)
    with cluster.client() as client:
        done = client.map(spin, range(7)) + client.map(fail, range(2))
        wait(done)
        running = client.map(spin, range(2), seconds=LONG_S, key=["a", "b"])
        worker = wait_until(lambda: executing(cluster, 2), "a heartbeat told of both")
        assert (worker["status"], worker["nthreads"], worker["processing"]) == ("running", 2, 2)
        assert worker["completed"] == 9
        assert worker["memory_bytes"] > 10_000_000 and worker["cpu_percent"] >= 0
        assert 0 <= worker["last_seen_s"] < 60
        assert worker["address"].startswith("tls://127.0.0.1:")
        assert worker["holds_results"] and worker["held_bytes"] > 0
        client.cancel(running)


def executing(cluster, count):
    worker = cluster.workers()["worker-0"]
    return worker if worker["executing"] == count else None


def busy_wait(seconds, *inputs):
    time.sleep(seconds)


def gather_all(round_, seconds):
    time.sleep(seconds)
    return round_


def leaf(i, gathered):
    return i


def take_for(function, seconds, dask_scheduler):
    """Has Dask take a function's tasks for so long: it forgets what has taken twice as long."""
    prefix = dask_scheduler.task_prefixes[function]
    assert 0 < prefix.duration_average < seconds
    prefix.duration_average = seconds


def test_scheduler_tells_when_tasks_can_run_that_wait_for_one_alone(cluster):
    cluster.start_workers("worker-0", "worker-1")

    def leaves_after(client, round_, seconds):
        joint = client.submit(gather_all, round_, seconds, key="gather_all-%d" % round_)
        needs = {"resources": {"GPU": 1}} if round_ == 2 else {}
        leaves = client.map(leaf, range(30), gathered=joint, key="leaf-%d" % round_, **needs)
        wait_until(lambda: cluster.status()["tasks"]["waiting"] == 30, "they wait")
        return joint, leaves

    with cluster.client() as client:
        first = leaves_after(client, 0, 2)
        assert cluster.status()["soon"] == [], "of a function that has never run"
        client.gather(first[1])
        client.run_on_scheduler(take_for, "gather_all", LONG_S)
        plain = leaves_after(client, 1, LONG_S)
        (entry,) = cluster.status()["soon"]
        assert (entry["count"], entry["resources"]) == (30, {})
        wait_until(lambda: cluster.status()["soon"][0]["in_s"] < entry["in_s"], "it comes closer")
        client.cancel(plain[1])
        client.cancel(plain[0])
        wait_until(lambda: not cluster.status()["tasks"]["waiting"], "none wait")
        gpu = leaves_after(client, 2, LONG_S)
        (entry,) = cluster.status()["soon"]
        assert (entry["count"], entry["resources"]) == (30, {"GPU": 1})
        client.cancel(gpu[1])
        wait_until(lambda: cluster.status()["soon"] == [], "none wait")
        client.cancel(gpu[0])


def test_task_of_which_dask_keeps_nothing_to_wait_for_waits_for_none():
    assert blocker_of(types.SimpleNamespace(state="waiting", waiting_on=None)) is None


def test_tasks_that_may_run_on_one_worker_alone_wake_no_other(cluster):
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        bound = client.map(spin, range(20), seconds=LONG_S, workers=["worker-0"])
        status = wait_until(lambda: waiting_behind(cluster, 19), "all are there", WITHIN_S)
        assert status["runnable"] == [{"resources": {}, "count": 1}], "the one that runs"
        assert (status["workers"][0]["bound_by_restriction"], status["workers"][0]["bound_by_inputs"]) == (19, 0)
        free = client.map(spin, range(3), seconds=LONG_S, key=["a", "b", "c"])
        wait_until(lambda: cluster.status()["runnable"] == [{"resources": {}, "count": 4}], "three more for new ones", WITHIN_S)
        client.cancel(bound + free)


def waiting_behind(cluster, count):
    status = cluster.status()
    return status if sum(w["processing"] - w["nthreads"] for w in status["workers"]) == count else None


def bandwidth(dask_scheduler):
    return dask_scheduler.bandwidth


def test_tasks_whose_input_takes_longer_to_move_than_to_wait_wake_no_other(cluster):
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        # Five inputs: what has fewer is a root to Dask, and waits in its queue for any worker.
        large = client.map(bytes, [12_000_000] * 5, key=["large-%d" % n for n in range(5)])
        client.submit(busy_wait, 0.001, *large, key="busy_wait-0").result(WITHIN_S)  # now its duration is known
        client.run(lambda dask_worker: setattr(dask_worker, "bandwidth", 1000))  # which it tells its scheduler
        wait_until(lambda: client.run_on_scheduler(bandwidth) == 1000, "the scheduler knows", WITHIN_S)
        gate = client.submit(spin, 0, seconds=LONG_S, workers=["worker-0"], priority=10, key="gate")
        wait_until(lambda: cluster.workers()["worker-0"]["executing"], "its thread is taken", WITHIN_S)
        behind = [client.submit(busy_wait, 0.001, *large, key="busy_wait-%d" % n) for n in range(1, 21)]
        status = wait_until(lambda: waiting_behind(cluster, 20), "all are there", WITHIN_S)
        assert status["runnable"] == [{"resources": {}, "count": 1}]
        client.run_on_scheduler(lambda dask_scheduler: setattr(sys.modules["xcore_scheduler.status"], "LONG_WAIT_S", 0))
        assert cluster.workers()["worker-0"]["bound_by_inputs"] == 20
        client.run_on_scheduler(lambda dask_scheduler: setattr(sys.modules["xcore_scheduler.status"], "LONG_WAIT_S", 10))
        client.cancel([gate, *behind])


def test_tasks_that_a_new_worker_could_take_are_demand(cluster):
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        small = client.map(bytes, [1000] * 5, key=["small-%d" % n for n in range(5)])
        tasks = [client.submit(busy_wait, LONG_S, *small, pure=False) for _ in range(20)]
        wait_until(lambda: waiting_behind(cluster, 19), "all are there", WITHIN_S)
        status = wait_until(lambda: full(cluster.status(), 20), "all are there", WITHIN_S)
        assert status["workers"][0]["bound_by_inputs"] == 0
        client.cancel(tasks)


def test_long_task_does_not_keep_idle_workers_from_taking_what_waits_behind_another(cluster, tmp_path):
    """One long task raises the average, by which Dask takes all other workers for idle, also the one with a queue."""
    cluster.start_workers("worker-0", "worker-1")
    gate = tmp_path / "gate"

    def know_durations(dask_scheduler, known):
        for name, duration in known.items():
            dask_scheduler.task_prefixes[name].duration_average = duration

    with cluster.client() as client:
        seed = client.submit(bytes, 1000, key="seed", workers=["worker-0"])
        warm = [client.submit(run_until, str(tmp_path), seed, key="%s-0" % name) for name in ("long", "short")]
        wait(warm)
        client.run_on_scheduler(know_durations, known={"long": 500.0, "short": 0.4})
        long = client.submit(run_until, str(gate), seed, key="long-1", workers=["worker-1"], allow_other_workers=False)
        wait_until(lambda: cluster.workers()["worker-1"]["executing"], "the long one runs", WITHIN_S)
        short = [client.submit(run_until, str(gate), seed, key="short-%d" % n, workers=["worker-0"],
                               allow_other_workers=True) for n in range(1, 31)]  # fmt: skip
        wait_until(lambda: cluster.workers()["worker-0"]["processing"] == 30, "the others wait for worker-0", WITHIN_S)
        cluster.start_workers("worker-2", "worker-3")
        wait_until(
            lambda: all(cluster.workers()[name]["processing"] for name in ("worker-2", "worker-3")),
            "the idle ones take some", WITHIN_S,
        )  # fmt: skip
        gate.touch()
        assert client.gather(short + [long]) is not None


# ---- callers that wait for a change


class Held:
    """A call that the scheduler may hold, in a thread of its own."""

    def __init__(self, cluster, after):
        self.done = threading.Event()
        threading.Thread(target=self._call, args=(cluster, after), daemon=True).start()

    def _call(self, cluster, after):
        code, self.answer = cluster.call("GET", "/xcore/changes?after=%d" % after)
        assert code == 200
        self.done.set()

    def result(self):
        assert self.done.wait(WITHIN_S)
        contract.check_answer("changes", self.answer)
        return self.answer["changes"]


def changes_at_rest(cluster):
    """Once what came before has been counted."""

    def read():
        first = cluster.status()["changes"]
        time.sleep(0.2)
        return [first] if cluster.status()["changes"] == first else None

    return wait_until(read, "nothing changes", WITHIN_S)[0]


def has_answer(stream):
    """Readable alone may be TLS's own."""
    stream.setblocking(False)
    try:
        return bool(stream.recv(1))
    except ssl.SSLWantReadError:
        return False


def test_caller_is_answered_when_more_is_wanted_and_not_before(cluster):
    with cluster.client() as client:
        after = changes_at_rest(cluster)
        assert cluster.call("GET", "/xcore/changes?after=%d" % (after + 1))[0] == 200, "another number: at once"
        held = Held(cluster, after)
        assert not held.done.wait(1)
        running = client.submit(run_until, "/")
        assert held.result() > after
        assert cluster.status()["runnable"] == [{"resources": {}, "count": 1}]

        held = Held(cluster, changes_at_rest(cluster))
        cluster.start_workers("worker-0")
        assert running.result(START_S) is None
        wait(running)
        assert not held.done.wait(1), "less is wanted, and there are more workers"
        cluster.processes[-1].kill()
        held.result()
        assert cluster.workers() == {}

        held = Held(cluster, changes_at_rest(cluster))
        cluster.post("scale", workers=1)
        held.result()
        assert cluster.status()["requests"]
        cluster.post("scale", workers=0)
        held = Held(cluster, changes_at_rest(cluster))
    held.result()
    assert cluster.status()["clients"] == []


def test_callers_that_wait_are_few_and_those_that_are_gone_are_none_of_them(cluster):
    after = changes_at_rest(cluster)
    request = b"GET /xcore/changes?after=%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % after
    streams = [cluster.socket() for _ in range(100)]
    try:
        for stream in streams:
            stream.sendall(request)
        waiting = list(streams)

        def all_but_16():
            waiting[:] = [stream for stream in waiting if not has_answer(stream)]
            return len(waiting) <= 16

        wait_until(all_but_16, "no more than 16 wait", WITHIN_S)
        time.sleep(0.3)
        assert not any(map(has_answer, waiting)) and len(waiting) == 16
        started = time.monotonic()
        assert cluster.call("GET", "/xcore/changes?after=%d" % after)[1]["changes"] == after
        assert time.monotonic() - started < 5, "one more is answered at once"
        for stream in streams:
            stream.close()

        def is_held():
            held = Held(cluster, after)
            return None if held.done.wait(0.5) else held

        held = wait_until(is_held, "those that are gone have made room", WITHIN_S)
        cluster.post("scale", workers=0)
        held.result()
    finally:
        for stream in streams:
            stream.close()


@pytest.mark.parametrize("after", ["", "-1", "1.5", "x", "9" * 40])
def test_number_that_is_none_is_refused(cluster, after):
    code, answer = cluster.call("GET", "/xcore/changes?after=" + after)
    assert code == 400 and answer["error"].startswith('after is "%s' % after[:20])


class Quiet:
    """All that asks for workers, where nothing does."""

    def __init__(self):
        self.client_comms, self.unrunnable, self.running = {}, {}, set()
        self.runnable = self.asked = 0

    def pending(self):
        return 0

    def waiting_s(self):
        return []


def test_what_falls_or_stays_is_no_change_and_a_wait_ends_by_itself(monkeypatch):
    monkeypatch.setattr(demand, "HELD_S", 0.05)
    quiet = Quiet()
    found = demand.Demand(quiet, quiet, quiet, quiet, quiet)
    for runnable, changes in [(0, 0), (2, 1), (2, 1), (1, 1), (0, 1), (1, 2)]:
        quiet.runnable = runnable
        assert found.changes() == changes

    async def waits():
        await asyncio.wait_for(found.changed_from(2, "a"), WITHIN_S)
        waiting = asyncio.ensure_future(found.changed_from(2, "b"))
        await asyncio.sleep(0)
        for _ in range(3):
            quiet.on_more()  # the count is as it was: what ran has ended meanwhile
        await asyncio.sleep(0.02)
        assert not waiting.done()
        quiet.runnable += 1
        quiet.on_more()
        await asyncio.wait_for(waiting, 0.04)

    asyncio.run(waits())
    assert found.changes() == 3
