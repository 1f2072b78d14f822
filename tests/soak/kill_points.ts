/**
 * `deno task soak:kills [COUNT] [SEED]`: kills commands on `local` at so many random moments, 500
 * unless told otherwise: init, start, config set, restart and shutdown, several in a home. Each home
 * must then start, run a job and end with `Nothing is left.`, and no process or unfinished file.
 * @module
 */

import { compileIfStale } from "../../tools/compile.ts";
import { pythonEnvironment } from "../../tools/python_env.ts";
import { PROBE_SCRIPT } from "../../lib/python/inspect_python.ts";
import { signal } from "../e2e/local/_processes.ts";
import { freePortPair, type TestCluster, until, withHome } from "../e2e/local/harness.ts";
import { jobOf } from "../e2e/local/jobs.ts";
import { Random } from "../support/fakes/random.ts";
import { strayIn } from "./soak.ts";

const [count = "500", seed = String(Date.now() % 1_000_000)] = Deno.args;

/** Milliseconds that a command takes about; it is killed within. */
const TAKES_MS: Readonly<Record<string, number>> = {
  init: 1500,
  start: 3500,
  config: 400,
  restart: 5000,
  shutdown: 2500,
};

/** What is killed in a home, in that order. */
const VERBS = ["init", "start", "start", "config", "restart", "shutdown"] as const;

Deno.env.set("XCORE_TEST_PYTHON", await pythonEnvironment());
Deno.env.set("XCORE_BIN", await compileIfStale());
const random = new Random(Number(seed));
console.log(`seed ${seed}`);
const slowest = { s: 0, after: "" };
let kills = 0;
for (let round = 1; kills < Number(count); round++) {
  await withHome((cluster) => killsIn(cluster, round));
  console.log(`${String(kills).padStart(4)} kills, ${round} homes`);
}
console.log(`The slowest last shutdown took ${slowest.s.toFixed(1)} s, after ${slowest.after}.`);

/**
 * Whether a Python still imports Dask to tell its version: it ends by itself, but for all that
 * `xcore` does that asked it and was killed, which is seconds on a busy machine.
 */
function isAsked(cluster: TestCluster): Promise<boolean> {
  const [firstLine] = PROBE_SCRIPT.split("\n");
  return Promise.resolve(cluster.processes().some(({ commandLine }) => commandLine.includes(firstLine!)));
}

async function killsIn(cluster: TestCluster, round: number): Promise<void> {
  const python = Deno.env.get("XCORE_TEST_PYTHON")!;
  const args = {
    init: ["init", "local", "--python", python],
    start: ["start"],
    config: ["config", "set", "max_workers", "2"],
    restart: ["restart", "--yes"],
    shutdown: ["shutdown", "--yes"],
  };
  const port = freePortPair();
  const killed: string[] = [];
  for (const verb of VERBS) {
    const afterMs = random.fraction() * TAKES_MS[verb]!;
    const running = cluster.xcoreBeside(args[verb]);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    signal(running.pid, "SIGKILL");
    await running.ended;
    killed.push(`${verb} at ${Math.round(afterMs)} ms`);
    kills++;
    if (verb !== "init") continue;
    // One that was killed is typed again.
    const again = await cluster.xcore(...args.init);
    if (again.code !== 0) throw new Error(`round ${round}, ${killed.join(", ")}: ${again.stderr}`);
    await cluster.ok("config", "set", "scheduler_port", `${port}`, "dashboard_port", `${port + 1}`);
  }
  // Half of them go on before the end.
  if (random.chance(0.5)) {
    const start = await cluster.xcore("start");
    if (start.code !== 0) throw new Error(`round ${round}, ${killed.join(", ")}: start: ${start.stderr}`);
    const job = await (await cluster.python("-c", jobOf("echo done"))).ended;
    if (job.stdout !== "done\n") throw new Error(`round ${round}, ${killed.join(", ")}: job: ${job.stderr}`);
  }
  const beganMs = performance.now();
  const down = await cluster.xcore("shutdown", "--yes");
  const s = (performance.now() - beganMs) / 1000;
  if (s > slowest.s) Object.assign(slowest, { s, after: killed.join(", ") });
  if (down.code !== 0 || !/^Nothing is left\.$/m.test(down.stdout)) {
    throw new Error(`round ${round}, ${killed.join(", ")}: shutdown: ${down.code} ${down.stderr}`);
  }
  await until("Pythons that killed commands asked", () => isAsked(cluster), (asked) => !asked);
  const left = [...cluster.processes().map(({ commandLine }) => commandLine), ...strayIn(cluster.home)];
  if (left.length > 0) throw new Error(`round ${round}, ${killed.join(", ")}: left: ${left.join("; ")}`);
}
