import assert from "node:assert/strict";
import type { Life, TaskTime, WorkerTime } from "../../../lib/model/mod.ts";
import { ended, newLife } from "../../../lib/price/ledger.ts";
import { partsOf, taskTimesOf } from "../../../lib/price/task_part.ts";

const NOW_MS = Date.UTC(2026, 0, 31, 12);
const ago = (seconds: number) => NOW_MS - seconds * 1000;

function life(id: string, startedS: number, endedS: number | null = null, name = "worker-0"): Life {
  const about = { id, name, kind: "worker", pool: "default", type: "small", zone: null } as const;
  const begun = newLife({ ...about, market: "on-demand", startedMs: ago(startedS) }, {
    machineUsd: 1,
    diskUsd: 0,
  });
  return endedS === null ? begun : ended(begun, ago(endedS));
}

function reported(over: Partial<WorkerTime>): WorkerTime {
  return {
    ...{ session: "s", name: "worker-0", joinedAgoS: 100, left: false, idleS: 0, othersS: 0, functions: [] },
    ...over,
  };
}

Deno.test("taskTimesOf() finds the instance that had the name when the worker joined", () => {
  const lives = [life("i-1", 1000, 500), life("i-2", 400, 200), life("i-3", 150), life("i-4", 90, null, "b")];
  const of = (joinedAgoS: number) =>
    taskTimesOf([reported({ joinedAgoS })], lives, NOW_MS).map(({ lifeId }) => lifeId);
  assert.deepEqual([of(900), of(300), of(100), of(5000), of(450)], [["i-1"], ["i-2"], ["i-3"], [], ["i-2"]]);
  const [time] = taskTimesOf(
    [reported({ idleS: 3, othersS: 2, functions: [{ name: "f", seconds: 5 }] })],
    lives,
    NOW_MS,
  );
  const functions = [{ name: "f", seconds: 5 }, { name: null, seconds: 2 }];
  assert.deepEqual(time, { session: "s", lifeId: "i-3", idleS: 3, functions });
});

Deno.test("partsOf() divides the whole of a life, whatever two clocks have measured", () => {
  const time = (idleS: number, ...functions: TaskTime["functions"]): TaskTime => ({
    ...{ session: `${idleS}`, lifeId: "i-1", idleS, functions },
  });
  const odd = { name: "__proto__", seconds: 40 };
  const told = (seconds: number, ...times: TaskTime[]) =>
    partsOf(life("i-1", seconds), times, NOW_MS).map(({ kind, name, share }) =>
      `${kind} ${name} ${share.toFixed(2)}`
    );
  assert.deepEqual(told(100, time(10, odd), time(5, odd, { name: null, seconds: 1 })), [
    "task __proto__ 0.80",
    "idle  0.15",
    "others  0.01",
    "not_joined  0.04",
  ]);
  assert.deepEqual(told(50, time(25, odd, odd)), ["task __proto__ 0.76", "idle  0.24"]);
  assert.deepEqual([told(100), told(0)], [["not_joined  1.00"], ["not_joined  1.00"]]);
});
