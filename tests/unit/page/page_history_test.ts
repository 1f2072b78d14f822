import assert from "node:assert/strict";
import type { Life, Sample } from "../../../lib/model/mod.ts";
import { DECISIONS_TOLD, pageHistory, pageStatus, type PastOfSpan } from "../../../lib/page/page_history.ts";
import { busy, NOW_MS, worker } from "../cli/_status.ts";

const MINUTE = 60_000;
const SPAN = { fromMs: 100 * MINUTE, toMs: 160 * MINUTE };

function sample(minute: number, over: Partial<Sample> = {}): Sample {
  return {
    atMs: minute * MINUTE,
    workers: { running: minute },
    target: 1,
    queued: 2,
    processing: 3,
    ...over,
  };
}

function shown(past: Partial<PastOfSpan>, nowMs = SPAN.toMs) {
  const all = { begunMs: 0, samples: [], decisions: [], lives: null, functions: [], minimumS: 0, ...past };
  return pageHistory(all, SPAN, nowMs);
}

const minutes = (times: readonly number[]) => times.map((ms) => ms / MINUTE);

Deno.test("pageHistory() begins with what was already so, and ends with what is so until now", () => {
  const { samples } = shown({ samples: [sample(99), sample(101), sample(102)] }, 103 * MINUTE);
  assert.deepEqual(minutes(samples.at), [100, 101, 102, 103]);
  assert.deepEqual(samples.workers.running, [99, 101, 102, 102]);
  assert.deepEqual([samples.target, samples.queued.length], [[1, 1, 1, 1], 4]);
});

Deno.test("pageHistory() has a gap where no daemon has recorded, before the span as well", () => {
  const { samples } = shown({ samples: [sample(80), sample(110), sample(140), sample(141)] }, 150 * MINUTE);
  assert.deepEqual(minutes(samples.at), [110, 111, 111, 140, 141, 142, 142]);
  assert.deepEqual(samples.workers.running, [110, 110, null, 140, 141, 141, null]);
  assert.deepEqual(samples.target.map((target) => target === null), [
    ...[false, false, true, false, false, false, true],
  ]);
});

Deno.test("pageHistory() counts a state that only some samples have as none in the others", () => {
  const { samples } = shown(
    { samples: [sample(100, { workers: { booting: 4 } }), sample(101)] },
    102 * MINUTE,
  );
  assert.deepEqual(samples.workers, { running: [0, 101, 101], booting: [4, 0, 0] });
});

Deno.test("pageHistory() of nothing has no point, and no cost where nothing costs", () => {
  const { samples, cost, decisions } = shown({});
  assert.deepEqual([samples.at, samples.workers, cost, decisions], [[], { running: [] }, null, []]);
});

Deno.test("pageHistory() tells what each part of the span has cost, which together is the whole", () => {
  const life: Life = {
    ...{ id: "i-0", name: "worker-0", kind: "worker", pool: "default", type: "t", zone: null },
    ...{ market: "spot", startedMs: 70 * MINUTE, endedMs: 130 * MINUTE, lastSeenMs: 130 * MINUTE },
    rates: [{ fromMs: 70 * MINUTE, machineUsd: 6, diskUsd: 0 }],
  };
  const cost = shown({ lives: [life] }).cost!;
  assert.equal(cost.total_usd, 3);
  assert.ok(Math.abs(cost.usd.reduce((sum, usd) => sum + usd, 0) - 3) < 1e-9);
  assert.deepEqual([cost.usd[0], cost.usd.at(-1), cost.at[0]], [6 / 120, 0, SPAN.fromMs]);
  const unknown = { ...life, rates: [{ fromMs: 70 * MINUTE, machineUsd: null, diskUsd: 0 }] };
  assert.equal(shown({ lives: [unknown] }).cost!.unknown_prices, 1);
});

Deno.test("pageHistory() names some workers of a decision and counts all, and says that there are more decisions", () => {
  const names = Array.from({ length: 1000 }, (_, i) => `worker-${i}`);
  const decision = { atMs: 110 * MINUTE, action: "launch", names, reason: "tasks wait" } as const;
  const { decisions, more_decisions } = shown({ decisions: [decision] });
  assert.deepEqual(decisions.map(({ count, names }) => [count, names.length]), [[1000, 8]]);
  assert.equal(more_decisions, false);
  const many = shown({ decisions: Array.from({ length: DECISIONS_TOLD + 1 }, () => decision) });
  assert.deepEqual([many.decisions.length, many.more_decisions], [DECISIONS_TOLD, true]);
});

Deno.test("pageStatus() has the status as it is, its numbers, and how grave its problems are", () => {
  const problems = [{ code: "worker_paused", message: "it waits", hint: "free memory" }] as const;
  const workers = [worker("worker-0"), worker("worker-1", { state: "booting" }), worker("worker-2")];
  const status = busy({ workers, problems });
  const page = pageStatus(status, NOW_MS);
  assert.equal(page.status, status);
  assert.deepEqual(page.problems, [{ ...problems[0], severity: "warning" }]);
  assert.deepEqual(page.sample, {
    ...{ atMs: NOW_MS, workers: { running: 2, booting: 1 }, target: 3, queued: 6, processing: 3 },
  });
  const unknown = pageStatus(busy({ demand: null }), NOW_MS).sample;
  assert.deepEqual([unknown.target, unknown.queued, unknown.processing], [null, null, null]);
});
