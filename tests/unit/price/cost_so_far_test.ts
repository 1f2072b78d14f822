import assert from "node:assert/strict";
import type { Life } from "../../../lib/model/mod.ts";
import { costSoFar, lifeReader } from "../../../lib/price/cost_so_far.ts";
import { ended, newLife } from "../../../lib/price/ledger.ts";

const HOUR_MS = 3_600_000;
const NOON_MS = Date.UTC(2026, 0, 31, 12);

/** A dollar an hour, since so many hours before noon. */
function life(name: string, hours: number, machineUsd: number | null = 1, over: Partial<Life> = {}): Life {
  const about = {
    id: `i-${name}`,
    name,
    kind: "worker",
    pool: "default",
    type: "small",
    zone: null,
  } as const;
  const startedMs = NOON_MS - hours * HOUR_MS;
  return { ...newLife({ ...about, market: "on-demand", startedMs }, { machineUsd, diskUsd: 0 }), ...over };
}

const prices = {
  schedulerRate: { machineUsd: 0.5, diskUsd: 0 },
  workerRate: (_pool: string, { type }: { readonly type: string }) => ({
    machineUsd: type === "small" ? 3 : null,
    diskUsd: 0,
  }),
  billing: { minimumS: 60, stoppingCosts: false },
};
const cost = (...lives: readonly Life[]) => costSoFar(lives, { nowMs: NOON_MS, prices });

Deno.test("costSoFar() tells what the cluster has cost since its start, and today", () => {
  assert.deepEqual(cost(life("scheduler", 30), life("worker-0", 2)), {
    ...{ clusterUsd: 32, todayUsd: 14, day: "2026-01-31", unpriced: [] },
  });
  assert.deepEqual(cost(), { clusterUsd: 0, todayUsd: 0, day: "2026-01-31", unpriced: [] });
});

Deno.test("costSoFar() counts nothing of before a shutdown for the cluster, and all of it for the day", () => {
  const earlier = ended(life("scheduler", 11), NOON_MS - 6 * HOUR_MS);
  const { clusterUsd, todayUsd } = cost(earlier, life("later", 2, 1, { id: "i-other" }));
  assert.deepEqual([clusterUsd, todayUsd], [2, 7]);
});

Deno.test("costSoFar() takes a price that is known by now, and names the types of which none is", () => {
  assert.equal(cost(life("worker-0", 2, null)).clusterUsd, 6);
  const strange = { type: "strange" };
  assert.deepEqual(cost(life("worker-0", 2, null, strange)).unpriced, ["strange"]);
});

Deno.test("lifeReader() reads what has ended long ago only once, and learns of an end that came earlier", async () => {
  let all = [ended(life("old", 9), NOON_MS - 8 * HOUR_MS), life("worker-0", 2), life("worker-1", 1)];
  const asked: number[] = [];
  const read = lifeReader({
    lives(sinceMs) {
      asked.push(sinceMs);
      return Promise.resolve(all.filter(({ endedMs }) => endedMs === null || endedMs > sinceMs));
    },
  });
  const names = async (nowMs: number) => (await read(nowMs)).map(({ name, endedMs }) => [name, endedMs]);
  const open = [["old", NOON_MS - 8 * HOUR_MS], ["worker-0", null], ["worker-1", null]];
  assert.deepEqual(await names(NOON_MS), open);
  assert.deepEqual(await names(NOON_MS + 1000), open);
  assert.deepEqual(asked, [0, NOON_MS]);
  all = [all[0]!, ended(all[1]!, NOON_MS - 60_000), all[2]!, life("worker-2", 0)];
  assert.deepEqual(await names(NOON_MS + 2000), [open[0], ["worker-0", NOON_MS - 60_000], open[2], [
    "worker-2",
    null,
  ]]);
});
