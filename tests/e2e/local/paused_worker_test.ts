import assert from "node:assert/strict";
import { withHome } from "./harness.ts";

/** A task whose worker keeps memory, and whose result stays wanted; then tasks for minutes, until a file is there. */
const LEAKS = `
import os, time
from dask.distributed import Client, wait
from crosscore import cluster

def leak():
    import builtins
    builtins.kept = b"x" * 600_000_000
    with open("runs", "a") as file:
        file.write("run\\n")
    return os.getpid()

def short(n):
    time.sleep(1)
    return os.getpid()

client = Client(cluster.get_url())
result = client.submit(leak, key="leak-0")
wait(result)
print("leaked", flush=True)
others = set()
while not os.path.exists("go"):
    others.update(client.gather(client.map(short, range(6), pure=False)))
print(result.result() in others, len(others) > 0, flush=True)
`;

/** Of 8 GiB this is 0.4 GiB, more than a worker takes for itself. */
const PAUSE_EARLY = { DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE: "0.05" };

Deno.test("a worker that Dask has paused is told of, others take its place, and its result is not lost", async () => {
  await withHome(async (cluster) => {
    await cluster.setUp({ worker_memory: "8 GiB", max_workers: 2, poll_interval_s: 0.5 });
    await cluster.ok("start");
    const script = await cluster.python("-c", LEAKS);
    const paused = await cluster.until(
      "it is told of, and another works",
      ({ workers, problems }) =>
        problems.some(({ code }) => code === "worker_paused") &&
        workers.some(({ state, executing }) => state === "running" && executing === 1),
    );
    const { message } = paused.problems.find(({ code }) => code === "worker_paused")!;
    assert.match(message, /worker-0.*\(0\.\d of 8\.0 GiB, 0\.0 in results\)/);
    assert.equal(paused.workers.find(({ name }) => name === "worker-0")!.state, "paused");
    assert.match(await cluster.ok("status"), /^worker-0 +paused /m);

    const { decisions } = await cluster.until(
      "it is replaced",
      ({ decisions, workers }) =>
        decisions.some(({ action, reason }) => action === "retire" && reason.startsWith("paused")) &&
        workers.filter(({ state }) => state === "running").length === 2,
    );
    assert.ok(decisions.filter(({ action }) => action === "launch").length >= 3, "a third worker came");
    await cluster.write("go", "");
    assert.equal((await script.ended).stdout, "leaked\nFalse True\n");
    assert.equal(await Deno.readTextFile(`${cluster.folder}/runs`), "run\n", "its result was handed over");
  }, { env: PAUSE_EARLY });
});
