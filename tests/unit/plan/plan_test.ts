import assert from "node:assert/strict";
import { attempt, daskWorker, instance, pool, report, rules, tasks } from "../../support/fakes/builders.ts";
import { rememberTerminated } from "../../../lib/plan/memory.ts";
import { Run, short } from "./_run.ts";

const busy = { processing: 1, executing: 1 };

Deno.test("plan() launches a worker for each task, in one launch, and at most max_workers", () => {
  assert.deepEqual(short(new Run().at(0, { scheduler: tasks(2) })), ["launch worker-0, worker-1"]);
  const [launch] = new Run().at(0, { scheduler: tasks(9) });
  assert.deepEqual(short([launch!]), ["launch worker-0, worker-1, worker-2, worker-3"]);
  assert.equal(launch!.reason, "9 tasks to run, at most 4 workers");
});

Deno.test("plan() launches nothing for a demand that a launch under way covers", () => {
  const run = new Run();
  const listing = {
    instances: [instance("worker-0", { state: "pending" }), instance("worker-1")],
    complete: true,
  };
  assert.deepEqual(run.at(0, { scheduler: tasks(2), listing }), []);
});

Deno.test("plan() counts against max_workers what is stopping and what was launched with no answer", () => {
  const stopping = instance("worker-0", { state: "stopping" });
  const lost = attempt(["worker-1", "worker-2"]);
  const actions = new Run().at(0, {
    scheduler: tasks(9),
    listing: { instances: [stopping], complete: true },
    openAttempts: [lost],
  });
  assert.deepEqual(short(actions), ["replay worker-1, worker-2", "launch worker-3"]);
});

Deno.test("plan() fills the place of what a listing shows to be stopping, where that costs nothing", () => {
  const run = new Run(rules({ pools: [pool({ maxWorkers: 2 })], stoppingCosts: false }));
  run.with(0, [daskWorker("worker-0"), daskWorker("worker-1")]);
  run.memory = rememberTerminated(run.memory, ["i-worker-0"], "idle", 0);
  const listed = (state: "running" | "stopping") => ({
    scheduler: tasks(9, { workers: [daskWorker("worker-1", busy)] }),
    listing: { instances: [instance("worker-0", { state }), instance("worker-1")], complete: true },
  });
  assert.deepEqual(run.at(1, listed("running")), [], "it was told, and may run on");
  assert.deepEqual(short(run.at(2, listed("stopping"))), ["launch worker-2"]);
});

Deno.test("plan() takes no name that the scheduler still knows", () => {
  const actions = new Run().at(0, { scheduler: tasks(1, { workers: [daskWorker("worker-0", busy)] }) });
  assert.deepEqual(short(actions), ["launch worker-1"]);
});

Deno.test("plan() launches one worker for a client that waits to send its input", () => {
  const [launch] = new Run().at(0, { scheduler: report({ pendingScatters: 3 }) });
  assert.deepEqual(short([launch!]), ["launch worker-0"]);
  assert.equal(launch!.reason, "a client waits to send its input");
});

Deno.test("plan() does nothing while the scheduler is unreachable, before a listing, or without the lease", () => {
  const late = { instances: [instance("worker-0", { ageS: 10_000 })], complete: true };
  assert.deepEqual(new Run().at(0, { scheduler: null, listing: late }), []);
  assert.deepEqual(
    new Run().at(0, { scheduler: tasks(3), listing: null, openAttempts: [attempt(["worker-9"])] }),
    [],
  );
  assert.deepEqual(new Run().at(0, { scheduler: tasks(3), listing: late, leaseHeld: false }), []);
});

Deno.test("plan() ends an idle worker after max_idle_time_s, and not before", () => {
  const run = new Run();
  const workers = [daskWorker("worker-0")];
  assert.deepEqual(run.with(0, workers), []);
  assert.deepEqual(run.with(59, workers), []);
  assert.deepEqual(short(run.with(60, workers)), ["retire worker-0"]);
});

