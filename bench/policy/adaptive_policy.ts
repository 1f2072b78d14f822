/** Dask's own Adaptive, driven for real: a Python process has its class and is told each state. @module */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Policy, World } from "./world.ts";

/** As Dask's `distributed.adaptive.interval`. */
const INTERVAL_S = 1;

/** What Adaptive would do: workers to have in all, and those to close. */
interface Advice {
  readonly up: number | null;
  readonly down: readonly string[];
}

/** An Adaptive of its own for one run. */
export async function adaptivePolicy(python: string): Promise<Policy & { readonly version: string }> {
  const script = fileURLToPath(new URL("adaptive.py", import.meta.url));
  const child = spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error("adaptive.py has ended");
    return JSON.parse(value);
  };
  const { distributed: version } = await answer() as { readonly distributed: string };
  let launched = 0;
  return {
    name: "Dask Adaptive",
    version,
    async tick(world) {
      child.stdin.write(JSON.stringify(stateOf(world)) + "\n");
      const { up, down } = await answer() as Advice;
      const more = up === null ? 0 : Math.max(0, up - world.workers.size);
      world.launch(Array.from({ length: more }, () => `worker-${launched++}`));
      for (const name of down) {
        const worker = world.workers.get(name);
        if (worker !== undefined) world.terminate(worker);
      }
      return INTERVAL_S;
    },
    close: () => {
      child.stdin.end();
      return new Promise((resolve) => child.once("close", () => resolve()));
    },
  };
}

/** The state as adaptive.py reads it. */
function stateOf(world: World) {
  const { workload, joined, workers, prefixes, nowS } = world;
  const running = joined.map(({ name, task }) => [name, task === null ? null : workload.tasks[task]!.prefix]);
  const executing = joined.filter(({ task }) => task !== null)
    .map(({ name, startedS }) => [name, nowS - startedS]);
  const waiting = Object.fromEntries(
    [...prefixes].filter(([, { queued }]) => queued > 0).map(([name, { queued }]) => [name, queued]),
  );
  return {
    maximum: workload.maxWorkers,
    requested: [...workers.keys()],
    workers: Object.fromEntries(running),
    executing: Object.fromEntries(executing),
    // Without a worker, Dask calls such tasks unrunnable.
    queued: joined.length > 0 ? waiting : {},
    unrunnable: joined.length > 0 ? {} : waiting,
    ended: world.ended.splice(0).map(({ prefix, durationS }) => [prefix, durationS]),
  };
}
