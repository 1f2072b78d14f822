/**
 * `deno task bench:policy [WORKLOAD …]`: what waiting and instance-hours come to under xcore's plan,
 * under Dask's own Adaptive and at best, on the same workloads in the same run.
 * @module
 */

import { pythonEnvironment } from "../../tools/python_env.ts";
import { adaptivePolicy } from "./adaptive_policy.ts";
import { crosscore0Policy } from "./crosscore_0_policy.ts";
import { oraclePolicy } from "./oracle_policy.ts";
import { boundOf } from "./bound.ts";
import { EC2_PACE, xcorePolicy } from "./xcore_policy.ts";
import { HOSTILE, WORKLOADS } from "./workload.ts";
import { type Boot, type Policy, type Result, World } from "./world.ts";

const BOOTS: Readonly<Record<string, Boot>> = { fast: [25, 75], slow: [180, 300] };
const SEEDS = [1, 2, 3];

const all = Object.fromEntries([...WORKLOADS, ...HOSTILE].map((f) => [f.name, f.of]));
const names = Deno.args.length > 0 ? Deno.args : Object.keys(all);
const python = await pythonEnvironment();
const policies: (() => Policy | Promise<Policy>)[] = [
  () => xcorePolicy({ name: "xcore, idle 300 s", maxIdleTimeS: 300, pace: EC2_PACE }),
  () => xcorePolicy({ name: "xcore, idle 60 s", maxIdleTimeS: 60, pace: EC2_PACE }),
  () => xcorePolicy({ name: "xcore, auto", maxIdleTimeS: "auto", pace: EC2_PACE }),
  () => adaptivePolicy(python),
  crosscore0Policy,
  oraclePolicy,
];
for (const name of names) {
  for (const [boot, range] of Object.entries(BOOTS)) {
    const results: Result[] = [];
    for (const make of policies) {
      const runs: Result[] = [];
      for (const seed of SEEDS) {
        const policy = await make();
        const startedMs = performance.now();
        runs.push(await new World(all[name]!(seed), range, seed).run(policy));
        await policy.close?.();
        console.error(name, boot, policy.name, ((performance.now() - startedMs) / 1000).toFixed(1));
      }
      const mean = (of: (run: Result) => number) => runs.reduce((s, r) => s + of(r), 0) / runs.length;
      results.push({
        policy: runs[0]!.policy,
        makespanS: mean((r) => r.makespanS),
        instanceHours: mean((r) => r.instanceHours),
        meanWaitS: mean((r) => r.meanWaitS),
        launched: mean((r) => r.launched),
      });
    }
    const bound = boundOf(all[name]!(1), range);
    console.log(name, boot, "bound", bound.makespanS?.toFixed(0) ?? "-", bound.instanceHours.toFixed(1));
    for (const r of results) {
      console.log(
        "   ",
        r.policy.padEnd(20),
        r.makespanS.toFixed(0),
        r.meanWaitS.toFixed(1),
        r.instanceHours.toFixed(1),
        r.launched,
      );
    }
  }
}
