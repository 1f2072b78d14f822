/**
 * `deno task bench:policy [--record] [WORKLOAD …]`: what waiting and instance-hours come to under
 * xcore's tick, under Dask's own Adaptive, under crosscore 0.0.1's rule and under an oracle, on the
 * same workloads and boots. `--record` keeps tables, plot and ratios in bench/results. The run fails
 * where Adaptive is better in both than xcore on one of W1 to W7, and, without `--record`, where
 * xcore is worse than recorded.
 * @module
 */

import { pythonEnvironment } from "../../tools/python_env.ts";
import { compare } from "./compare.ts";
import {
  type Comparison,
  dominated,
  falls,
  pageOf,
  plotOf,
  ratiosOf,
  recordedRatios,
  tableOf,
} from "./report.ts";
import { HOSTILE, WORKLOADS } from "./workload.ts";

const RESULTS = new URL("../results/", import.meta.url);

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
  const families = all.filter(({ name }) => named.length === 0 || named.includes(name));
  const comparisons: Comparison[] = [];
  for await (const comparison of compare(families, await pythonEnvironment())) {
    comparisons.push(comparison);
    console.log(tableOf([comparison]));
  }
  const ratios = ratiosOf(comparisons);
  if (isRecording) {
    await Deno.mkdir(RESULTS, { recursive: true });
    await Deno.writeTextFile(new URL("policy.json", RESULTS), JSON.stringify(ratios, null, 2) + "\n");
    await Deno.writeTextFile(new URL("policy.md", RESULTS), pageOf(comparisons));
    await Deno.writeTextFile(new URL("policy.svg", RESULTS), plotOf(comparisons));
  }
  const designed = comparisons.filter(({ family }) => WORKLOADS.some(({ name }) => name === family.name));
  const worse = [...dominated(designed), ...isRecording ? [] : falls(ratios, await recordedRatios())];
  for (const line of worse) console.log(line);
  return worse.length === 0 ? 0 : 1;
}

Deno.exit(await main(Deno.args));
