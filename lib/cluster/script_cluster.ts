/** The cluster as a Deno script uses it. @module */

import { UsageError, XcoreError } from "../errors.ts";
import { findHome } from "../config/home_access.ts";
import type { Problem, Status, TasksStatus } from "../model/mod.ts";
import { systemRuntime } from "../system_runtime.ts";
import { count } from "../util/duration_text.ts";
import { pollUntil } from "../util/poll_until.ts";
import type { Progress, Scope } from "./cluster.ts";
import { readLog } from "./read_log.ts";
import { restart } from "./restart.ts";
import { scale, type Scaled, type ScaleOptions } from "./scale.ts";
import { setSettings, setWorkerType, type WorkerTypeOptions } from "./set_settings.ts";
import { shutdown } from "./shutdown.ts";
import { start } from "./start.ts";
import { status } from "./status.ts";
import { type Cost, cost, type CostOptions } from "./cost.ts";
import { tasks } from "./tasks.ts";
import { address } from "./address.ts";

/** How long to wait. */
export interface WaitOptions {
  /** Seconds; 600 when not given. */
  readonly timeoutS?: number;
}

/** Something that happened to the cluster. */
export type ClusterEvent =
  /** A worker is new, or is in another state; `state` is null when it is gone. */
  | { readonly kind: "worker"; readonly at: string; readonly name: string; readonly state: string | null }
  /** A problem is new. */
  | { readonly kind: "problem"; readonly at: string; readonly problem: Problem };

/** How long to follow events. */
export interface EventOptions {
  /** Ends the events. */
  readonly signal?: AbortSignal;
}

/** How much of a log to read. */
export interface LogsOptions {
  /** Lines from the end; all there is when not given. */
  readonly lines?: number;
  /** Follows new output until `signal` aborts. */
  readonly follow?: boolean;
  /** Ends the following. */
  readonly signal?: AbortSignal;
}

/** The cluster of $XCORE_HOME (and $XCORE_CLUSTER), as a script uses it. */
export interface ScriptCluster {
  /**
   * The scheduler's URL, `tls://host:port`.
   *
   * @throws {NotRunningError} there is no config, or no cluster is running
   * @example
   * ```ts
   * console.log(await cluster.getUrl());
   * ```
   */
  getUrl(): Promise<string>;
  /**
   * Sets the machine type of workers launched from now on; workers of another type are retired when
   * they are idle.
   *
   * @throws {ConfigError} the provider has no such accelerator setting
   * @throws {NotRunningError} there is no config
   * @example
   * ```ts
   * await cluster.setWorkerType("n1-standard-4", { acceleratorType: "nvidia-tesla-t4" });
   * ```
   */
  setWorkerType(type: string, options?: WorkerTypeOptions): Promise<void>;
  /**
   * Sets the maximum number of workers.
   *
   * @throws {ConfigError} not a whole number of 0 or more
   * @throws {NotRunningError} there is no config
   * @example
   * ```ts
   * await cluster.setMaxWorkers(5);
   * ```
   */
  setMaxWorkers(count: number): Promise<void>;
  /**
   * What `xcore status --json` prints.
   *
   * @throws {NotRunningError} there is no config
   * @example
   * ```ts
   * const { workers, problems } = await cluster.status();
   * ```
   */
  status(): Promise<Status>;
  /**
   * What `xcore tasks --json` prints: what became of the tasks since the scheduler started, by
   * function.
   *
   * @throws {NotRunningError} there is no config, or no cluster is running
   * @throws {SchedulerError} the scheduler does not answer
   * @example
   * ```ts
   * const { functions } = await cluster.tasks();
   * ```
   */
  tasks(): Promise<TasksStatus>;
  /**
   * What `xcore cost --json` prints: what the cluster has cost since its last start, from this
   * machine's history.
   *
   * @throws {NotRunningError} there is no config
   * @example
   * ```ts
   * const { usd, rows } = await cluster.cost({ by: "type" });
   * ```
   */
  cost(options?: CostOptions): Promise<Cost>;
  /**
   * Starts what is missing of the cluster; returns when the scheduler answers.
   *
   * @param progress called with what is being done, one line at a time
   * @throws {NotRunningError} there is no config
   * @throws {NotFoundError} there is no xcore to run the daemon with
   * @example
   * ```ts
   * await cluster.start();
   * ```
   */
  start(progress?: Progress): Promise<void>;
  /**
   * Starts the cluster again without asking: results in a running scheduler's memory are lost.
   *
   * @param progress called with what is being done, one line at a time
   * @throws {NotRunningError} there is no config
   * @example
   * ```ts
   * await cluster.restart();
   * ```
   */
  restart(progress?: Progress): Promise<void>;
  /**
   * Removes the whole cluster without asking; returns when nothing is left.
   *
   * @param progress called with what is being done, one line at a time
   * @throws {XcoreError} something could not be removed
   * @example
   * ```ts
   * await cluster.shutdown();
   * ```
   */
  shutdown(progress?: Progress): Promise<void>;
  /**
   * Asks for a number of workers, whatever tasks there are, in place of what was asked for the pool
   * before; 0 takes that back. They do not leave as idle until the request ends by itself. Does not
   * wait for them.
   *
   * @throws {UsageError} not a number of workers, no such pool, or no such time
   * @throws {NotRunningError} there is no config, or no cluster is running
   * @throws {SchedulerError} the scheduler does not answer, or is of an older xcore
   * @example
   * ```ts
   * await cluster.scale(4, { forS: 3600 });
   * await cluster.waitForWorkers(4);
   * ```
   */
  scale(count: number, options?: ScaleOptions): Promise<Scaled>;
  /**
   * Waits until this many workers are running. It launches none: tasks, `scale()` and min_workers
   * do.
   *
   * @throws {XcoreError} there are fewer after `timeoutS`
   * @example
   * ```ts
   * await cluster.waitForWorkers(2, { timeoutS: 300 });
   * ```
   */
  waitForWorkers(count: number, options?: WaitOptions): Promise<void>;
  /**
   * Reports changes of the cluster until `signal` aborts, beginning with its present workers and
   * problems.
   *
   * @throws {NotRunningError} there is no config
   * @example
   * ```ts
   * for await (const event of cluster.events()) console.log(event);
   * ```
   */
  events(options?: EventOptions): AsyncIterable<ClusterEvent>;
  /**
   * Reads the log of a worker (`worker-0`), the `scheduler` or the `daemon`, some text at a time;
   * on a cloud its machine's console.
   *
   * @throws {NotFoundError} there is no such worker, or no log
   * @throws {NotRunningError} there is no config, or no cluster is running
   * @example
   * ```ts
   * for await (const text of cluster.logs("worker-0", { lines: 20 })) console.log(text);
   * ```
   */
  logs(name: string, options?: LogsOptions): AsyncIterable<string>;
}

