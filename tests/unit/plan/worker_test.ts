import assert from "node:assert/strict";
import type { CloudState, WorkerState } from "../../../lib/model/mod.ts";
import { firstMemory } from "../../../lib/plan/memory.ts";
import { workerState } from "../../../lib/plan/worker.ts";
import { daskWorker, instance } from "../../support/fakes/builders.ts";

/** What the memory knows of a worker, and what the scheduler reports of it. */
const REGISTRATIONS = {
  "never seen": [{}, undefined],
  registered: [{ joinedMs: 1 }, daskWorker("worker-0")],
  "registered for the first time in this tick": [{}, daskWorker("worker-0")],
  paused: [{ joinedMs: 1 }, daskWorker("worker-0", { status: "paused" })],
  draining: [{ joinedMs: 1 }, daskWorker("worker-0", { status: "closing_gracefully" })],
  closing: [{ joinedMs: 1 }, daskWorker("worker-0", { status: "closing" })],
  left: [{ joinedMs: 1, leftMs: 2 }, undefined],
  "registered in the last report": [{ joinedMs: 1 }, undefined],
} as const;

const ROWS: Readonly<Record<keyof typeof REGISTRATIONS, readonly WorkerState[]>> = {
  "never seen": ["pending", "booting", "stopping", "failed"],
  registered: ["running", "running", "stopping", "failed"],
  "registered for the first time in this tick": ["running", "running", "stopping", "failed"],
  paused: ["running", "running", "stopping", "failed"],
  draining: ["draining", "draining", "stopping", "failed"],
  closing: ["draining", "draining", "stopping", "failed"],
  left: ["booting", "booting", "stopping", "failed"],
  "registered in the last report": ["running", "running", "stopping", "failed"],
};

const STATES: readonly CloudState[] = ["pending", "running", "stopping", "stopped"];

for (const [what, [memory, dask]] of Object.entries(REGISTRATIONS)) {
  Deno.test(`workerState() of a worker that is ${what}, for each state of its instance`, () => {
    const states = STATES.map((state) =>
      workerState({ ...firstMemory(instance("worker-0", { state }), 0, null), ...memory }, dask)
    );
    assert.deepEqual(states, ROWS[what as keyof typeof REGISTRATIONS]);
  });
}

Deno.test("workerState() of a terminated worker is stopping, whatever platform and scheduler report", () => {
  for (const state of STATES) {
    const told = { ...firstMemory(instance("worker-0", { state }), 0, null), terminatedMs: 1 };
    assert.equal(workerState(told, undefined), "stopping");
    assert.equal(workerState(told, daskWorker("worker-0")), "stopping");
  }
});
