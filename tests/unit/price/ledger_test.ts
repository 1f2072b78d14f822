import assert from "node:assert/strict";
import type { Life, TimedRate } from "../../../lib/model/mod.ts";
import { ended, ledger, newLife, perHour, seen, spent, startOfDay } from "../../../lib/price/ledger.ts";

const HOUR_MS = 3_600_000;
const T0 = Date.UTC(2026, 10, 30, 12);
const RUNS = { machineUsd: 3.6, diskUsd: 0.36 };
const STOPPED = { machineUsd: 0, diskUsd: 0.36 };

/** Seconds after T0. */
const at = (s: number) => T0 + s * 1000;

function life(rates: readonly (Omit<TimedRate, "fromMs"> & { s: number })[], endS: number | null): Life {
  return {
    ...{ id: "i-0", name: "worker-0", kind: "worker", pool: "default", type: "small", zone: null },
    ...{ market: "on-demand", startedMs: T0, endedMs: endS === null ? null : at(endS), lastSeenMs: T0 },
    rates: rates.map(({ s, ...rate }) => ({ ...rate, fromMs: at(s) })),
  };
}

function costOf(lives: Life | readonly Life[], fromS = 0, toS = 1e6, minimumS = 60) {
  const { usd, unknown } = spent([lives].flat(), { fromMs: at(fromS), toMs: at(toS), minimumS });
  return [Math.round(usd * 1e6) / 1e6, unknown];
}

Deno.test("spent() counts a machine by the second, and its disk as long as it exists", () => {
  // 100 s of a tenth of a cent, and 160 s of a hundredth.
  const stopped = life([{ s: 0, ...STOPPED }, { s: 20, ...RUNS }, { s: 120, ...STOPPED }], 160);
  assert.deepEqual(costOf(stopped), [0.1 + 0.016, 0]);
});

Deno.test("spent() counts the minimum from the second at which a machine begins to run", () => {
  const short = life([{ s: 0, ...RUNS }], 10);
  assert.deepEqual(costOf(short), [0.06 + 0.001, 0]);
  assert.deepEqual(costOf(short, 0, 1), [0.06 + 0.0001, 0]);
  assert.deepEqual(costOf(short, 1), [0.0009, 0]);
  assert.deepEqual(costOf(short, 0, 1e6, 1), [0.01 + 0.001, 0]);
  const neverRan = life([{ s: 0, ...STOPPED }], 10);
  assert.deepEqual(costOf(neverRan), [0.001, 0]);
});

Deno.test("spent() counts the minimum again when a machine is started again", () => {
  const twice = life(
    [{ s: 0, ...RUNS }, { s: 70, ...STOPPED }, { s: 100, ...RUNS }, { s: 105, ...STOPPED }],
    200,
  );
  assert.deepEqual(costOf(twice), [0.07 + 0.06 + 0.02, 0]);
});

Deno.test("spent() takes the price of each time, and the sums of parts are the sum of all", () => {
  const dearer = life([{ s: 0, ...RUNS }, { s: 100, machineUsd: 7.2, diskUsd: 0.36 }], null);
  const [whole] = costOf(dearer, 0, 300);
  assert.equal(whole, 0.1 + 0.4 + 0.03);
  const parts = [[0, 30], [30, 77], [77, 100], [100, 299], [299, 300]].map(([from, to]) =>
    costOf(dearer, from, to)[0]!
  );
  assert.equal(Math.round(parts.reduce((sum, usd) => sum + usd) * 1e6) / 1e6, whole);
});

Deno.test("spent() counts those whose price is not known, in the times that they cost something", () => {
  const unknown = life([{ s: 0, ...STOPPED }, { s: 50, machineUsd: null, diskUsd: 0.36 }], 150);
  const noDisk = life([{ s: 0, machineUsd: 3.6, diskUsd: null }], 10);
  assert.deepEqual(costOf([unknown, noDisk, life([{ s: 0, ...RUNS }], 60)]), [0.141, 2]);
  assert.deepEqual(costOf(unknown, 0, 40), [0.004, 0]);
  assert.deepEqual(costOf(unknown, 150), [0, 0]);
});

