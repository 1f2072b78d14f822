/** Tests of ranges of seeds, in several files so that they run on all cores. @module */

import assert from "node:assert/strict";
import { emptyTally, explain, runSeeds } from "./_campaign.ts";
import { FAULTS, WORKLOADS } from "./_scenario.ts";

/** Seeds in one file. */
const SEEDS = 500;

/** Seeds in one test. */
const BATCH = 50;

const ACTIONS = [
  "launch",
  "replay",
  "close",
  "retire",
  "drain",
  "undrain",
  "terminate",
  "cancel",
  "terminate by shutdown",
];

/** Registers the tests of the `part`-th range of seeds, counted from 0. */
export function testSeeds(part: number): void {
  const all = emptyTally();
  const first = part * SEEDS + 1;
  for (let from = first; from < first + SEEDS; from += BATCH) {
    Deno.test(`seeds ${from} to ${from + BATCH - 1} keep every promise`, async () => {
      await runSeeds(all, from, BATCH);
      const [broken] = [...all.violations].filter(([seed]) => seed >= from);
      if (broken !== undefined) throw new Error(await explain(...broken));
    });
  }
  Deno.test(`seeds ${first} to ${first + SEEDS - 1} have every fault, workload and action`, () => {
    const expected = [
      ...FAULTS.map((fault) => `fault: ${fault}`),
      ...WORKLOADS.map((workload) => `workload: ${workload}`),
      ...ACTIONS.map((action) => `action: ${action}`),
      ...["request: workers", "request: taken back", "request: client waits"],
      ...["workload: holds results", "workload: several pools", "workers end by themselves"],
      ...["bill: compared", "bill: compared after a change of prices"],
      ...["quota: held by what is stopping", "limit: stopping does not count"],
    ];
    assert.deepEqual(expected.filter((what) => !all.counts.has(what)), []);
  });
}
