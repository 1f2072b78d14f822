"""What the scheduler tells of one task: what it waits for, and of several one that waits."""

from preload_harness import START_S, run_until, wait_until


def add_up(values):
    return sum(values)


def fail_plainly():
    raise ValueError("no \x1b[31mroot\x1b[0m")


def look(cluster, name):
    return cluster.post("task", task=name)["task"]


def look_until(cluster, name, condition, what):
    def found():
        task = look(cluster, name)
        return task if task and condition(task) else None

    return wait_until(found, "%s %s" % (name, what))


def test_task_is_told_from_its_wait_to_its_result(cluster, tmp_path):
    gate = tmp_path / "gate"
    assert cluster.post("task", task="load") == dict(cluster.post("task", task="load"), found=0, task=None)
    with cluster.client() as client:
        loads = [client.submit(run_until, str(gate), n, key="load-%d" % n) for n in range(8)]
        total = client.submit(add_up, loads, key="total-0")
        alone = look_until(cluster, "total-0", lambda task: True, "is there")
        assert (alone["state"], alone["missing_inputs"], len(alone["inputs"])) == ("waiting", 8, 5)
        assert (alone["worker"], alone["able_workers"], alone["needs"], alone["only_on"]) == (None, 0, [], [])

        cluster.start_workers("worker-0")
        running = look_until(cluster, "load-0", lambda task: task["executing"], "runs by a heartbeat")
        assert (running["worker"], running["state"], running["ahead"]) == ("worker-0", "processing", None)
        several = cluster.post("task", task="load-")
        assert several["found"] == 8
        assert several["task"]["key"] != "load-0" and not several["task"]["executing"]
        assert look(cluster, "load-7")["able_workers"] == 1

        gate.touch()
        assert total.result(START_S) == sum(range(8))
        done = look(cluster, "total")
        assert (done["state"], done["worker"], done["missing_inputs"]) == ("memory", "worker-0", 0)


def test_queued_task_has_as_many_ahead_as_dask_starts_before_it(cluster, tmp_path):
    gate = tmp_path / "gate"
    with cluster.client() as client:
        cluster.start_workers("worker-0")
        keys = [str(("step", n)) for n in range(9)]  # as Dask names parts of a collection
        futures = client.map(run_until, [str(gate)] * 9, range(9), key=keys)
        wait_until(lambda: cluster.status()["tasks"]["queued"] == 8, "all others are queued")
        ahead = {n: look(cluster, key)["ahead"] for n, key in enumerate(keys)}
        assert sorted(n for n in ahead.values() if n is not None) == list(range(8))
        assert cluster.post("task", task="step")["found"] == 9, "by the function, with which no key begins"
        gate.touch()
        assert client.gather(futures) == list(range(9))


def test_task_tells_what_it_asks_of_a_worker_and_what_of_that_is_mistyped(cluster):
    with cluster.client() as client:
        cluster.start_workers("worker-0")
        futures = [
            client.submit(add_up, [1], key="gpu-0", resources={"GPU": 2}),
            client.submit(add_up, [2], key="typo-0", resources={"GPU": True}),
            client.submit(add_up, [3], key="far-0", workers=["worker-9"]),
        ]
        needs = look_until(cluster, "gpu-0", lambda task: task["state"] == "no-worker", "waits")
        assert (needs["needs"], needs["able_workers"]) == (["GPU=2"], 0)
        assert look_until(cluster, "typo-0", lambda task: True, "is there")["needs"] == ["GPU=True"]
        assert look_until(cluster, "far-0", lambda task: True, "is there")["only_on"] == ["worker-9"]
        client.cancel(futures)


def test_failure_is_told_of_the_task_and_of_one_that_needs_it(cluster):
    with cluster.client() as client:
        cluster.start_workers("worker-0")
        broken = client.submit(fail_plainly, key="broken-0")
        after = client.submit(add_up, broken, key="after-0")
        assert isinstance(after.exception(START_S), ValueError)
        own, needing = look(cluster, "broken-0"), look(cluster, "after-0")
        assert (own["state"], own["failed_key"]) == ("erred", None)
        assert needing["failed_key"] == "broken-0" and needing["error"] == own["error"]
        assert own["error"].startswith("ValueError") and "\x1b" not in own["error"]
