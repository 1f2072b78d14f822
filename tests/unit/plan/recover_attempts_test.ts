import assert from "node:assert/strict";
import { rememberLost } from "../../../lib/plan/memory.ts";
import { UNDER_WAY_S } from "../../../lib/plan/rules.ts";
import { attempt, daskWorker, instance, pool, report, rules, tasks } from "../../support/fakes/builders.ts";
import { Run, short } from "./_run.ts";

const LOST = attempt(["worker-0", "worker-1"], { id: "lost" });
const listing = (...instances: Parameters<typeof instance>[]) => ({
  instances: instances.map((each) => instance(...each)),
  complete: true,
});

Deno.test("plan() does not make a call again for which max_workers leaves no room any more", () => {
  const run = new Run(rules({ pools: [pool({ maxWorkers: 1 })] }));
  assert.deepEqual(run.at(0, { scheduler: tasks(9), openAttempts: [LOST] }), []);
});

Deno.test("plan() makes neither of two calls again when max_workers leaves room for one of them only", () => {
  const calls = ["first", "second"].map((id, i) => attempt([`worker-${i}`], { id }));
  const scheduler = tasks(9);
  const narrow = new Run(rules({ pools: [pool({ maxWorkers: 1 })] }));
  assert.deepEqual(narrow.at(0, { scheduler, openAttempts: calls }), []);
  const wide = new Run(rules({ pools: [pool({ maxWorkers: 2 })] }));
  assert.deepEqual(short(wide.at(0, { scheduler, openAttempts: calls })), [
    "replay worker-0",
    "replay worker-1",
  ]);
});

Deno.test("plan() does not make a call again whose names other workers have", () => {
  const run = new Run();
  const taken = { openAttempts: [LOST], listing: listing(["worker-1", { attemptId: "another's" }]) };
  assert.deepEqual(short(run.at(0, taken)), []);
});

Deno.test("plan() does not make a call again for a pool that is no longer configured", () => {
  assert.deepEqual(new Run().at(0, { openAttempts: [{ ...LOST, pool: "gpu" }] }), []);
});

Deno.test("plan() makes a call again whose instances are there", () => {
  const run = new Run(rules({ pools: [pool({ maxWorkers: 2 })] }));
  const own = listing(["worker-0", { attemptId: "lost" }], ["worker-1", { attemptId: "lost" }]);
  assert.deepEqual(short(run.at(0, { openAttempts: [LOST], listing: own })), ["replay worker-0, worker-1"]);
});

Deno.test("plan() closes an attempt by the listing when its instances are listed and there is no room for the rest", () => {
  const run = new Run();
  const own = listing(["worker-0", { attemptId: "lost" }], ["worker-1", { attemptId: "another's" }]);
  const seen = { openAttempts: [LOST], listing: own };
  assert.deepEqual(run.at(0, seen), []);
  const [close] = run.at(UNDER_WAY_S, seen);
  assert.deepEqual(close, {
    ...{ kind: "close", attempt: LOST, reason: "all it has launched is listed" },
    launched: [{ name: "worker-0", id: "i-worker-0" }],
  });
});

Deno.test("plan() closes an attempt once none of its calls can be under way, and launches anew", () => {
  const run = new Run(rules({ pools: [pool({ maxWorkers: 1 })], goneAfterS: 30 }));
  const seen = { scheduler: tasks(1), openAttempts: [LOST] };
  run.at(0, seen);
  assert.deepEqual(run.at(UNDER_WAY_S + 29, seen), []);
  assert.deepEqual(run.at(UNDER_WAY_S + 30, { ...seen, listing: { instances: [], complete: false } }), []);
  assert.deepEqual(run.at(UNDER_WAY_S + 30, { ...seen, listedAtMs: 0 }), []);
  assert.deepEqual(short(run.at(UNDER_WAY_S + 30, seen)), ["close worker-0, worker-1"]);
  assert.deepEqual(short(run.at(UNDER_WAY_S + 31, { scheduler: tasks(1) })), ["launch worker-0"]);
});

Deno.test("plan() does not close an attempt while a call with its token may be under way", () => {
  const run = new Run();
  run.at(0, { openAttempts: [LOST] });
  run.memory = rememberLost(run.memory, "lost", 50_000);
  assert.deepEqual(short(run.at(UNDER_WAY_S + 49, { openAttempts: [LOST] })), ["replay worker-0, worker-1"]);
  assert.deepEqual(short(run.at(UNDER_WAY_S + 50, { openAttempts: [LOST] })), ["close worker-0, worker-1"]);
});

Deno.test("plan() makes no call again before a complete listing has shown which workers exist", () => {
  const run = new Run();
  const part = { openAttempts: [LOST], listing: { instances: [], complete: false } };
  assert.deepEqual(run.at(0, part), []);
  assert.deepEqual(run.at(1, part), []);
  assert.deepEqual(short(run.at(2, { openAttempts: [LOST] })), ["replay worker-0, worker-1"]);
  assert.deepEqual(short(run.at(3, part)), ["replay worker-0, worker-1"]);
});

Deno.test("plan() does not make a call again while the scheduler has another worker of its name", () => {
  const run = new Run();
  const registered = { openAttempts: [LOST], scheduler: report({ workers: [daskWorker("worker-1")] }) };
  assert.deepEqual(run.at(0, registered), []);
  const own = listing(["worker-1", { attemptId: "lost" }]);
  assert.deepEqual(short(run.at(1, { ...registered, listing: own })), ["replay worker-0, worker-1"]);
});

Deno.test("plan() does not make a call again when one for a pool that is no longer configured takes its room", () => {
  const run = new Run(rules({ pools: [pool({ maxWorkers: 2 })] }));
  const removed = attempt(["worker-2"], { id: "removed", pool: "gpu" });
  assert.deepEqual(run.at(0, { openAttempts: [LOST, removed] }), []);
});
