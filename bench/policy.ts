/** Makespans and instance-hours beside Dask's Adaptive's, on two short workloads of bench/policy. @module */

import type { Figure } from "./_figure.ts";
import { compare } from "./policy/compare.ts";
import { isWorse, ratiosOf, recordedRatios } from "./policy/report.ts";
import { WORKLOADS } from "./policy/workload.ts";

/** Those that take seconds; `deno task bench:policy` runs all. */
const SHORT = ["W1", "W3"];

/** xcore as it is set on a cloud; each ratio may be as it was recorded. */
export async function* policy(_xcore: string, python: string): AsyncGenerator<Figure> {
  const recorded = await recordedRatios();
  const families = WORKLOADS.filter(({ name }) => SHORT.includes(name));
  for await (const comparison of compare(families, python)) {
    for (const [name, now] of Object.entries(ratiosOf([comparison]))) {
      const before = recorded[name];
      if (!name.endsWith("auto") || before === undefined) continue;
      for (const what of ["time", "hours"] as const) {
        const text = `${now[what]} × Adaptive's, recorded ${before[what]} ×`;
        const bound = { text, holds: !isWorse(now[what], before[what]) };
        yield { what: `${name}: ${what}`, value: now[what], unit: "×", beside: null, bound };
      }
    }
  }
}