Deno.test("ledger() counts since the last start, and since midnight", () => {
  const rates = [{ s: 0, machineUsd: 3.6, diskUsd: 0 }];
  const shifted = (one: Life, s: number): Life => ({
    ...one,
    startedMs: one.startedMs + s * 1000,
    endedMs: one.endedMs === null ? null : one.endedMs + s * 1000,
    rates: one.rates.map((rate) => ({ ...rate, fromMs: rate.fromMs + s * 1000 })),
  });
  const nowMs = startOfDay(T0) + 10 * HOUR_MS;
  const midnightS = (startOfDay(T0) - T0) / 1000;
  const earlierRun = shifted(life(rates, 100), midnightS - 7200);
  // The scheduler was replaced two hours after midnight.
  const first = shifted(life(rates, 3 * 3600), midnightS - 3600);
  const second = shifted(life(rates, null), midnightS + 2 * 3600);
  const { startedMs, sinceStart, today, perHour } = ledger([second, earlierRun, first], {
    nowMs,
    minimumS: 60,
  });
  assert.equal(startedMs, first.startedMs);
  assert.deepEqual([sinceStart, today, perHour].map(({ usd }) => usd.toFixed(4)), [
    "39.6000",
    "36.0000",
    "3.6000",
  ]);
  assert.equal(ledger([], { nowMs, minimumS: 60 }).startedMs, null);
});

Deno.test("perHour() adds up what lives now", () => {
  const stopped = life([{ s: 0, ...RUNS }, { s: 90, ...STOPPED }], null);
  const gone = life([{ s: 0, ...RUNS }], 10);
  const unknown = life([{ s: 0, machineUsd: null, diskUsd: 1 }], null);
  const { usd, unknown: count } = perHour([life([{ s: 0, ...RUNS }], null), stopped, gone, unknown]);
  assert.deepEqual([Math.round(usd * 100) / 100, count], [3.6 + 0.36 + 0.36 + 1, 1]);
});

Deno.test("seen() lets a machine cost from the last time that it was known not to", () => {
  const { endedMs: _, lastSeenMs: __, rates: ___, ...about } = life([], null);
  let one = newLife(about, STOPPED);
  one = seen(one, STOPPED, at(3));
  one = seen(one, RUNS, at(6));
  one = seen(one, RUNS, at(90));
  one = seen(one, STOPPED, at(93));
  assert.deepEqual(one.rates.map(({ fromMs, machineUsd }) => [(fromMs - T0) / 1000, machineUsd]), [
    [0, 0],
    [3, 3.6],
    [93, 0],
  ]);
  assert.equal(one.lastSeenMs, at(93));
  assert.deepEqual(costOf(ended(one, at(100))), [0.1, 0]);
});

Deno.test("seen() of one that runs when it is first seen lets it cost since its launch", () => {
  const { endedMs: _, lastSeenMs: __, rates: ___, ...about } = life([], null);
  const one = seen(newLife(about, STOPPED), RUNS, at(600));
  assert.deepEqual(costOf(ended(one, T0 + HOUR_MS)), [3.96, 0]);
});

Deno.test("a life is not shorter than nothing where the clock was set back", () => {
  const { endedMs: _, lastSeenMs: __, rates: ___, ...about } = life([], null);
  const one = ended(seen(newLife(about, RUNS), STOPPED, at(-50)), at(-100));
  assert.deepEqual([one.endedMs, costOf(one)], [T0, [0, 0]]);
});

Deno.test("a life that begins within a millisecond loses no minimum where it is the run's first", () => {
  const { endedMs: _, lastSeenMs: __, rates: ___, ...about } = life([], null);
  const one = ended(newLife({ ...about, startedMs: T0 + 0.7 }, RUNS), T0 + 10_000.3);
  const { startedMs, sinceStart } = ledger([one], { nowMs: T0 + 20_000, minimumS: 60 });
  assert.ok(Number.isInteger(startedMs) && Number.isInteger(one.endedMs));
  assert.equal(sinceStart.usd.toFixed(3), "0.061");
});
