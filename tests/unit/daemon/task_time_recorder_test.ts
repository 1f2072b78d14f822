import assert from "node:assert/strict";
import type { WorkerTime } from "../../../lib/model/mod.ts";
import { taskTimeRecorder } from "../../../lib/daemon/task_time_recorder.ts";
import { newLife } from "../../../lib/price/ledger.ts";
import { FakeClock } from "../../support/fakes/fake_clock.ts";
import { MemoryHistory } from "../../support/fakes/memory_history.ts";

const NOW_MS = 1e12;

const told = (session: string, seconds: number, left = false): WorkerTime => ({
  ...{ session, name: "worker-0", joinedAgoS: 100, left, idleS: 0, othersS: 0 },
  functions: [{ name: "square", seconds }],
});

async function daemon(history: MemoryHistory, clock: FakeClock) {
  const about = {
    ...{ id: "i-0", name: "worker-0", kind: "worker", pool: "default", type: "small", zone: null } as const,
    ...{ market: "on-demand", startedMs: NOW_MS - 200_000 } as const,
  };
  await history.recordLives([newLife(about, { machineUsd: 1, diskUsd: 0 })]);
  const record = taskTimeRecorder(history, clock);
  return (taskTime: readonly WorkerTime[], isLast = false) =>
    record({ report: { taskTime }, reportedMs: NOW_MS, isLast });
}

const written = (history: MemoryHistory) =>
  [...history.timed.values()].map(({ session, functions }) => `${session} ${functions[0]?.seconds}`);

Deno.test("taskTimeRecorder() writes now and then, at once what has left, and all at the end", async () => {
  const [history, clock] = [new MemoryHistory(), new FakeClock()];
  const record = await daemon(history, clock);
  await record([told("a", 1)]);
  await record([told("a", 2)]);
  assert.deepEqual(written(history), ["a 1"]);
  clock.advance(15_000);
  await record([told("a", 16)]);
  assert.deepEqual(written(history), ["a 16"]);
  await record([told("a", 17, true), told("b", 1)]);
  assert.deepEqual(written(history), ["a 17", "b 1"]);
  await record([told("a", 17, true), told("b", 2)], true);
  assert.deepEqual(written(history), ["a 17", "b 2"]);
});

Deno.test("taskTimeRecorder() of the next daemon counts nothing twice, and what was not seen meanwhile", async () => {
  const [history, clock] = [new MemoryHistory(), new FakeClock()];
  await (await daemon(history, clock))([told("a", 50)]);
  const record = await daemon(history, clock);
  await record([told("a", 70, true), told("b", 5)]);
  assert.deepEqual(written(history), ["a 70", "b 5"]);
});
