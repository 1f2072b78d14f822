/**
 * `deno task bench:policy [--record] [WORKLOAD …]`: what waiting and instance-hours come to under
 * xcore's tick, under Dask's own Adaptive, under crosscore 0.0.1's rule and under an oracle, on the
 * same workloads and boots. `--record` keeps tables, plot and ratios in bench/results; without it
 * the run fails where xcore is worse against Adaptive than recorded.
 * @module
 */

import { pythonEnvironment } from "../../tools/python_env.ts";
import { adaptivePolicy } from "./adaptive_policy.ts";
import { boundOf } from "./bound.ts";
import { crosscore0Policy } from "./crosscore_0_policy.ts";
import { oraclePolicy } from "./oracle_policy.ts";
import { type Comparison, falls, type Mean, plotOf, ratiosOf, tableOf } from "./report.ts";
import { EC2_PACE, xcorePolicy } from "./xcore_policy.ts";
import { type Family, HOSTILE, WORKLOADS } from "./workload.ts";
import { type Boot, type Policy, type Result, World } from "./world.ts";

const BOOTS: readonly (readonly [name: string, boot: Boot])[] = [["fast", [25, 75]], ["slow", [180, 300]]];

/** Each policy sees the same draws. */
const SEEDS = [1, 2, 3];

const RESULTS = new URL("../results/", import.meta.url);

const python = await pythonEnvironment();

const POLICIES: readonly (() => Policy | Promise<Policy>)[] = [
  () => xcorePolicy({ name: "xcore, 300 s", maxIdleTimeS: 300, pace: EC2_PACE }),
  () => xcorePolicy({ name: "xcore, 60 s", maxIdleTimeS: 60, pace: EC2_PACE }),
  () => xcorePolicy({ name: "xcore, auto", maxIdleTimeS: "auto", pace: EC2_PACE }),
  () => adaptivePolicy(python),
  crosscore0Policy,
  oraclePolicy,
];

async function main(args: readonly string[]): Promise<number> {
  const isRecording = args.includes("--record");
  const named = args.filter((arg) => arg !== "--record");
  const all = [...WORKLOADS, ...HOSTILE];
  const unknown = named.find((name) => !all.some((family) => family.name === name));
  if (unknown !== undefined || (isRecording && named.length > 0)) {
    console.error(
      unknown === undefined
        ? "Cannot record a part: leave the workloads out."
        : `Cannot run ${unknown}: there are ${all.map(({ name }) => name).join(", ")}.`,
    );
    return 2;
  }
  const comparisons: Comparison[] = [];
  for (const family of all.filter(({ name }) => named.length === 0 || named.includes(name))) {
    for (const [bootName, boot] of BOOTS) {
      const comparison = await compare(family, bootName, boot);
      comparisons.push(comparison);
      console.log(tableOf([comparison]));
    }
  }
  const recordedIn = new URL("policy.json", RESULTS);
  if (isRecording) {
    await Deno.mkdir(RESULTS, { recursive: true });
    await Deno.writeTextFile(recordedIn, JSON.stringify(ratiosOf(comparisons), null, 2) + "\n");
    await Deno.writeTextFile(new URL("policy.md", RESULTS), `${tableOf(comparisons)}\n`);
    await Deno.writeTextFile(new URL("policy.svg", RESULTS), plotOf(comparisons));
    return 0;
  }
  const recorded = await Deno.readTextFile(recordedIn).catch(() => "{}");
  const worse = falls(ratiosOf(comparisons), JSON.parse(recorded));
  for (const line of worse) console.log(line);
  return worse.length === 0 ? 0 : 1;
}

/** All policies on a family of workloads: means over the seeds. */
async function compare(family: Family, bootName: string, boot: Boot): Promise<Comparison> {
  const means: Mean[] = [];
  for (const make of POLICIES) {
    const runs: Result[] = [];
    for (const seed of SEEDS) {
      const policy = await make();
      runs.push(await new World(family.of(seed), boot, seed).run(policy));
      await policy.close?.();
    }
    const mean = (of: (run: Result) => number) => runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
    means.push({
      policy: runs[0]!.policy,
      timeS: mean(({ makespanS, meanWaitS }) => family.isOpen ? meanWaitS : makespanS),
      instanceHours: mean(({ instanceHours }) => instanceHours),
      launched: mean(({ launched }) => launched),
    });
  }
  return { family, boot: bootName, bound: boundOf(family.of(SEEDS[0]!), boot), means };
}

Deno.exit(await main(Deno.args));
