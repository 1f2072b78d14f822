import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { layOldHome } from "../old_home.ts";
import { freePortPair, type TestCluster, until, withHome } from "./harness.ts";

const HOME = new URL("fixtures/home_fc3a1b1.json", import.meta.url);
const HISTORY = new URL("../../unit/status/fixtures/history_fc3a1b1.sql", import.meta.url);
const CLUSTER_ID = "xcore-85bd8583";
const ATTEMPTS = { scheduler: "67e3da725d606de15555c659", "worker-0": "b05c9b9b1a2f3d4e5f607182" };

Deno.test("a cluster that an older program has started is shown, and shut down to nothing", async () => {
  await withHome(async (cluster) => {
    await layHome(cluster);
    for (const name of ["scheduler", "worker-0"] as const) await startProgram(cluster, name);
    await until("both run", () => Promise.resolve(cluster.processes()), (found) => found.length === 2);

    const { cluster: { state }, workers } = await cluster.until(
      "its scheduler is known to be an older one",
      ({ problems }) => problems.some(({ code }) => code === "restart_needed"),
    );
    assert.equal(state, "degraded");
    assert.deepEqual(workers.map(({ name, pool }) => [name, pool]), [["worker-0", "default"]]);
    // Its configuration is read as it is.
    assert.equal(await cluster.ok("config", "get", "max_idle_time_s"), "600\n");

    assert.match(await cluster.ok("shutdown", "--yes"), /^Nothing is left\.$/m);
    assert.deepEqual(cluster.processes(), []);
    assert.equal((await cluster.status()).cluster.state, "down");
  });
});

/** With the decisions and launches of that program. */
async function layHome({ home }: TestCluster): Promise<void> {
  const port = freePortPair();
  await layOldHome(home, HOME, CLUSTER_ID, {
    HOME: home,
    PYTHON: Deno.env.get("XCORE_TEST_PYTHON")!,
    PORT: String(port),
    HTTP_PORT: String(port + 1),
  });
  using history = new DatabaseSync(`${home}/history.db`);
  history.exec(await Deno.readTextFile(HISTORY));
}

/** As that program started its own: a session of its own, known by its arguments. */
async function startProgram({ home }: TestCluster, name: keyof typeof ATTEMPTS): Promise<void> {
  const script = `${home}/run/${name === "scheduler" ? name : "worker"}.py`;
  const scratch = `${home}/run/scratch/${name}`;
  await Deno.mkdir(scratch, { recursive: true });
  await Deno.mkdir(`${home}/logs`, { recursive: true });
  await new Deno.Command("sh", {
    args: [
      ...["-c", 'setsid "$@" > "$LOG" 2>&1 &', "sh"],
      ...[Deno.env.get("XCORE_TEST_PYTHON")!, script, CLUSTER_ID, name, ATTEMPTS[name]],
    ],
    cwd: scratch,
    env: {
      LOG: `${home}/logs/${name}.20261129T202334Z.${ATTEMPTS[name]}.log`,
      XCORE_PRELOAD: `${home}/run/scheduler-preload.json`,
      XCORE_PROCESS: `${CLUSTER_ID}.${ATTEMPTS[name]}.${name}`,
    },
    stdin: "null",
  }).output();
}
