/** How long it takes, and how many calls, to request 100 and 1,000 instances. @module */

import { enclosed, lackToEnclose } from "../tests/emulators/enclosed.ts";
import { pythonEnvironment } from "../tools/python_env.ts";
import { absoluteBound, type Figure, ratioBound } from "./_figure.ts";
import { output } from "./_bench_cluster.ts";
import type { Measured } from "./_launches_enclosed.ts";

/** The limit for 100 instances at once. */
const MOST_CHANGES = 3;
const COUNTS = [100, 1000];

/**
 * Against an emulated EC2 whose instances exist in its API alone, and which throttles by AWS's
 * published token buckets: xcore's own loop, beside what others do for the same.
 */
export async function* launches(_xcore: string, python: string): AsyncGenerator<Figure> {
  const lack = lackToEnclose();
  if (lack !== null) return console.error(`launches: left out, ${lack}`);
  const other = await pythonEnvironment({ requirements: "bench/launch_requirements.txt" });
  for (const count of COUNTS) {
    const [xcore, ...others] = await measured(python, other, count);
    if (xcore === undefined) throw new Error("nothing was measured");
    for (const beside of others) {
      yield {
        what: `0 → ${count} requested`,
        value: xcore.seconds,
        unit: "s",
        beside: {
          what: `${beside.who}${beside.count < count ? `, ${beside.count} by then` : ""}`,
          value: beside.seconds,
        },
        bound: ratioBound(xcore.seconds, beside.seconds, 0.5),
      };
      yield {
        what: `0 → ${count}: calls that change something`,
        value: xcore.changes,
        unit: "",
        beside: { what: beside.who, value: beside.changes },
        bound: absoluteBound(xcore.changes, MOST_CHANGES, "calls"),
      };
    }
  }
}

async function measured(python: string, other: string, count: number): Promise<Measured[]> {
  const script = new URL("_launches_enclosed.ts", import.meta.url).pathname;
  const [program = "", ...args] = enclosed([
    ...[Deno.execPath(), "run", "-A", "--cached-only", script],
    ...[String(count), other],
  ]);
  return JSON.parse(await output(program, args, { XCORE_TEST_PYTHON: python }));
}