Deno.test("plan() counts idle time from zero after a task that ran between two ticks", () => {
  const run = new Run();
  run.with(0, [daskWorker("worker-0", { completed: 1 })]);
  run.with(50, [daskWorker("worker-0", { completed: 2 })]);
  assert.deepEqual(run.with(100, [daskWorker("worker-0", { completed: 2 })]), []);
  assert.deepEqual(short(run.with(110, [daskWorker("worker-0", { completed: 2 })])), ["retire worker-0"]);
});

Deno.test("plan() keeps a busy worker while another is idle", () => {
  const run = new Run();
  const workers = [daskWorker("worker-0", busy), daskWorker("worker-1")];
  const demand = { runnable: [{ resources: {}, count: 1 }] };
  run.with(0, workers, demand);
  assert.deepEqual(short(run.with(1000, workers, demand)), ["retire worker-1"]);
});

Deno.test("plan() keeps min_workers", () => {
  const run = new Run(rules({ pools: [pool({ minWorkers: 1 })] }));
  assert.deepEqual(short(run.at(0)), ["launch worker-0"]);
  const workers = [daskWorker("worker-0"), daskWorker("worker-1")];
  run.with(1, workers);
  assert.equal(run.with(100, workers).length, 1);
});

Deno.test("plan() retires all idle workers but the one with most results that a client wants", () => {
  const run = new Run();
  const workers = [
    daskWorker("worker-0", { holdsResults: true, heldBytes: 10 }),
    daskWorker("worker-1", { holdsResults: true, heldBytes: 99 }),
    daskWorker("worker-2"),
  ];
  run.with(0, workers);
  const actions = short(run.with(60, workers));
  assert.deepEqual(actions.map((words) => words.includes("worker-1")), [false]);
  assert.ok(actions[0]!.includes("worker-0") && actions[0]!.includes("worker-2"));
  assert.equal(run.memory.workers["i-worker-1"]!.keptSinceMs, 60_000);
});

Deno.test("plan() cancels results after hold_results_s, and then retires the worker", () => {
  const run = new Run(rules({ holdResultsS: 5 }));
  const holder = [daskWorker("worker-0", { holdsResults: true })];
  run.with(0, holder);
  assert.deepEqual(run.with(60, holder), []);
  assert.deepEqual(run.with(64, holder), []);
  assert.deepEqual(short(run.with(65, holder)), ["cancel worker-0"]);
  assert.deepEqual(short(run.with(66, [daskWorker("worker-0")])), ["retire worker-0"]);
});

Deno.test("plan() retires an idle worker of another type at once, a busy one not", () => {
  const run = new Run(rules({ pools: [pool({ type: "large" })] }));
  const workers = [daskWorker("worker-0"), daskWorker("worker-1", busy)];
  const demand = { runnable: [{ resources: {}, count: 1 }] };
  assert.deepEqual(short(run.with(0, workers, demand)), ["retire worker-0"]);
});

Deno.test("plan() terminates an instance that does not join in time, and one that is powered off", () => {
  const run = new Run();
  const off = instance("worker-1", { state: "stopped" });
  const listing = { instances: [instance("worker-0"), off], complete: true };
  assert.deepEqual(short(run.at(0, { listing })), ["terminate worker-1"]);
  assert.deepEqual(short(run.at(601, { listing: { instances: [instance("worker-0")], complete: true } })), [
    "terminate worker-0",
  ]);
});

Deno.test("plan() counts the boot time of an unknown instance from its age", () => {
  const listing = { instances: [instance("worker-0", { ageS: 601 })], complete: true };
  const run = new Run();
  assert.deepEqual(run.at(0, { listing }), []); // its worker may be about to find the scheduler
  assert.deepEqual(short(run.at(61, { listing })), ["terminate worker-0"]);
});

Deno.test("plan() terminates an instance again that is still stopping", () => {
  const run = new Run();
  const listing = { instances: [instance("worker-0", { state: "stopping" })], complete: true };
  assert.deepEqual(run.at(0, { listing }), []);
  assert.deepEqual(short(run.at(5, { listing })), ["terminate worker-0"]);
});
