/** All policies on the same workloads and boots. @module */

import { adaptivePolicy } from "./adaptive_policy.ts";
import { boundOf } from "./bound.ts";
import { crosscore0Policy } from "./crosscore_0_policy.ts";
import { oraclePolicy } from "./oracle_policy.ts";
import type { Comparison, Mean } from "./report.ts";
import type { Family } from "./workload.ts";
import { type Boot, type Policy, type Result, World } from "./world.ts";
import { EC2_PACE, xcorePolicy } from "./xcore_policy.ts";

const BOOTS: readonly (readonly [name: string, boot: Boot])[] = [["fast", [25, 75]], ["slow", [180, 300]]];

/** Each policy sees the same draws. */
const SEEDS = [1, 2, 3];

/**
 * Compares all policies on families of workloads, one after the other, at fast and at slow boots.
 *
 * @param python one with Dask, whose Adaptive it drives
 */
export async function* compare(families: readonly Family[], python: string): AsyncGenerator<Comparison> {
  const policies: readonly (() => Policy | Promise<Policy>)[] = [
    () => xcorePolicy({ name: "xcore, 300 s", maxIdleTimeS: 300, pace: EC2_PACE }),
    () => xcorePolicy({ name: "xcore, 60 s", maxIdleTimeS: 60, pace: EC2_PACE }),
    () => xcorePolicy({ name: "xcore, auto", maxIdleTimeS: "auto", pace: EC2_PACE }),
    () => adaptivePolicy(python),
    crosscore0Policy,
    oraclePolicy,
  ];
  for (const family of families) {
    for (const [name, boot] of BOOTS) {
      const means: Mean[] = [];
      for (const policy of policies) means.push(await meanOf(family, boot, policy));
      yield { family, boot: name, bound: boundOf(family.of(SEEDS[0]!), boot), means };
    }
  }
}

/** One policy's means over the seeds. */
async function meanOf(family: Family, boot: Boot, make: () => Policy | Promise<Policy>): Promise<Mean> {
  const runs: Result[] = [];
  for (const seed of SEEDS) {
    const policy = await make();
    runs.push(await new World(family.of(seed), boot, seed).run(policy));
    await policy.close?.();
  }
  const mean = (of: (run: Result) => number) => runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  return {
    policy: runs[0]!.policy,
    timeS: mean(({ makespanS, meanWaitS }) => family.isOpen ? meanWaitS : makespanS),
    instanceHours: mean(({ instanceHours }) => instanceHours),
    launched: mean(({ launched }) => launched),
  };
}
