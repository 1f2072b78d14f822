/** A cluster of the provider `local` in a temporary folder, with real processes, until the end of a test. */

import { join } from "node:path";
import type { LocalConfig } from "../../../lib/config/config.ts";
import { type Home, homeOf } from "../../../lib/config/home.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { freePortPair } from "../../../lib/platform/local/ports.ts";
import { type Process, processTable } from "../../../lib/platform/local/process_table.ts";
import { provider as localProvider } from "../../../lib/platform/local/provider.ts";
import type { Provider } from "../../../lib/platform/provider.ts";
import type { Runtime } from "../../../lib/runtime.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { on } from "../../unit/config/_on.ts";
import { testPython } from "../../support/test_python.ts";

/** The real machine. */
export const machine: Runtime = systemRuntime(null);

/** Long enough to be ended before it is over. */
const LONG_S = 1000;

/** A cluster of its own. */
export interface LocalCluster extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly home: Home;
  readonly config: LocalConfig;
  readonly provider: Provider;
  /** Holds the home and all the test's other files; removed at the end. */
  readonly folder: string;
  /** Starts a process in a session of its own that is ended with the test; returns its id. */
  spawn(command: readonly string[], env?: Readonly<Record<string, string>>): number;
  /** All living processes that have to do with this cluster. */
  processes(): Promise<readonly Process[]>;
}

/**
 * Makes a cluster whose home has a name that is hard to get right.
 *
 * @param change what its config shall say otherwise; workers sleep for a quarter of an hour before they become Dask
 */
export async function localCluster(change: Partial<LocalConfig> = {}): Promise<LocalCluster> {
  const python = testPython();
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "xcore-local-" }));
  const runtime: Runtime = {
    ...machine,
    env: (name) => name === "XCORE_HOME" ? join(folder, "ho me '\"\n$x") : undefined,
  };
  const home = homeOf(runtime, undefined);
  const config = {
    ...on("local", await parseConfig("provider: local\ncluster_id: xcore-0a1b2c3d\n", "config.yaml")),
    maxWorkers: 4,
    bootDelayS: LONG_S,
    // Files that run beside each other are of one process. Below the ports that tests in Python take.
    ...freePortPair(new Set(), 10_000 + 2 * Math.floor(Math.random() * 6000)),
    python,
    workingDir: folder,
    ...change,
  };
  const spawned: number[] = [];
  const processes = () => belongingTo(folder, spawned);
  return {
    runtime,
    home,
    config,
    folder,
    processes,
    provider: localProvider({ runtime, home, config }),
    spawn(command, env = {}) {
      const pid = machine.spawnDetached(command, { cwd: folder, logPath: join(folder, "spawned.log"), env });
      spawned.push(pid);
      return pid;
    },
    async [Symbol.asyncDispose]() {
      for (let round = 0; round < 5; round++) {
        for (const { pid } of await processes()) machine.kill(pid, "SIGKILL");
      }
      await until(async () => (await processes()).length === 0);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Seconds that a wait may take, since the machine may be busy with other work. */
const PATIENCE_S = 120;

/** Waits until it is so. @throws {Error} it has not become so */
export async function until(isSo: () => Promise<boolean> | boolean, what = "it"): Promise<void> {
  const giveUpMs = performance.now() + PATIENCE_S * 1000;
  while (!await isSo()) {
    if (performance.now() > giveUpMs) throw new Error(`waited ${PATIENCE_S} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The process with this id. */
export async function processOf(pid: number): Promise<Process | undefined> {
  return (await processTable(machine).identify([pid])).get(pid);
}

/** By command line, by session, and by the current folder, which whatever they start inherits. */
async function belongingTo(folder: string, spawned: readonly number[]): Promise<readonly Process[]> {
  const living = (await processTable(machine).living()).filter(({ pid }) => pid !== Deno.pid);
  const sessions = new Set(spawned);
  for (const { pid, commandLine } of living) if (commandLine.includes(folder)) sessions.add(pid);
  const inside = await Promise.all(living.map(async ({ pid }) => {
    const current = await Deno.readLink(`/proc/${pid}/cwd`).catch(() => "");
    return current.startsWith(folder);
  }));
  return living.filter(({ session }, index) => sessions.has(session) || inside[index]);
}