const POLL_MS = 500;

/** The cluster of $XCORE_HOME (and $XCORE_CLUSTER). Nothing is read before a method is called. */
export const cluster: ScriptCluster = scriptCluster(async () => {
  const runtime = systemRuntime(null);
  return { runtime, home: await findHome(runtime) };
});

/** A script's cluster in a home that is looked up at each call. */
function scriptCluster(here: () => Promise<Scope>): ScriptCluster {
  const silent: Progress = () => {};
  const always = () => Promise.resolve(true);
  return {
    getUrl: async () => (await address(await here())).url,
    setWorkerType: async (type, options) => void await setWorkerType(await here(), type, options),
    setMaxWorkers: async (count) => void await setSettings(await here(), [["max_workers", String(count)]]),
    status: async () => await status(await here()),
    tasks: async () => await tasks(await here()),
    cost: async (options) => await cost(await here(), options),
    start: async (progress = silent) => void await start(await here(), progress),
    restart: async (progress = silent) => void await restart(await here(), always, progress),
    shutdown: async (progress = silent) => void await shutdown(await here(), always, progress),
    scale: async (count, options) => await scale(await here(), count, options),
    waitForWorkers: async (count, { timeoutS = 600 } = {}) =>
      await waitForWorkers(await here(), count, timeoutS),
    async *events({ signal } = {}) {
      yield* events(await here(), signal ?? new AbortController().signal);
    },
    async *logs(name, { lines = Infinity, follow = false, signal } = {}) {
      yield* readLog(await here(), name, {
        lines,
        follow,
        stop: signal ?? new AbortController().signal,
        say: silent,
      });
    },
  };
}

async function waitForWorkers(scope: Scope, wanted: number, timeoutS: number): Promise<void> {
  if (!Number.isInteger(wanted) || wanted < 0) {
    throw new UsageError(
      `Cannot wait for ${wanted} workers: not a number of workers`,
      "Give a whole number of 0 or more.",
    );
  }
  const { clock } = scope.runtime;
  let running = 0;
  const times = { everyMs: POLL_MS, withinMs: timeoutS * 1000 };
  const done = await pollUntil(clock, times, async () => {
    running = (await status(scope)).workers.filter(({ state }) => state === "running").length;
    return running >= wanted ? true : null;
  });
  if (done) return;
  throw new XcoreError(
    `Cannot wait longer for ${count(wanted, "worker")}: only ${running} running after ${timeoutS} s`,
    "`xcore status` shows why; a larger timeoutS waits longer.",
  );
}

async function* events(scope: Scope, signal: AbortSignal): AsyncGenerator<ClusterEvent> {
  const { clock } = scope.runtime;
  let states = new Map<string, string>();
  let known = new Set<string>();
  while (!signal.aborted) {
    const { workers, problems } = await status(scope);
    const at = new Date(clock.nowMs()).toISOString();
    const now = new Map(workers.map(({ name, state }) => [name, state as string]));
    for (const [name, state] of now) {
      if (states.get(name) !== state) yield { kind: "worker", at, name, state };
    }
    for (const name of states.keys()) {
      if (!now.has(name)) yield { kind: "worker", at, name, state: null };
    }
    for (const problem of problems) {
      if (!known.has(problem.message)) yield { kind: "problem", at, problem };
    }
    states = now;
    known = new Set(problems.map(({ message }) => message));
    await clock.sleep(POLL_MS, signal);
  }
}
