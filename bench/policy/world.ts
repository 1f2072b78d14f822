/**
 * Time, event by event: a scheduler with one queue, as Dask's with tasks that are queued, workers of
 * one thread, and a cloud that bills by the second.
 * @module
 */

import { Draw } from "./draw.ts";
import { Soonest } from "./soonest.ts";
import type { Workload } from "./workload.ts";

/** Seconds from launch to joining, evenly spread. */
export type Boot = readonly [minS: number, maxS: number];

/** Seconds that an instance takes to stop, in which EC2 bills nothing and still lists it. */
const STOP_S = 20;

/** EC2 and GCE bill a minute at least. */
const BILLED_AT_LEAST_S = 60;

/** No workload's end is near it. */
const NEVER_S = 400_000;

export interface Worker {
  readonly number: number;
  readonly name: string;
  readonly attempt: string;
  readonly launchedS: number;
  readonly joinsS: number;
  hasJoined: boolean;
  /** The task it runs; null: none. */
  task: number | null;
  startedS: number;
  completed: number;
  /** Null: it is there. */
  terminatedS: number | null;
}

/** A function's tasks. */
export interface Prefix {
  /** As Dask's `TaskPrefix.duration_average`; -1: not known. */
  durationAverage: number;
  queued: number;
}

type State = "unreleased" | "waiting" | "queued" | "processing" | "memory";

/** A policy's turn. */
export interface Policy {
  readonly name: string;
  /**
   * Looks at the world and changes its workers.
   *
   * @returns seconds until its next turn
   */
  tick(world: World): Promise<number>;
  close?(): Promise<void>;
}

/** What a run comes to. */
export interface Result {
  readonly policy: string;
  /** Seconds from the first submission to the last result. */
  readonly makespanS: number;
  readonly instanceHours: number;
  /** Seconds from when a task could run to its start. */
  readonly meanWaitS: number;
  readonly launched: number;
}

export class World {
  nowS = 0;
  readonly queue: number[] = [];
  readonly workers = new Map<string, Worker>();
  readonly stopping = new Set<Worker>();
  readonly prefixes = new Map<string, Prefix>();
  /** Durations of tasks since they were last taken from here, for a policy that learns by itself. */
  readonly ended: { readonly prefix: string; readonly durationS: number }[] = [];
  waiting = 0;
  processing = 0;
  done = 0;
  readonly states: State[];
  /** How many dependencies each task still waits for. */
  readonly missing: number[];
  readonly dependents: number[][];
  readonly #events = new Soonest<() => void>();
  readonly #all: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #readyS: number[];
  readonly #startS: number[];
  readonly #jobOf: number[];
  readonly #jobMissing: number[];
  #firstS = Infinity;
  #lastS = 0;

  constructor(readonly workload: Workload, readonly boot: Boot, readonly seed: number) {
    const { tasks, jobs } = workload;
    this.states = tasks.map(() => "unreleased");
    this.missing = tasks.map(({ dependencies }) => dependencies.length);
    this.dependents = tasks.map(() => []);
    this.#readyS = tasks.map(() => 0);
    this.#startS = tasks.map(() => 0);
    this.#jobOf = tasks.map(() => 0);
    this.#jobMissing = jobs.map((job) => job.tasks.length);
    tasks.forEach(({ dependencies, prefix }, i) => {
      for (const dependency of dependencies) this.dependents[dependency]!.push(i);
      if (!this.prefixes.has(prefix)) this.prefixes.set(prefix, { durationAverage: -1, queued: 0 });
    });
    jobs.forEach(({ tasks, start }, job) => {
      for (const task of tasks) this.#jobOf[task] = job;
      if ("atS" in start) this.#events.add(start.atS, () => this.#release(job));
    });
  }

  prefixOf(task: number): Prefix {
    return this.prefixes.get(this.workload.tasks[task]!.prefix)!;
  }

  /** Workers that have joined. */
  get joined(): Worker[] {
    return [...this.workers.values()].filter(({ hasJoined }) => hasJoined);
  }

  launch(names: readonly string[], attempt = ""): Worker[] {
    return names.map((name) => {
      const number = this.#all.length;
      const joinsS = this.nowS + new Draw("boot", this.seed, number).uniform(...this.boot);
      const worker: Worker = {
        ...{ number, name, attempt, launchedS: this.nowS, joinsS, hasJoined: false },
        ...{ task: null, startedS: 0, completed: 0, terminatedS: null },
      };
      this.#all.push(worker);
      this.workers.set(name, worker);
      this.#events.add(joinsS, () => this.#join(worker));
      return worker;
    });
  }

