/** What grows while a cluster runs: memory, open files, the history and its write-ahead log. @module */

import type { Process } from "../e2e/local/_processes.ts";

/** Measures at one time; bytes, and numbers of descriptors. */
export interface Sample {
  /** Seconds since the soak began. */
  readonly atS: number;
  readonly of: Readonly<Record<string, number>>;
}

/** The most that a measure may reach in any sample. */
const MOST: Readonly<Record<string, number>> = {
  "daemon rss": 200e6,
  "daemon files": 100,
  "scheduler rss": 400e6,
  "scheduler files": 600, // one for each of 100 workers and its peers, and the clients'
  "history.db": 50e6,
  "history.db-wal": 8e6, // SQLite's own limit is 4 MB, unless a reader keeps it from its checkpoint
  "daemon.log": 60e6,
};

/** The most that a process may grow between its fifth minute and its last, as a share. */
const GROWS_MOST = 0.35;

/** Before that, caches fill. */
const WARM_S = 300;

/** Measures the daemon, the scheduler and the home's files. */
export function measure(atS: number, home: string, processes: readonly Process[]): Sample {
  const of: Record<string, number> = {};
  for (const [name, words] of [["daemon", / daemon( |$)/], ["scheduler", /\/scheduler\.py /]] as const) {
    const process = processes.find(({ commandLine }) => words.test(commandLine));
    if (process === undefined) continue;
    try {
      const rss = /VmRSS:\s+(\d+) kB/.exec(Deno.readTextFileSync(`/proc/${process.pid}/status`))?.[1];
      of[`${name} pid`] = process.pid;
      of[`${name} rss`] = Number(rss) * 1024;
      of[`${name} files`] = [...Deno.readDirSync(`/proc/${process.pid}/fd`)].length;
    } catch { /* it has ended */ }
  }
  for (const file of ["history.db", "history.db-wal", "logs/daemon.log"]) {
    try {
      of[file.replace("logs/", "")] = Deno.statSync(`${home}/${file}`).size;
    } catch { /* there is none */ }
  }
  return { atS, of };
}

/** One line a measure that went beyond its bound; empty when all is well. */
export function beyond(samples: readonly Sample[]): string[] {
  return Object.entries(MOST).flatMap(([name, most]) => {
    const values = samples.flatMap(({ of, atS }) => of[name] === undefined ? [] : [{ value: of[name], atS }]);
    const highest = Math.max(0, ...values.map(({ value }) => value));
    const lines = highest > most ? [`${name}: ${shown(name, highest)}, at most ${shown(name, most)}`] : [];
    return name.endsWith(" rss") ? [...lines, ...growing(samples, name)] : lines;
  });
}

/** By how much each process that lived long has grown. */
function growing(samples: readonly Sample[], name: string): string[] {
  const byPid = Map.groupBy(
    samples.filter(({ of }) => of[name] !== undefined),
    ({ of }) => of[name.replace("rss", "pid")],
  );
  return [...byPid.values()].flatMap((life) => {
    const warm = life.find(({ atS }) => atS >= life[0]!.atS + WARM_S);
    const last = life.at(-1)!;
    if (warm === undefined || last.atS < warm.atS + WARM_S) return [];
    const grown = last.of[name]! / warm.of[name]! - 1;
    return grown > GROWS_MOST
      ? [
        `${name}: ${shown(name, warm.of[name]!)}, ${shown(name, last.of[name]!)} ${
          last.atS - warm.atS
        } s later`,
      ]
      : [];
  });
}

/** First, highest and last of each measure, as lines of a table. */
export function table(samples: readonly Sample[]): string[] {
  const names = Object.keys(MOST).filter((name) => samples.some(({ of }) => of[name] !== undefined));
  return [
    ["", "first", "highest", "last"],
    ...names.map((name) => {
      const values = samples.flatMap(({ of }) => of[name] ?? []);
      return [name, ...[values[0]!, Math.max(...values), values.at(-1)!].map((value) => shown(name, value))];
    }),
  ].map(([name, ...values]) => name!.padEnd(18) + values.map((value) => value.padStart(12)).join(""));
}

function shown(name: string, value: number): string {
  return name.endsWith("files") ? String(value) : `${(value / 1e6).toFixed(1)} MB`;
}
