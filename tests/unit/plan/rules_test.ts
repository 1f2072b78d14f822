import assert from "node:assert/strict";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { poolsOf } from "../../../lib/config/pools_of.ts";
import { moneyLimitsOf, rulesOf } from "../../../lib/plan/rules.ts";
import { LOCAL } from "../config/_texts.ts";

const PACE = { listWhenChangingS: 5, listWhenSteadyS: 30, goneAfterS: 31, terminateAgainS: 61 };

Deno.test("rulesOf() has the settings of the configuration and the pace of the platform", async () => {
  const config = await parseConfig(`${LOCAL}max_idle_time_s: 7\nhold_results_s: 8\n`, "config.yaml");
  const pools = poolsOf(config);
  assert.deepEqual(rulesOf(config, pools, PACE, null), {
    ...{ pools, maxIdleTimeS: 7, holdResultsS: 8, moneyLimits: null, goneAfterS: 31, terminateAgainS: 61 },
    stoppingCosts: true, // on this machine
  });
});

Deno.test("rulesOf() keeps results without a limit by default", async () => {
  const config = await parseConfig(LOCAL, "config.yaml");
  assert.equal(rulesOf(config, poolsOf(config), PACE, null).holdResultsS, null);
});

Deno.test("moneyLimitsOf() counts what burstable machines may cost while they are busy", async () => {
  const config = await parseConfig(LOCAL, "config.yaml");
  const prices = {
    billing: { stoppingCosts: false },
    scheduler: 0.03,
    worker: (_pool: string, { type }: { readonly type: string }) => type === "unknown" ? null : 0.02,
    schedulerSurcharge: 0.04,
    workerSurcharge: (type: string) => type === "t3.small" ? 0.08 : 0,
  };
  const limit = moneyLimitsOf({ ...config, maxHourlyUsd: 1 }, prices)!;
  assert.deepEqual(
    [limit.stoppingCosts, rulesOf(config, poolsOf(config), PACE, prices).stoppingCosts],
    [false, false],
  );
  const usd = (type: string) => limit.workerUsd("default", { type, zone: null, market: "on-demand" });
  assert.equal(limit.schedulerUsd, 0.07);
  assert.deepEqual(["t3.small", "c5.large", "unknown"].map(usd), [0.1, 0.02, null]);
});
