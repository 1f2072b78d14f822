import assert from "node:assert/strict";
import type { Life } from "../../../lib/model/mod.ts";
import { costSoFar, ended, newLife } from "../../../lib/price/ledger.ts";
import { type LedgerPrices, ledgerReader } from "../../../lib/price/ledger_reader.ts";

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

const prices: LedgerPrices = {
  schedulerRate: { machineUsd: 0.5, diskUsd: 0 },
  workerRate: () => ({ machineUsd: 3, diskUsd: 0 }),
  billing: { minimumS: 60, stoppingCosts: false },
  isNamed: (type) => type === "named",
};
const ledgerOf = (...lives: readonly Life[]) =>
  ledgerReader({ lives: () => Promise.resolve(lives) })(NOON_MS, prices);
const cost = async (...lives: readonly Life[]) => costSoFar(await ledgerOf(...lives));

Deno.test("costSoFar() tells what the cluster has cost since its start, and today", async () => {
  assert.deepEqual(await cost(life("scheduler", 30), life("worker-0", 2)), {
    ...{ clusterUsd: 32, todayUsd: 14, day: "2026-01-31", unpriced: [] },
  });
  assert.deepEqual(await cost(), { clusterUsd: 0, todayUsd: 0, day: "2026-01-31", unpriced: [] });
});

Deno.test("costSoFar() counts nothing of before a shutdown for the cluster, and all of it for the day", async () => {
  const earlier = ended(life("scheduler", 11), NOON_MS - 6 * HOUR_MS);
  const { clusterUsd, todayUsd } = await cost(earlier, life("later", 2, 1, { id: "i-other" }));
  assert.deepEqual([clusterUsd, todayUsd], [2, 7]);
});

Deno.test("ledgerReader() invents no price, and takes one that a person names for the time when none was known", async () => {
  const unknown = await ledgerOf(life("worker-0", 2, null), life("worker-1", 1));
  assert.deepEqual([unknown.sinceStart, unknown.unpriced], [{ usd: 1, unknown: 1 }, ["small"]]);
  const named = await ledgerOf(life("worker-0", 2, null, { type: "named" }), life("worker-1", 1));
  assert.deepEqual([named.sinceStart, named.unpriced], [{ usd: 7, unknown: 0 }, []]);
});

Deno.test("ledgerReader() reads what has ended long ago only once, and learns of an end that came earlier", async () => {
  const dayMs = 24 * HOUR_MS;
  const old = ended(life("old", 90), NOON_MS - 3 * dayMs);
  const first = ended(life("first", 9), NOON_MS - 8 * HOUR_MS);
  let all = [old, first, life("worker-0", 2), life("worker-1", 1)];
  const asked: number[] = [];
  const read = ledgerReader({
    lives(sinceMs) {
      asked.push(sinceMs);
      return Promise.resolve(all.filter(({ endedMs }) => endedMs === null || endedMs > sinceMs));
    },
  });
  const told = async (afterMs: number) => {
    const { sinceStart, today } = await read(NOON_MS + afterMs, prices);
    return [sinceStart.usd.toFixed(3), today.usd.toFixed(3)];
  };
  assert.deepEqual(await told(0), ["3.000", "4.000"]);
  assert.deepEqual(await told(36_000), ["3.020", "4.020"]);
  assert.deepEqual(asked, [0, NOON_MS]);
  all = [old, first, ended(all[2]!, NOON_MS), all[3]!, life("worker-2", 0)];
  // The new one's first minute is due at once.
  assert.deepEqual(await told(36_000), ["3.027", "4.027"]);
  assert.deepEqual(await told(-HOUR_MS), ["1.000", "2.000"], "the clock was set back");
});
