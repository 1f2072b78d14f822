/** `xcore run`: runs a Python script on the cluster. @module */

import { delimiter } from "node:path";
import { PrerequisiteError, UsageError, type XcoreError } from "../errors.ts";
import type { Status } from "../model/mod.ts";
import { writePythonPackage } from "../python/write_python_package.ts";
import { count } from "../util/duration_text.ts";
import { pollUntil } from "../util/poll_until.ts";
import { address } from "./address.ts";
import { openCluster, type Progress, type Scope } from "./cluster.ts";
import { scale, type Scaled } from "./scale.ts";
import { shutdown, type ShutdownOptions } from "./shutdown.ts";
import { status } from "./status.ts";

/** What is done while the script runs. */
export interface RunOptions {
  /** Workers of the pool `default` to ask for. */
  readonly workers?: number;
  /** Is told what the scheduler was asked for. */
  readonly asked?: (scaled: Scaled) => void;
  /** Is told how far the tasks are; the status is not read when not given. */
  readonly tasks?: Progress;
}

/** How a script ended. */
export interface ScriptEnd {
  /** Its exit code; where a signal ended it, 128 and the signal's number. */
  readonly code: number;
  /** Whether Ctrl-C was pressed, and the script did not succeed in spite of it. */
  readonly interrupted: boolean;
}

/** A request for workers is renewed twice in its time, so that it ends soon after a run that is killed. */
const REQUEST_S = 600;

/** Seconds between two lines about the tasks: one is told when it is another one. */
const TOLD_EVERY_S = 5;

/** Seconds in which the scheduler notices that the script's client is gone. */
const LEAVES_S = 10;

/**
 * Finds out whether a script can be run, before anything is started for it.
 *
 * @param script its path
 * @returns the same path, as Python takes it for no option
 * @throws {UsageError} there is no such file
 * @throws {NotRunningError} there is no config
 * @throws {PrerequisiteError} the config names no Python
 */
export async function checkScript(scope: Scope, script: string): Promise<string> {
  const { files } = scope.runtime;
  const path = await files.realPath(script).catch(() => script);
  const kind = await files.kind(path);
  if (kind !== "file") {
    const why = kind === null
      ? "there is no such file"
      : `it is ${kind === "folder" ? "a folder" : "no file"}`;
    throw new UsageError(
      `Cannot run ${script}: ${why}`,
      "Give the path of a Python script: `xcore run SCRIPT.py`; its own arguments come after it.",
    );
  }
  if ((await openCluster(scope)).config.python === null) throw noPython("the config names none");
  return script.startsWith("-") ? `./${script}` : script;
}

/**
 * Runs a script with the cluster's Python on this terminal, which gets Ctrl-C; a second Ctrl-C kills it.
 * In it, `Client()` connects to the cluster, `crosscore` can be imported, and the modules beside it are
 * sent to the workers.
 *
 * @param words the script's path, and its arguments
 * @throws {NotRunningError} no cluster is running
 * @throws {PrerequisiteError} the config's Python is not there
 */
export async function runScript(
  scope: Scope,
  words: readonly string[],
  { workers, asked, tasks }: RunOptions,
): Promise<ScriptEnd> {
  const python = (await openCluster(scope)).config.python!;
  const during = new AbortController();
  const beside: Promise<void>[] = [];
  let pressed = false;
  const offSignal = scope.runtime.onSignal(["SIGINT"], () => pressed = true);
  try {
    if (workers !== undefined) {
      const scaled = await scale(scope, workers, { forS: REQUEST_S });
      asked?.(scaled);
      beside.push(keepAsking(scope, workers, during.signal));
    }
    if (tasks !== undefined) beside.push(tellOfTasks(scope, tasks, during.signal));
    const env = await environmentFor(scope);
    const code = await scope.runtime.runOnTerminal([python, ...words], { env, insistent: true });
    return { code, interrupted: pressed && code !== 0 };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw noPython(`${python} is not there`);
  } finally {
    during.abort();
    await Promise.all(beside);
    offSignal();
  }
}

/**
 * Shuts down what was started for a script, unless somebody uses it.
 *
 * @returns false: it stays, and why is told
 */
