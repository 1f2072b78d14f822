/** How long it takes, and how many calls, until 1,000 instances run. @module */

import { enclosed, lackToEnclose } from "../tests/emulators/enclosed.ts";
import { pythonEnvironment } from "../tools/python_env.ts";
import { absoluteBound, type Figure, ratioBound } from "./_figure.ts";
import { output } from "./_bench_cluster.ts";
import type { Measured } from "./_launches_enclosed.ts";

const COUNT = 1000;
/** Who waits a little longer asks once more. */
const CALLS_DIFFER = 0.5;
const CLOUDS = { aws: "EC2", gcp: "GCE" } as const;

/** Ray's provider makes as few calls when it is asked for all at once; others a tenth at least. */
const mostTimes = ({ who }: Measured) => who.startsWith("Ray") ? 1 : 0.1;

/**
 * Against emulated clouds whose instances exist in their API alone, and which throttle by the
 * published limits: xcore's own loop, beside what others do for the same.
 */
export async function* launches(_xcore: string, python: string): AsyncGenerator<Figure> {
  const lack = lackToEnclose();
  if (lack !== null) return console.error(`launches: left out, ${lack}`);
  const other = await pythonEnvironment({ requirements: "bench/launch_requirements.txt" });
  for (const [cloud, api] of Object.entries(CLOUDS)) {
    const [xcore, ...others] = await measured(python, cloud, other);
    if (xcore === undefined) throw new Error("nothing was measured");
    for (const way of [xcore, ...others]) console.error(`${api}: ${rowOf(way)}`);
    const what = `0 → ${COUNT} on ${api}`;
    yield {
      ...{ what: `${what}: throttled answers`, value: xcore.throttled, unit: "", beside: null },
      bound: absoluteBound(xcore.throttled, 0, "calls"),
    };
    for (const peer of others.filter(({ count }) => count > 0)) {
      const [value, their] = [callsEach(xcore), callsEach(peer)];
      const who = `${peer.who}, ${peer.asked}`;
      yield {
        ...{ what: `${what}: calls an instance`, value, unit: "", beside: { what: who, value: their } },
        bound: ratioBound(value, their, mostTimes(peer)),
        // How often one that has not ended has asked by then is chance.
        ...(peer.gaveUp === null && { slack: CALLS_DIFFER }),
      };
      yield {
        ...{ what: `${what}: all run`, value: xcore.seconds, unit: "s" },
        beside: { what: who, value: peer.seconds },
        bound: ratioBound(xcore.seconds, peer.seconds, 1),
      };
    }
  }
}

/** Calls for each instance that exists. */
function callsEach({ calls, count }: Measured): number {
  return Object.values(calls).reduce((sum, made) => sum + made, 0) / count;
}

/** `xcore: 1000 of 1000 after 5.1 s; 0 throttled; DescribeInstances 2, RunInstances 1`. */
function rowOf({ who, asked, count, seconds, throttled, calls, gaveUp }: Measured): string {
  const kinds = Object.entries(calls).map(([kind, made]) => `${kind} ${made}`).join(", ");
  const end = `${gaveUp === null ? "" : `${gaveUp}, `}${count} of ${asked}`;
  return `${who}: ${end} after ${seconds.toFixed(1)} s; ${throttled} throttled; ${kinds}`;
}

async function measured(python: string, cloud: string, other: string): Promise<Measured[]> {
  const script = new URL("_launches_enclosed.ts", import.meta.url).pathname;
  const [program = "", ...args] = enclosed([
    ...[Deno.execPath(), "run", "-A", "--cached-only", script],
    ...[cloud, String(COUNT), other],
  ]);
  return JSON.parse(await output(program, args, { XCORE_TEST_PYTHON: python }));
}