  /** Ends a worker; one that is busy stays, and false is returned. */
  terminate(worker: Worker): boolean {
    if (worker.task !== null || worker.terminatedS !== null) return false;
    worker.terminatedS = this.nowS;
    this.workers.delete(worker.name);
    if (worker.hasJoined) this.#idle.splice(this.#idle.indexOf(worker), 1);
    this.stopping.add(worker);
    this.#events.add(this.nowS + STOP_S, () => this.stopping.delete(worker));
    return true;
  }

  /** Runs the workload under a policy, until all is done and all instances are gone. */
  async run(policy: Policy): Promise<Result> {
    const total = this.workload.tasks.length;
    // Not in step with what happens at whole seconds.
    let nextS = 0.37;
    while (this.done < total || this.workers.size > 0 || this.stopping.size > 0) {
      while (this.#events.nextKey <= nextS) {
        const { key: atS, value: happens } = this.#events.take();
        this.nowS = atS;
        happens();
      }
      this.nowS = nextS;
      if (nextS > NEVER_S) throw new Error(`${policy.name} never ends ${this.workload.name}`);
      nextS += await policy.tick(this);
    }
    return this.#result(policy.name);
  }

  #result(policy: string): Result {
    const billedS = this.#all.reduce(
      (sum, { launchedS, terminatedS }) => sum + Math.max(BILLED_AT_LEAST_S, terminatedS! - launchedS),
      0,
    );
    const waitS = this.#startS.reduce((sum, startS, i) => sum + startS - this.#readyS[i]!, 0);
    return {
      policy,
      makespanS: this.#lastS - this.#firstS,
      instanceHours: billedS / 3600,
      meanWaitS: waitS / this.#startS.length,
      launched: this.#all.length,
    };
  }

  #release(job: number): void {
    this.#firstS = Math.min(this.#firstS, this.nowS);
    for (const task of this.workload.jobs[job]!.tasks) {
      if (this.missing[task] === 0) this.#ready(task);
      else {
        this.states[task] = "waiting";
        this.waiting++;
      }
    }
    this.#dispatch();
  }

  #ready(task: number): void {
    if (this.states[task] === "waiting") this.waiting--;
    this.states[task] = "queued";
    this.#readyS[task] = this.nowS;
    this.queue.push(task);
    this.prefixOf(task).queued++;
  }

  #dispatch(): void {
    while (this.#idle.length > 0 && this.queue.length > 0) {
      this.#start(this.#idle.shift()!, this.queue.shift()!);
    }
  }

  #start(worker: Worker, task: number): void {
    this.prefixOf(task).queued--;
    this.processing++;
    this.states[task] = "processing";
    this.#startS[task] = this.nowS;
    worker.task = task;
    worker.startedS = this.nowS;
    this.#events.add(this.nowS + this.workload.tasks[task]!.durationS, () => this.#finish(worker, task));
  }

  #finish(worker: Worker, task: number): void {
    const { durationS, prefix: name } = this.workload.tasks[task]!;
    const prefix = this.prefixOf(task);
    prefix.durationAverage = prefix.durationAverage < 0
      ? durationS
      : (durationS + prefix.durationAverage) / 2;
    this.ended.push({ prefix: name, durationS });
    this.processing--;
    this.done++;
    this.states[task] = "memory";
    this.#lastS = this.nowS;
    worker.task = null;
    worker.completed++;
    this.#idle.push(worker);
    for (const dependent of this.dependents[task]!) {
      if (--this.missing[dependent]! === 0 && this.states[dependent] === "waiting") this.#ready(dependent);
    }
    const job = this.#jobOf[task]!;
    if (--this.#jobMissing[job]! === 0) this.#endJob(job);
    this.#dispatch();
  }

  #endJob(ended: number): void {
    this.workload.jobs.forEach(({ start }, job) => {
      if ("afterJob" in start && start.afterJob === ended) {
        this.#events.add(this.nowS + start.pauseS, () => this.#release(job));
      }
    });
  }

  #join(worker: Worker): void {
    if (worker.terminatedS !== null) return;
    worker.hasJoined = true;
    this.#idle.push(worker);
    this.#dispatch();
  }
}