export async function shutdownAfter(
  scope: Scope,
  progress: Progress,
  options: Pick<ShutdownOptions, "imagesStay"> = {},
): Promise<boolean> {
  const isIdle = async () => {
    const { demand } = await status(scope);
    return demand !== null && demand.clients === 0 && demand.queued + demand.processing === 0 ? true : null;
  };
  await pollUntil(scope.runtime.clock, { everyMs: 500, withinMs: LEAVES_S * 1000 }, isIdle);
  return await shutdown(scope, () => Promise.resolve(true), progress, { ...options, onlyIfIdle: true });
}

function noPython(why: string): XcoreError {
  return new PrerequisiteError(
    `Cannot run the script: ${why}, as the cluster's Python`,
    "Name one that has Dask: `xcore config set python PATH`.",
  );
}

/**
 * What makes a script the cluster's: Dask reads its settings from variables, so that a plain `Client()`
 * connects, and the package finds home, cluster and program.
 */
async function environmentFor(scope: Scope): Promise<Record<string, string>> {
  const { runtime, home } = scope;
  const { url, tls } = await address(scope);
  const [program] = runtime.self ?? [];
  return {
    PYTHONPATH: searchPath(await writePythonPackage(scope), runtime.env("PYTHONPATH")),
    XCORE_HOME: home.root,
    ...home.cluster !== null && { XCORE_CLUSTER: home.cluster },
    ...program !== undefined && { XCORE_BIN: program },
    DASK_SCHEDULER_ADDRESS: url,
    DASK_DISTRIBUTED__COMM__TLS__CA_FILE: tls.ca_file,
    DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT: tls.cert_file,
    DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY: tls.key_file,
    // It would log that it runs a preload.
    DASK_LOGGING: runtime.env("DASK_LOGGING") ?? JSON.stringify({ "distributed.preloading": "warning" }),
    DASK_DISTRIBUTED__CLIENT__PRELOAD: JSON.stringify(["crosscore._script_client"]),
  };
}

/**
 * Where Python looks for modules: in the package's folder, then where the person says. An empty part, as
 * `$PYTHONPATH:/x` has one where it was not set, would be the current folder.
 */
export function searchPath(ofPackage: string, own: string | undefined): string {
  return [ofPackage, ...(own ?? "").split(delimiter).filter((part) => part !== "")].join(delimiter);
}

/** Asks for workers again and again until the signal, and then takes it back. */
async function keepAsking(scope: Scope, workers: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await scope.runtime.clock.sleep(REQUEST_S / 2 * 1000, signal);
    // A scheduler that is away hears of it the next time; what is not renewed ends by itself.
    await scale(scope, signal.aborted ? 0 : workers, { forS: REQUEST_S }).catch(() => {});
  }
}

/** Tells how far the tasks are that have come since now. */
async function tellOfTasks(scope: Scope, tell: Progress, signal: AbortSignal): Promise<void> {
  const now = () => status(scope).catch(() => null);
  const before = (await now())?.demand ?? null;
  let last = "";
  for (;;) {
    await scope.runtime.clock.sleep(TOLD_EVERY_S * 1000, signal);
    if (signal.aborted) return;
    const line = tasksLine(await now(), before);
    if (line !== null && line !== last) tell(line);
    last = line ?? last;
  }
}

/** `12 of 40 tasks done, 1 failed, 8 running on 4 workers`; null where there is nothing to tell. */
export function tasksLine(now: Status | null, before: Status["demand"]): string | null {
  if (now?.demand == null) return null;
  const { demand, workers } = now;
  const since = (key: "done" | "failed" | "skipped") => {
    const [had, has] = [before?.[key] ?? 0, demand[key] ?? 0];
    return has < had ? has : has - had; // fewer: another scheduler, which counts from zero
  };
  const done = since("done");
  const lost = since("failed") + since("skipped");
  const open = demand.queued + demand.processing + demand.waiting;
  const all = done + lost + open;
  if (all === 0) return null;
  const here = workers.filter(({ address }) => address !== null).length;
  const running = workers.reduce((sum, { executing }) => sum + (executing ?? 0), 0);
  return [
    `${done} of ${count(all, "task")} done`,
    ...lost > 0 ? [`${lost} failed`] : [],
    `${running} running on ${count(here, "worker")}`,
  ].join(", ");
}
