/** What memory a daemon takes. @module */

import { BenchCluster, output } from "./_bench_cluster.ts";
import { absoluteBound, type Figure } from "./_figure.ts";
import { residentMb } from "./_process.ts";

const IDLE_S = 60;

/** Ticks of a daemon in an hour, at one a second. */
const LOOKS_AN_HOUR = 3600;

/** The shortest poll_interval_s there is. */
const FAST_POLL_S = 0.1;

const RSS_MOST_MB = 120;

/**
 * An idle daemon's memory, and its memory after as many ticks as an hour has. What processor time it takes, demand.ts has.
 */
export async function* daemon(xcore: string, python: string): AsyncGenerator<Figure> {
  const figures: Figure[] = [];
  await BenchCluster.with({ xcore, python, settings: {} }, async (cluster) => {
    const pid = await cluster.daemonPid();
    await wait(IDLE_S);
    figures.push(bounded("idle daemon, resident memory", await residentMb(pid), "MB", RSS_MOST_MB));
    // With a worker, as ticks are rarer while there is nothing to do.
    await cluster.xcore("config", "set", "min_workers", "1", "poll_interval_s", String(FAST_POLL_S));
    await wait(LOOKS_AN_HOUR * FAST_POLL_S * 1.2);
    figures.push(
      bounded("after an hour's ticks, one worker running", await residentMb(pid), "MB", RSS_MOST_MB),
    );
  });
  const { before, after } = await growthWithoutScheduler();
  figures.push(
    bounded("growth over an hour's ticks, scheduler away", after - before, "MB", RSS_MOST_MB - before),
  );
  yield* figures;
}

/**
 * On `local` a scheduler that is away is started again at once, so its client is measured alone, in
 * a process of its own.
 */
async function growthWithoutScheduler(): Promise<{ before: number; after: number }> {
  const script = new URL("_away.ts", import.meta.url).pathname;
  return JSON.parse(await output(Deno.execPath(), ["run", "-A", script, String(LOOKS_AN_HOUR)]));
}

function bounded(what: string, value: number, unit: string, most: number): Figure {
  return { what, value, unit, beside: null, bound: absoluteBound(value, most, unit) };
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
