import assert from "node:assert/strict";
import type { CloudState, WorkerState } from "../../lib/model/mod.ts";
import { firstMemory } from "../../lib/plan/memory.ts";
import { phaseOf } from "../../lib/plan/phase.ts";
import { daskWorker, instance } from "../fakes/builders.ts";

/** What is remembered of a worker, and what the scheduler says of it. */
const ATTENDANCE = {
  "never seen": [{}, undefined],
  registered: [{ joinedMs: 1 }, daskWorker("worker-0")],
  "registered, and we saw it in the same tick": [{}, daskWorker("worker-0")],
  paused: [{ joinedMs: 1 }, daskWorker("worker-0", { status: "paused" })],
  draining: [{ joinedMs: 1 }, daskWorker("worker-0", { status: "closing_gracefully" })],
  closing: [{ joinedMs: 1 }, daskWorker("worker-0", { status: "closing" })],
  left: [{ joinedMs: 1, leftMs: 2 }, undefined],
  "registered when the scheduler was last heard": [{ joinedMs: 1 }, undefined],
} as const;

const ROWS: Readonly<Record<keyof typeof ATTENDANCE, readonly WorkerState[]>> = {
  "never seen": ["pending", "booting", "stopping", "failed"],
  registered: ["running", "running", "stopping", "failed"],
  "registered, and we saw it in the same tick": ["running", "running", "stopping", "failed"],
  paused: ["running", "running", "stopping", "failed"],
  draining: ["draining", "draining", "stopping", "failed"],
  closing: ["draining", "draining", "stopping", "failed"],
  left: ["booting", "booting", "stopping", "failed"],
  "registered when the scheduler was last heard": ["running", "running", "stopping", "failed"],
};

const STATES: readonly CloudState[] = ["pending", "running", "stopping", "stopped"];

for (const [what, [memory, dask]] of Object.entries(ATTENDANCE)) {
  Deno.test(`phaseOf() a worker that is ${what}, by what its provider says`, () => {
    const phases = STATES.map((state) =>
      phaseOf({ ...firstMemory(instance("worker-0", { state }), 0, null), ...memory }, dask)
    );
    assert.deepEqual(phases, ROWS[what as keyof typeof ATTENDANCE]);
  });
}

Deno.test("phaseOf() a worker that was told to end is stopping, whatever anybody says", () => {
  for (const state of STATES) {
    const told = { ...firstMemory(instance("worker-0", { state }), 0, null), terminatedMs: 1 };
    assert.equal(phaseOf(told, undefined), "stopping");
    assert.equal(phaseOf(told, daskWorker("worker-0")), "stopping");
  }
});
