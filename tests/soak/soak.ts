/**
 * One soak: a client works, things go wrong at random, and what grows is measured; then all is taken
 * down.
 * @module
 */

import { type Running, type TestCluster, until } from "../e2e/local/harness.ts";
import { Random } from "../support/fakes/random.ts";
import { beyond, measure, type Sample, table } from "./growth.ts";
import type { Mishap } from "./mishaps.ts";

/** How long, and how hard. */
export interface Plan {
  readonly forS: number;
  /** Mean seconds between two mishaps. */
  readonly everyS: number;
  readonly seed: number;
  /** What the tasks need that only xcore's own workers have; null: any worker will do. */
  readonly resource: string | null;
  /** Ends the storm early. */
  readonly stop: AbortSignal;
}

/** Between two samples. */
const SAMPLE_S = 20;

/** For what is left to do once nothing goes wrong any more, and for the workers to leave. */
const CALM_S = 900;

const HERE = new URL(".", import.meta.url).pathname;

interface Counts {
  readonly submitted: number;
  readonly right: number;
  readonly wrong: number;
  readonly again: number;
}

/** Lines that say what happened; throws with what went wrong. */
export async function soak(
  cluster: TestCluster,
  mishaps: readonly Mishap[],
  plan: Plan,
  say: (line: string) => void,
): Promise<void> {
  const random = new Random(plan.seed);
  const work = await cluster.python(`${HERE}work.py`, ...(plan.resource === null ? [] : [plan.resource]));
  const early = new AbortController();
  void work.ended.then(() => early.abort());
  const samples: Sample[] = [];
  const happened = new Map<string, number>();
  const beganMs = performance.now();
  const atS = () => Math.round((performance.now() - beganMs) / 1000);
  const sampling = setInterval(
    () => void samples.push(measure(atS(), cluster.home, cluster.processes())),
    SAMPLE_S * 1000,
  );
  const total = mishaps.reduce((sum, { weight }) => sum + weight, 0);
  try {
    while (atS() < plan.forS && !plan.stop.aborted && !early.signal.aborted) {
      await wait(-Math.log(1 - random.fraction()) * plan.everyS);
      let at = random.fraction() * total;
      const mishap = mishaps.find(({ weight }) => (at -= weight) < 0)!;
      if (await mishap.happen(random)) {
        happened.set(mishap.name, (happened.get(mishap.name) ?? 0) + 1);
        say(`${String(atS()).padStart(6)} s  ${mishap.name}; ${JSON.stringify(countsOf(work))}`);
      }
    }
    if (early.signal.aborted) throw new Error(`the client has ended early:\n${(await work.ended).stderr}`);
    say(`${String(atS()).padStart(6)} s  calm`);
    await cluster.xcore("start");
    await cluster.ok("config", "set", "max_workers", "3", "max_idle_time_s", "5", "hold_results_s", "null");
    await cluster.write("stop", "");
    const { code, stderr } = await within(CALM_S, work.ended, "the client gets its last results");
    if (stderr !== "") say(`the client's errors:\n${stderr.split("\n").slice(-20).join("\n")}`);
    if (code !== 0) throw new Error(`the client ends with ${code}`);
    const counts = countsOf(work);
    if (counts === null || counts.wrong > 0 || counts.right !== counts.submitted) {
      throw new Error(`not every result is right: ${JSON.stringify(counts)}`);
    }
    await until(
      "all workers are gone",
      () => cluster.status(),
      ({ workers }) => workers.length === 0,
      CALM_S,
    );
  } finally {
    clearInterval(sampling);
    for (const [name, times] of happened) say(`${String(times).padStart(5)} × ${name}`);
    say(`results: ${JSON.stringify(countsOf(work))}`);
    for (const line of table(samples)) say(line);
  }
  const wrong = beyond(samples);
  if (wrong.length > 0) throw new Error(`beyond its bound:\n${wrong.join("\n")}`);
  const down = await cluster.xcore("shutdown", "--yes");
  if (down.code !== 0 || !/^Nothing is left\.$/m.test(down.stdout + down.stderr)) {
    throw new Error(`shutdown: exit code ${down.code}\n${down.stdout}${down.stderr}`);
  }
  const stray = strayIn(cluster.home);
  if (stray.length > 0) throw new Error(`stray files: ${stray.join(", ")}`);
}

/** What an interrupted write has left in a home. */
export function strayIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return strayIn(path);
    return /\.(part|tmp|new)$|~$/.test(name) ? [path] : [];
  });
}

/** The newest counts that the client has printed. */
function countsOf(work: Running): Counts | null {
  const line = work.printed().trim().split("\n").at(-1);
  return line ? JSON.parse(line) : null;
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

async function within<T>(seconds: number, work: Promise<T>, what: string): Promise<T> {
  let timer = 0;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${seconds} s: ${what}`)), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
