import assert from "node:assert/strict";
import { idleLimit } from "../../../lib/plan/idle_limit.ts";
import { bootKey } from "../../../lib/plan/memory.ts";
import { daskWorker, instance, pool, rules } from "../../support/fakes/builders.ts";
import { Run, short } from "./_run.ts";

const bootOf = (seconds: number) => ({ [bootKey("default", "small")]: seconds });

Deno.test("idleLimit() is the number that is set; with auto, how long a boot takes, from 60 to 300", () => {
  const limit = (maxIdleTimeS: number | "auto", boots: Readonly<Record<string, number>> = {}) =>
    Object.values(idleLimit({ maxIdleTimeS }, boots, pool()));
  assert.deepEqual(limit(7, bootOf(100)), [7, 7, null]);
  assert.deepEqual(limit("auto"), [300, 300, null]);
  assert.deepEqual(limit("auto", { [bootKey("other", "small")]: 100, [bootKey("default", "large")]: 90 }), [
    300,
    300,
    null,
  ]);
  for (const [bootS, plainS] of [[3, 60], [99.2, 100], [900, 300]] as const) {
    assert.deepEqual(limit("auto", bootOf(bootS)), [plainS, 300, bootS]);
  }
});

/** Two workers that this daemon has launched, which took 40 s to join at 100 s, and are idle since. */
function booted() {
  const run = new Run(rules({ maxIdleTimeS: "auto" }));
  run.launched(60, instance("worker-0"), instance("worker-1"));
  const idle = ["worker-0", "worker-1"].map((name) => daskWorker(name));
  run.with(100, idle);
  return { run, idle };
}

Deno.test("plan() with auto retires workers once they have been idle as long as a boot takes", () => {
  const { run, idle } = booted();
  assert.deepEqual(run.with(159, idle), []);
  assert.deepEqual(short(run.with(160, idle)), ["retire worker-0, worker-1"]);
});

Deno.test("plan() with auto keeps as many as waiting tasks may want for the longest time", () => {
  const { run, idle } = booted();
  const waits = {
    tasks: { released: 0, waiting: 1, queued: 0, noWorker: 0, processing: 0, memory: 0, erred: 0 },
  };
  assert.deepEqual(short(run.with(160, idle, waits)), ["retire worker-0"]);
  assert.deepEqual(run.with(399, idle.slice(1), waits), []);
  assert.deepEqual(short(run.with(400, idle.slice(1), waits)), ["retire worker-1"]);
});
