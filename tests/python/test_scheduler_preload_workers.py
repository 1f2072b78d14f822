"""The scheduler preload with real workers: retiring, draining and cancelling lose no work and no result."""

import inspect
import os
import signal
import threading
import time
from concurrent.futures import CancelledError

from distributed import Client, fire_and_forget, wait
from preload_harness import START_S, lines_in, make_bytes, run_until, wait_until


def retire(cluster, *names, force=False):
    answer = cluster.post("retire", names=list(names), force=force)
    return {kind: answer[kind] for kind in ("retired", "busy", "kept", "unknown") if answer[kind]}


def place_of(client, *futures):
    """The names of the workers that hold each."""
    has = client.who_has(list(futures))
    names = {w["address"]: w["name"] for w in client.cluster_under_test.status()["workers"]}
    return [sorted(names.get(address, "gone") for address in has[f.key]) for f in futures]


def replicate(client, future, *names):
    """Copies a result until all of these workers hold it: Dask asks each once, and leaves out one that is busy.

    Dask's active memory manager would drop the copies again within 2 s, so it is stopped.
    """
    client.amm.stop()

    def is_copied():
        client.replicate([future])
        return place_of(client, future) == [sorted(names)]

    wait_until(is_copied, "all of %s hold the result" % ", ".join(names))


def put(client, name, size, **options):
    """A result of that size on that worker."""
    future = client.submit(make_bytes, size, key="result-%s-%d" % (name, size), workers=[name], **options)
    wait(future)
    return future


def is_usable(cluster, client, name):
    """Does this worker take a task? Of that nothing is left afterwards."""
    address, before = cluster.workers()[name]["address"], cluster.status()["tasks"]["memory"]
    is_done = isinstance(client.submit(os.getpid, pure=False, workers=[address]).result(START_S), int)
    wait_until(lambda: cluster.status()["tasks"]["memory"] <= before, "the client has let its result go")
    return is_done


def process_of(cluster, name):
    return next(p for p in cluster.processes[1:] if name in p.args)


# ----------------------------------------------------------------------------------------------------------- retire


def test_retire_hands_over_results_and_closes_the_worker(cluster, tmp_path):
    cluster.start_workers("worker-0", "worker-1")
    with cluster.client() as client:
        result = put(client, "worker-0", 1000, runs=str(tmp_path / "runs"))
        assert [w["holds_results"] for _, w in sorted(cluster.workers().items())] == [True, False]
        assert retire(cluster, "worker-0", "worker-9") == {"retired": ["worker-0"], "unknown": ["worker-9"]}
        assert list(cluster.workers()) == ["worker-1"]
        assert process_of(cluster, "worker-0").wait(START_S) == 0
        assert len(result.result()) == 1000 and lines_in(tmp_path / "runs") == 1
        assert cluster.workers()["worker-1"]["holds_results"]


def test_retire_leaves_a_busy_worker_alone_unless_forced(cluster, tmp_path):
    cluster.start_workers("worker-0", "worker-1")
    gate, runs = tmp_path / "gate", tmp_path / "runs"
    with cluster.client() as client:
        task = client.submit(run_until, str(gate), 7, str(runs), workers=["worker-0"], allow_other_workers=True)
        wait_until(lambda: runs.exists(), "the task runs")
        busy = next(name for name, worker in cluster.workers().items() if worker["processing"])
        assert retire(cluster, busy) == {"busy": [busy]}
        assert cluster.workers()[busy]["status"] == "running"
        assert retire(cluster, busy, force=True) == {"retired": [busy]}
        wait_until(lambda: lines_in(runs) == 2, "the task runs again on the other")
        gate.touch()
        assert task.result(START_S) == 7


