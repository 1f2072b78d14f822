/**
 * `deno task test:simulation [COUNT [FROM]]`: many seeds on all cores, 100,000 unless told
 * otherwise; then how often each fault, workload and action occurred, and every seed that broke a
 * promise, which is also named at once.
 * @module
 */

import { addCounts, emptyTally, type Tally } from "./_campaign.ts";
import type { Done, Share } from "./_campaign_worker.ts";

const DEFAULT_COUNT = 100_000;

/** Seeds that a worker is given at a time. */
const SHARE = 100;

if (import.meta.main) {
  const [count = DEFAULT_COUNT, from = 1] = Deno.args.map(Number);
  const startedMs = performance.now();
  const tally = await runOnAllCores(from, count, ({ seeds, violations }, broken) => {
    for (const [seed, violation] of broken) console.error(`seed ${seed}: ${violation}`);
    if (seeds % 1000 === 0) console.error(`${seeds} of ${count} seeds, ${violations.size} broke a promise`);
  });
  for (const [what, times] of [...tally.counts].sort()) console.log(`${String(times).padStart(10)}  ${what}`);
  for (const [seed, violation] of tally.violations) {
    console.log(`seed ${seed}: ${violation}\n    deno task simulate ${seed}`);
  }
  const tookS = Math.round((performance.now() - startedMs) / 1000);
  console.log(`${tally.seeds} seeds in ${tookS} s, ${tally.violations.size} broke a promise`);
  Deno.exit(tally.violations.size === 0 ? 0 : 1);
}

/** Simulates seeds on all cores. */
async function runOnAllCores(
  from: number,
  count: number,
  progress: (tally: Tally, broken: Done["violations"]) => void,
): Promise<Tally> {
  const tally = emptyTally();
  let next = from;
  const work = async () => {
    const worker = new Worker(import.meta.resolve("./_campaign_worker.ts"), { type: "module" });
    while (next < from + count) {
      const share: Share = { from: next, count: Math.min(SHARE, from + count - next) };
      next += share.count;
      const { violations, counts } = await ask(worker, share);
      tally.seeds += share.count;
      for (const [seed, violation] of violations) tally.violations.set(seed, violation);
      addCounts(tally, counts);
      progress(tally, violations);
    }
    worker.terminate();
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, work));
  return tally;
}

function ask(worker: Worker, share: Share): Promise<Done> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Done>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`seeds ${share.from} and on: ${event.message}`));
    };
    worker.postMessage(share);
  });
}
