/** How soon a submission is answered by a launch, and what it costs to wait for one. Linux. @module */

import { DatabaseSync } from "node:sqlite";
import { BenchCluster } from "./_bench_cluster.ts";
import { absoluteBound, type Figure, ratioBound } from "./_figure.ts";
import { cpuS, wakeUps } from "./_process.ts";

/** Of a cluster, whose workers all stay until it is over. */
const SUBMISSIONS = 50;

/** Clusters that tell the daemon of changes, and such as it polls. */
const TOLD = 4;
const POLLED = 1;

const IDLE_S = 60;

interface Measured {
  readonly delaysMs: readonly number[];
  readonly idlePercent: number;
  readonly idleWakeUps: number;
}

/**
 * From a submission to the launch call for it, and an idle daemon's processor time and wake-ups, beside
 * the same daemon with a scheduler that tells no changes, which it polls once a second.
 */
export async function* demand(xcore: string, python: string): AsyncGenerator<Figure> {
  const [told, polled]: [Measured[], Measured[]] = [[], []];
  const older = await olderPreload();
  try {
    for (let i = 0; i < Math.max(TOLD, POLLED); i++) {
      if (i < TOLD) told.push(await measured(xcore, python, {}));
      if (i < POLLED) polled.push(await measured(xcore, python, { PYTHONPATH: older }));
    }
  } finally {
    await Deno.remove(older, { recursive: true });
  }
  const of = (all: readonly Measured[]) => {
    const delaysMs = all.flatMap(({ delaysMs }) => delaysMs).sort((a, b) => a - b);
    const mean = (number: (one: Measured) => number) =>
      all.reduce((sum, one) => sum + number(one), 0) / all.length;
    return {
      share: (part: number) => delaysMs[Math.ceil(delaysMs.length * part) - 1] ?? NaN,
      idlePercent: mean(({ idlePercent }) => idlePercent),
      idleWakeUps: mean(({ idleWakeUps }) => idleWakeUps),
    };
  };
  const [push, poll] = [of(told), of(polled)];
  const beside = (value: number) => ({ what: "polled once a second", value });
  for (const [name, part, mostMs] of [["median", 0.5, 50], ["99 of 100", 0.99, 200]] as const) {
    yield {
      what: `submission to launch call, ${name}`,
      value: push.share(part),
      unit: "ms",
      beside: beside(poll.share(part)),
      bound: absoluteBound(push.share(part), mostMs, "ms"),
    };
  }
  yield {
    what: "idle daemon, processor",
    value: push.idlePercent,
    unit: "%",
    beside: beside(poll.idlePercent),
    bound: absoluteBound(push.idlePercent, 0.3, "%"),
  };
  yield {
    what: "idle daemon, wake-ups",
    value: push.idleWakeUps,
    unit: "/s",
    beside: beside(poll.idleWakeUps),
    bound: ratioBound(push.idleWakeUps, poll.idleWakeUps, 1),
  };
}

async function measured(xcore: string, python: string, env: Record<string, string>): Promise<Measured> {
  // The workers only wait, so that they take no processor from what is measured.
  const settings = { max_workers: SUBMISSIONS, boot_delay_s: 3600 };
  const found: Measured[] = [];
  await BenchCluster.with({ xcore, python, settings, env }, async (cluster) => {
    const pid = await cluster.daemonPid();
    await wait(5);
    const before = [await cpuS(pid), await wakeUps(pid)] as const;
    await wait(IDLE_S);
    const after = [await cpuS(pid), await wakeUps(pid)] as const;
    found.push({
      delaysMs: await delaysOf(cluster, python),
      idlePercent: (after[0] - before[0]) / IDLE_S * 100,
      idleWakeUps: (after[1] - before[1]) / IDLE_S,
    });
  });
  return found[0]!;
}

/** Each task takes a worker of its own. */
async function delaysOf(cluster: BenchCluster, python: string): Promise<number[]> {
  const { url, tls } = JSON.parse(await cluster.xcore("url", "--json"));
  const script = new URL("submissions.py", import.meta.url).pathname;
  const args = [script, url, tls.ca_file, tls.cert_file, tls.key_file, String(SUBMISSIONS)];
  const submitting = new Deno.Command(python, { args, stdin: "piped", stdout: "piped" }).spawn();
  const submittedMs: number[] = [];
  let text = "";
  for await (const part of submitting.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    submittedMs.splice(0, Infinity, ...text.split("\n").slice(0, -1).map(Number));
    if (submittedMs.length === SUBMISSIONS) break;
  }
  await cluster.until(({ workers }) => workers.length === SUBMISSIONS);
  const launchedMs = launches(cluster.home);
  await submitting.stdin.close();
  await submitting.status;
  return submittedMs.map((atMs, i) => launchedMs[i]! - atMs);
}

/** When each worker was launched: the history has it right before the call. */
function launches(home: string): number[] {
  using history = new DatabaseSync(`${home}/history.db`, { readOnly: true });
  return history.prepare("SELECT attempt FROM attempts ORDER BY at_ms").all().flatMap(({ attempt }) => {
    const { names, atMs }: { names: readonly string[]; atMs: number } = JSON.parse(String(attempt));
    return names.map(() => atMs);
  });
}

/** A folder for PYTHONPATH with a preload that tells no changes; it comes before xcore's own. */
async function olderPreload(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-bench-preload-" });
  const preload = new URL("../python/node/", import.meta.url);
  await Deno.mkdir(`${folder}/xcore_scheduler`);
  const files = [...Deno.readDirSync(new URL("xcore_scheduler/", preload))].map(({ name }) => name);
  for (const name of files.filter((name) => name.endsWith(".py")).map((name) => `xcore_scheduler/${name}`)) {
    const text = await Deno.readTextFile(new URL(name, preload));
    await Deno.writeTextFile(`${folder}/${name}`, text.replace("changes=self.demand.changes(),", ""));
  }
  for (const name of ["limit_handshakes.py", "node_state.py", "receive_bundle.py"]) {
    await Deno.copyFile(new URL(name, preload), `${folder}/${name}`);
  }
  return folder;
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