def test_retire_keeps_the_last_holder_which_goes_on_taking_tasks(cluster, tmp_path):
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        result = put(client, "worker-0", 1000, runs=str(tmp_path / "runs"))
        for force in (False, True):
            assert retire(cluster, "worker-0", force=force) == {"kept": ["worker-0"]}
            assert cluster.workers()["worker-0"]["status"] == "running"
            assert is_usable(cluster, client, "worker-0")
        cluster.post("drain", names=["worker-0"])
        assert retire(cluster, "worker-0") == {"kept": ["worker-0"]}, "a drained one comes back as well"
        wait_until(lambda: cluster.workers()["worker-0"]["status"] == "running", "it came back")
        assert is_usable(cluster, client, "worker-0")
        assert len(result.result()) == 1000 and lines_in(tmp_path / "runs") == 1

        del result
        wait_until(lambda: not cluster.workers()["worker-0"]["holds_results"], "the client let go")
        assert retire(cluster, "worker-0") == {"retired": ["worker-0"]}


def test_retire_keeps_scattered_data(cluster):
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        data = client.scatter(b"y" * 100_000)
        worker = cluster.workers()["worker-0"]
        assert worker["holds_results"] and worker["held_bytes"] >= 100_000
        assert retire(cluster, "worker-0") == {"kept": ["worker-0"]}
        assert len(data.result()) == 100_000


def test_worker_holds_results_while_a_client_or_an_unfinished_task_needs_them(cluster):
    cluster.start_workers("worker-0")

    def holds():
        return cluster.workers()["worker-0"]["holds_results"]

    with cluster.client() as client:
        inner = put(client, "worker-0", 1000)
        outer = client.submit(len, inner, resources={"GPU": 1})
        del inner
        wait_until(lambda: cluster.status()["tasks"]["no_worker"], "the second task waits")
        assert holds() and retire(cluster, "worker-0") == {"kept": ["worker-0"]}
        client.cancel(outer)
        wait_until(lambda: not holds(), "nobody needs it")

        forgotten = put(client, "worker-0", 1000)
        fire_and_forget(forgotten)
        del forgotten
        wait_until(lambda: not holds(), "nobody can ask for it")
        assert cluster.status()["tasks"]["memory"] == 1
        assert retire(cluster, "worker-0") == {"retired": ["worker-0"]}


def test_retire_of_all_holders_keeps_exactly_one_with_everything(cluster):
    cluster.start_workers("worker-0", "worker-1", "worker-2")
    with cluster.client() as client:
        small, large = put(client, "worker-0", 1000), put(client, "worker-1", 5000)
        answer = retire(cluster, "worker-0", "worker-1", "worker-2")
        assert answer == {"retired": ["worker-0", "worker-2"], "kept": ["worker-1"]}, "the one with most stays"
        assert (len(small.result()), len(large.result())) == (1000, 5000)
        assert is_usable(cluster, client, "worker-1")


def test_retire_of_all_holders_keeps_none_while_another_can_take_the_data(cluster, tmp_path):
    cluster.start_workers("worker-0", "worker-1", "worker-2")
    with cluster.client() as client:
        runs = tmp_path / "runs"
        results = [put(client, name, 1000, runs=str(runs)) for name in ("worker-0", "worker-1")]
        assert retire(cluster, "worker-0", "worker-1") == {"retired": ["worker-0", "worker-1"]}
        assert [len(r.result()) for r in results] == [1000, 1000] and lines_in(runs) == 2


def test_retire_of_the_two_holders_of_one_key_keeps_one(cluster, tmp_path):
    cluster.start_workers("worker-0", "worker-1")
    with cluster.client() as client:
        client.cluster_under_test = cluster
        result = put(client, "worker-0", 1000, runs=str(tmp_path / "runs"))
        replicate(client, result, "worker-0", "worker-1")
        assert not any(w["holds_results"] for w in cluster.workers().values())
        answer = retire(cluster, "worker-0", "worker-1")
        assert (len(answer["retired"]), len(answer["kept"])) == (1, 1)
        assert len(result.result()) == 1000 and lines_in(tmp_path / "runs") == 1


def test_retire_of_the_two_holders_of_one_key_moves_it_to_a_third(cluster, tmp_path):
    cluster.start_workers("worker-0", "worker-1")
    with cluster.client() as client:
        client.cluster_under_test = cluster
        result = put(client, "worker-0", 1000, runs=str(tmp_path / "runs"))
        replicate(client, result, "worker-0", "worker-1")
        cluster.start_workers("worker-2")
        assert retire(cluster, "worker-0", "worker-1") == {"retired": ["worker-0", "worker-1"]}
        assert place_of(client, result) == [["worker-2"]]
        assert len(result.result()) == 1000 and lines_in(tmp_path / "runs") == 1


