import assert from "node:assert/strict";
import type { Scenario } from "./_scenario.ts";
import { CLOUD_PACE, LOCAL_PACE } from "./_scenario.ts";
import { explain } from "./_campaign.ts";
import { pool } from "../support/fakes/builders.ts";
import { simulate } from "./simulation.ts";

/**
 * A short scenario without faults: tasks arrive, one result is kept, then the cluster is shut down.
 */
function quietDay(cloud: Scenario["cloud"]): Scenario {
  return {
    ...{ seed: 1, cloud, pace: cloud === "local" ? LOCAL_PACE : CLOUD_PACE, faults: new Set(), hardness: 0 },
    settings: {
      pools: [pool({ type: cloud === "local" ? "local" : "small", maxWorkers: 3, bootTimeoutS: 60 })],
      ...{ maxIdleTimeS: 5, holdResultsS: 30, pollIntervalS: 5, maxHourlyUsd: null, budget: null },
    },
    ...{ nodeHoldsBudget: true, tellsChanges: false, stoppingCosts: cloud !== "ec2", quota: null },
    clients: [
      { workload: "burst", fromS: 2, holdsResults: false },
      { workload: "long tail", fromS: 40, holdsResults: true },
    ],
    ...{ stormS: 100, shutdownS: null, daemonGraceS: 60, foretells: "nothing", unknownPriceOf: null },
    priceChange: null,
  };
}

for (const cloud of ["local", "ec2", "gce"] as const) {
  Deno.test(`the caller is killed before or after each call: ${cloud}`, async () => {
    const scenario = quietDay(cloud);
    const { calls, violation } = await simulate(1, { scenario });
    if (violation !== null) throw new Error(await explain(1, violation, { scenario }));
    for (let call = 0; call < calls; call++) {
      for (const when of ["before", "after"] as const) {
        const options = { scenario, killAt: { call, when } };
        const killed = await simulate(1, options);
        assert.equal(killed.counts.get("killed"), 1);
        if (killed.violation === null) continue;
        throw new Error(`killed ${when} call ${call}: ${await explain(1, killed.violation, options)}`);
      }
    }
  });
}
