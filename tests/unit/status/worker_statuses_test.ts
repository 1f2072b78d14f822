import assert from "node:assert/strict";
import type { DaskWorker, WorkerStatus } from "../../../lib/model/mod.ts";
import type { WorkerMemory } from "../../../lib/plan/memory.ts";
import { type StatusInput, statusOf } from "../../../lib/status/status_of.ts";
import { daskWorker, instance, pool, report, tasks } from "../../support/fakes/builders.ts";
import { assertWording } from "../../support/wording.ts";
import { input, NOW_MS, remembered, remembering, WALL_MS } from "./_input.ts";

/** A worker that joined half a minute ago and has been idle since the last 12 seconds. */
function joined(name: string, over: Partial<WorkerMemory> = {}): WorkerMemory {
  return remembered(name, 40, { joinedMs: NOW_MS - 30_000, idleSinceMs: NOW_MS - 12_000, ...over });
}

/** The status of workers of these names, all alike but for what is given. */
function statusesOf(
  workers: Readonly<Record<string, Partial<DaskWorker>>>,
  over: Partial<StatusInput> = {},
): readonly WorkerStatus[] {
  const dask = Object.entries(workers).map(([name, part]) => daskWorker(name, part));
  const memory = remembering(
    ...dask.map(({ name, processing }) => joined(name, processing > 0 ? { idleSinceMs: null } : {})),
  );
  const found = over.report === undefined ? report({ workers: dask }) : over.report;
  return statusOf(input({ ...over, memory, report: found })).workers;
}

Deno.test("statusOf() tells when an idle worker leaves, and of one that is needed that it does not", () => {
  const { config } = input();
  const two = statusesOf({ "worker-0": {}, "worker-1": {} });
  assert.deepEqual(
    two.map(({ leaves_in_s }) => leaves_in_s),
    Array(2).fill(Number(config.maxIdleTimeS) - 12),
  );
  assertWording("problems", "reason of an idle worker", two[0]!.reason!);

  const needed = statusesOf({ "worker-0": {}, "worker-1": {} }, { pools: [pool({ minWorkers: 1 })] });
  assert.deepEqual(needed.map(({ leaves_in_s }) => leaves_in_s !== null), [true, false]);
  assertWording("problems", "reason of a worker that min_workers keeps", needed[1]!.reason!);

  const requests = [{ pool: "default", workers: 1, leftS: 60 }];
  const [requested] = statusesOf({ "worker-0": {} }, {
    report: report({ workers: [daskWorker("worker-0")], requests }),
  });
  assertWording("problems", "reason of a worker that is requested", requested!.reason!);

  const [busy] = statusesOf({ "worker-0": { processing: 3, executing: 1 } });
  assert.equal(busy!.leaves_in_s, null);
  assertWording("problems", "reason of a worker with tasks", busy!.reason!);
});

Deno.test("statusOf() tells the boot that auto goes by, and of which workers waiting tasks may want that they stay", () => {
  const config = { ...input().config, maxIdleTimeS: "auto" } as const;
  const memory = remembering(joined("worker-0"), joined("worker-1"));
  const workers = [daskWorker("worker-0"), daskWorker("worker-1")];
  const found = (waiting: number, bootS: Readonly<Record<string, number>>) => {
    const told = report({ workers, tasks: { ...report().tasks, waiting } });
    return statusOf(input({ config, memory: { ...memory, bootS }, report: told })).workers
      .map(({ leaves_in_s, boot_s, reason }) => [leaves_in_s, boot_s, reason]);
  };
  const plain = [48, 38, "it has no task"];
  assert.deepEqual(found(0, { "default/small": 38.2 }), [plain, plain]);
  assert.deepEqual(found(1, { "default/small": 38.2 }), [plain, [288, null, "tasks that wait may want it"]]);
  assert.deepEqual(found(0, {})[0], [288, null, "it has no task"]);
});

Deno.test("statusOf() promises nothing of an idle worker without a daemon", () => {
  const daemon = { ...input().daemon, running: false };
  assert.equal(statusesOf({ "worker-0": {} }, { daemon })[0]!.leaves_in_s, null);
});

Deno.test("statusOf() gives as a worker's reason what keeps it, not why it was launched", () => {
  const actor = { keptBy: "actor", keptReason: "actor a cannot be moved", holdsResults: true };
  const shuffle = { keptBy: "shuffle", keptReason: "it takes part in a shuffle" };
  const found = statusesOf({ "worker-0": actor, "worker-1": shuffle, "worker-2": { holdsResults: true } });
  assert.deepEqual(found.map(({ reason, leaves_in_s }) => [reason, leaves_in_s]), [
    ["actor a cannot be moved", null],
    ["it takes part in a shuffle", null],
    ["it has no task", Number(input().config.maxIdleTimeS) - 12],
  ]);
  const [alone] = statusesOf({ "worker-0": { holdsResults: true } });
  assert.deepEqual([alone!.reason, alone!.leaves_in_s], ["holds results that a client wants", null]);
});

Deno.test("statusOf() does not know what workers do while the scheduler is silent, but when they were seen last", () => {
  const memory = remembering(
    remembered("worker-0", 600, { joinedMs: NOW_MS - 500_000, seenMs: NOW_MS - 7_000 }),
    remembered("worker-1", 600),
    remembered("worker-2", 5, { instance: instance("worker-2", { state: "pending" }) }),
    remembered("worker-3", 600, { terminatedMs: NOW_MS - 1_000 }),
  );
  const { workers } = statusOf(input({ memory, report: null }));
  const at = (agoS: number) => new Date(WALL_MS - agoS * 1000).toISOString();
  assert.deepEqual(workers.map(({ state, since, seen_at }) => [state, since, seen_at]), [
    ["unknown", at(7), at(7)],
    ["unknown", null, null],
    ["pending", at(5), null],
    ["stopping", at(1), null],
  ]);
  assertWording("problems", "reason of a worker of a silent scheduler", workers[0]!.reason!);
});

Deno.test("statusOf() tells memory of its limit, slots and functions", () => {
  const [worker] = statusesOf({
    "worker-0": {
      ...{ nthreads: 4, memoryBytes: 5, memoryLimitBytes: 10, runs: { square: 2 } },
      ...{ processing: 2, executing: 2, lastSeenS: 1.5 },
    },
  }, {});
  assert.deepEqual(
    [worker!.slots, worker!.memory_bytes, worker!.memory_limit_bytes, worker!.runs],
    [4, 5, 10, { square: 2 }],
  );
  assert.equal(worker!.seen_at, new Date(WALL_MS - 1500).toISOString());
  assert.deepEqual(
    statusOf(input({ report: { ...tasks(1), memoryBytes: 9, startedAt: "2026-12-31T23:59:59Z" } })).scheduler,
    { started_at: "2026-12-31T23:59:59.000Z", memory_bytes: 9, memory_limit_bytes: null },
  );
});