def test_retire_asked_for_many_times_at_once_loses_nothing(cluster):
    cluster.start_workers("worker-0", "worker-1", "worker-2")
    names = ["worker-0", "worker-1", "worker-2"]
    with cluster.client() as client:
        results = [put(client, name, 1000 + i) for i, name in enumerate(names)]
        answers = []
        calls = [threading.Thread(target=lambda n=n: answers.append(retire(cluster, *n)))
                 for n in (names[:1], names[1:2], names[2:], names[:2], names)]  # fmt: skip
        for call in calls:
            call.start()
        for call in calls:
            call.join()
        assert len(answers) == 5
        # While several are drained at once, each may be kept for want of another to take its results.
        retire(cluster, *cluster.workers())
        left = cluster.workers()
        assert len(left) == 1, answers
        assert [len(r.result()) for r in results] == [1000, 1001, 1002]
        assert is_usable(cluster, client, list(left)[0])


def test_retire_waits_for_a_scatter_that_is_on_its_way(cluster):
    cluster.start_workers("worker-0")
    worker = process_of(cluster, "worker-0")
    with cluster.client() as client:
        scattered = []
        thread = threading.Thread(target=lambda: scattered.append(client.scatter(b"z" * 100_000)))
        worker.send_signal(signal.SIGSTOP)
        try:
            thread.start()
            wait_until(lambda: retire(cluster, "worker-9") and is_scattering(client), "the scatter is under way")
            assert retire(cluster, "worker-0") == {"busy": ["worker-0"]}
        finally:
            worker.send_signal(signal.SIGCONT)
        thread.join(START_S)
        assert len(scattered[0].result()) == 100_000
        assert retire(cluster, "worker-0") == {"kept": ["worker-0"]}


def is_scattering(client):
    return client.run_on_scheduler(lambda dask_scheduler: dask_scheduler.handlers["scatter"].__self__.sending)


# ------------------------------------------------------------------------------------------------------------ drain


def test_drain_gives_no_new_task_and_lets_what_executes_go_on(cluster, tmp_path):
    cluster.start_workers("worker-0", "worker-1")
    gate, runs = tmp_path / "gate", tmp_path / "runs"
    with cluster.client() as client:
        running = client.submit(run_until, str(gate), 7, str(runs), workers=["worker-0"])
        wait_until(lambda: runs.exists(), "the task runs")
        answer = cluster.post("drain", names=["worker-0", "worker-9"])
        assert (answer["drained"], answer["undrained"], answer["unknown"]) == (["worker-0"], [], ["worker-9"])
        where = client.map(lambda x: (x, os.getpid())[1], range(10))
        assert set(client.gather(where)) == {process_of(cluster, "worker-1").pid}
        drained = cluster.workers()["worker-0"]
        assert (drained["status"], drained["processing"]) == ("closing_gracefully", 1)
        assert retire(cluster, "worker-0") == {"busy": ["worker-0"]}
        gate.touch()
        assert running.result(START_S) == 7 and lines_in(runs) == 1
        assert cluster.workers()["worker-0"]["completed"] == 1


def test_undrain_makes_a_worker_take_tasks_again(cluster):
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        cluster.post("drain", names=["worker-0"])
        waiting = client.submit(sum, [1, 2])
        wait_until(lambda: cluster.status()["runnable"], "the task waits")
        assert cluster.workers()["worker-0"]["processing"] == 0
        answer = cluster.post("drain", names=["worker-0"], drain=False)
        assert (answer["drained"], answer["undrained"]) == ([], ["worker-0"])
        assert waiting.result(START_S) == 3
        assert is_usable(cluster, client, "worker-0")


def test_drained_worker_shows_executing_until_nothing_runs_then_prefetched_tasks_move(cluster, tmp_path):
    """What is reported right after a drain may not be older than the drain: a daemon acts on `executing: 0`."""
    cluster.start_workers("worker-0")
    gate, runs = tmp_path / "gate", tmp_path / "runs"
    with cluster.client() as client:
        for attempt in range(3):
            first = client.submit(run_until, str(gate), attempt, str(runs), pure=False, priority=1)
            others = [client.submit(run_until, str(gate), i, str(runs), key="other-%d-%d" % (attempt, i)) for i in (1, 2)]
            wait_until(lambda: cluster.workers()["worker-0"]["processing"] == 3, "all three are there")
            cluster.post("drain", names=["worker-0"])
            for _ in range(20):
                runs_now = runs.exists()  # and goes on: its gate is closed
                assert cluster.workers()["worker-0"]["executing"] == 1 or not runs_now
                time.sleep(0.05)
            if attempt < 2:
                cluster.post("drain", names=["worker-0"], drain=False)
                gate.touch()
                wait([first, *others])
                gate.unlink()
                runs.unlink()
                del first, others
                wait_until(lambda: not any(cluster.status()["tasks"].values()), "forgotten")
        gate.touch()
        drained = wait_until(lambda: ended(cluster.workers()["worker-0"]), "the one that ran has ended")
        assert (drained["processing"], lines_in(runs)) == (2, 1)
        cluster.start_workers("worker-1")
        assert retire(cluster, "worker-0", force=True) == {"retired": ["worker-0"]}
        assert client.gather([first, *others]) == [2, 1, 2] and lines_in(runs) == 3


def ended(worker):
    return worker if worker["executing"] == 0 else None


# ----------------------------------------------------------------------------------------------------------- cancel


def test_cancel_of_a_holder_takes_its_keys_from_all_clients_with_the_reason(cluster):
    cluster.start_workers("worker-0", "worker-1")
    with cluster.client() as client, cluster.client(set_as_default=False) as second:
        client.cluster_under_test = cluster
        held = put(client, "worker-0", 1000)
        seen_by_second = second.submit(make_bytes, 1000, key=held.key)
        # wait() would do so in the first client's event loop, and bind the future to it.
        wait_until(seen_by_second.done, "the second client sees the result")
        needs_it = client.submit(len, held, resources={"GPU": 1})
        elsewhere = put(client, "worker-1", 2000)
        both = put(client, "worker-0", 3000)
        replicate(client, both, "worker-0", "worker-1")
        wait_until(lambda: cluster.status()["tasks"]["no_worker"] == 1, "a task that needs the result waits")

        answer = cluster.post("cancel", holders=["worker-0"], reason="kept for too long")
        assert answer["cancelled"] == 2, "the result, and the unfinished task that needs it"
        for future in (held, seen_by_second, needs_it):
            assert_cancelled(cluster, future, "kept for too long")
        assert (len(elsewhere.result()), len(both.result())) == (2000, 3000)
        assert retire(cluster, "worker-0") == {"retired": ["worker-0"]}
        assert len(both.result()) == 3000


def test_cancel_of_keys_cancels_these_alone(cluster):
    cluster.start_workers("worker-0")
    with cluster.client() as client:
        gone, stays = client.submit(make_bytes, 10), client.submit(make_bytes, 20)
        finished_from_it = client.submit(len, gone)
        queued = client.submit(make_bytes, 30, resources={"GPU": 1})
        wait([gone, stays, finished_from_it])
        assert cluster.post("cancel", keys=[gone.key, queued.key, "no-such-key"], reason="why")["cancelled"] == 2
        assert_cancelled(cluster, gone, "why")
        assert_cancelled(cluster, queued, "why")
        assert (len(stays.result()), finished_from_it.result()) == (20, 10)
        assert cluster.status()["runnable"] == []


def assert_cancelled(cluster, future, reason):
    try:
        found = future.result(timeout=START_S)
    except CancelledError as error:
        said = str(error)
    else:
        raise AssertionError("%r instead of an error" % (found,))
    assert future.status == "cancelled"
    handler = getattr(Client, "_handle_cancelled_keys", None)
    if handler is not None and "reason" in inspect.signature(handler).parameters:
        assert reason in said
    else:
        assert reason in cluster.log("scheduler")
