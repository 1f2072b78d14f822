/** What users submit: tasks in jobs, each released at a time, or a pause after another's end. @module */

import { Draw } from "./draw.ts";

/** A task; `dependencies` are positions in the workload's list. */
export interface TaskSpec {
  readonly durationS: number;
  /** Its function, by which Dask learns how long it takes. */
  readonly prefix: string;
  readonly dependencies: readonly number[];
}

/** Tasks that are submitted together, by position. */
export interface Job {
  readonly tasks: readonly number[];
  readonly start: { readonly atS: number } | { readonly afterJob: number; readonly pauseS: number };
}

/** All of a run. */
export interface Workload {
  readonly name: string;
  /** What it is like, for the table. */
  readonly title: string;
  readonly maxWorkers: number;
  /** Jobs come over time, so that waits are what counts, and not the makespan. */
  readonly isOpen: boolean;
  readonly tasks: readonly TaskSpec[];
  readonly jobs: readonly Job[];
}

const HOUR_S = 3600;

/** A mutable workload. */
class Builder {
  readonly tasks: TaskSpec[] = [];
  readonly jobs: Job[] = [];

  task(durationS: number, prefix = "f", dependencies: readonly number[] = []): number {
    return this.tasks.push({ durationS, prefix, dependencies }) - 1;
  }

  jobAt(atS: number, tasks: readonly number[]): number {
    return this.jobs.push({ tasks, start: { atS } }) - 1;
  }

  jobAfter(afterJob: number, pauseS: number, tasks: readonly number[]): number {
    return this.jobs.push({ tasks, start: { afterJob, pauseS } }) - 1;
  }

  /** All tasks so far in one job, at once. */
  allAtOnce(): this {
    this.jobAt(0, this.tasks.map((_, i) => i));
    return this;
  }
}

/** Workloads of a kind, one a seed. */
export interface Family extends Omit<Workload, "tasks" | "jobs"> {
  of(seed: number): Workload;
}

function family(
  name: string,
  title: string,
  maxWorkers: number,
  isOpen: boolean,
  draw: (draw: Draw) => Pick<Workload, "tasks" | "jobs">,
): Family {
  const kind = { name, title, maxWorkers, isOpen };
  return {
    ...kind,
    of(seed) {
      const { tasks, jobs } = draw(new Draw(name, seed));
      return { ...kind, tasks, jobs };
    },
  };
}

/** Those of the comparison that xcore's policy was designed by. */
export const WORKLOADS: readonly Family[] = [
  family("W1", "200 tasks of 10 min", 50, false, () => {
    const w = new Builder();
    for (let i = 0; i < 200; i++) w.task(600);
    return w.allAtOnce();
  }),
  family("W2", "Poisson, mixed lengths, 8 h", 40, true, (draw) => {
    const w = new Builder();
    for (let atS = draw.exponential(20); atS < 8 * HOUR_S; atS += draw.exponential(20)) {
      w.jobAt(atS, [w.task(draw.mixedS())]);
    }
    return w;
  }),
  family("W3", "fan-out, fan-in, five times", 50, false, () => {
    const w = new Builder();
    let reduced: number[] = [];
    for (let stage = 0; stage < 5; stage++) {
      const parts = Array.from({ length: 100 }, () => w.task(120, "map", reduced));
      if (stage < 4) reduced = [w.task(300, "reduce", parts)];
    }
    return w.allAtOnce();
  }),
  family("W4", "500 tasks, 25 of them of 2 h", 50, false, (draw) => {
    const w = new Builder();
    const long = new Set<number>();
    while (long.size < 25) long.add(draw.whole(0, 499));
    for (let i = 0; i < 500; i++) w.task(long.has(i) ? 2 * HOUR_S : 60);
    return w.allAtOnce();
  }),
  family("W5", "bursts, a person between them", 20, true, (draw) => {
    const w = new Builder();
    for (let passedS = 0, last = -1; passedS < 6 * HOUR_S;) {
      const tasks = Array.from({ length: 20 }, () => w.task(30));
      const pauseS = draw.uniform(120, 1200);
      last = last < 0 ? w.jobAt(0, tasks) : w.jobAfter(last, pauseS, tasks);
      passedS += pauseS + 60;
    }
    return w;
  }),
  family("W6", "a day of a group's jobs", 60, true, (draw) => dayOf(draw)),
  family("W7", "20,000 tasks of 0.5 s", 20, false, () => {
    const w = new Builder();
    for (let i = 0; i < 20_000; i++) w.task(0.5);
    return w.allAtOnce();
  }),
];

/** Those that are to break what looks ahead: where a forecast is wrong, missing or of no use. */
export const HOSTILE: readonly Family[] = [
  family("H1", "a reduce that takes 20 s or 20 min, by turns", 50, false, () => {
    const w = new Builder();
    let reduced: number[] = [];
    for (let stage = 0; stage < 8; stage++) {
      const parts = Array.from({ length: 60 }, () => w.task(60, "map", reduced));
      if (stage < 7) reduced = [w.task(stage % 2 === 0 ? 20 : 1200, "reduce", parts)];
    }
    return w.allAtOnce();
  }),
  family("H2", "fan-in by functions that were never seen", 50, false, () => {
    const w = new Builder();
    let reduced: number[] = [];
    for (let stage = 0; stage < 5; stage++) {
      const parts = Array.from({ length: 100 }, () => w.task(120, `map${stage}`, reduced));
      if (stage < 4) reduced = [w.task(300, `reduce${stage}`, parts)];
    }
    return w.allAtOnce();
  }),
  family("H3", "40 chains of 20 tasks", 60, false, () => {
    const w = new Builder();
    for (let chain = 0; chain < 40; chain++) {
      let last: number[] = [];
      for (let link = 0; link < 20; link++) last = [w.task(90, "link", last)];
    }
    return w.allAtOnce();
  }),
  family("H4", "30 clients with small graphs", 40, true, (draw) => {
    const w = new Builder();
    for (let client = 0; client < 30; client++) {
      let last = -1;
      for (let round = 0; round < 6; round++) {
        const parts = Array.from({ length: draw.whole(2, 12) }, () => w.task(draw.uniform(10, 90), "part"));
        const all = [...parts, w.task(draw.uniform(20, 240), "merge", parts)];
        last = last < 0 ? w.jobAt(draw.uniform(0, 1800), all) : w.jobAfter(last, draw.uniform(30, 900), all);
      }
    }
    return w;
  }),
  family("H5", "short reduces between wide stages", 50, false, () => {
    const w = new Builder();
    let reduced: number[] = [];
    for (let stage = 0; stage < 12; stage++) {
      const parts = Array.from({ length: 50 }, () => w.task(70, "map", reduced));
      if (stage < 11) reduced = [w.task(90, "reduce", parts)];
    }
    return w.allAtOnce();
  }),
];

/**
 * After Lublin and Feitelson's model of a site's jobs: more by day than by night, of one task or of
 * up to 45, and run times of six functions, half of which vary a lot.
 */
function dayOf(draw: Draw): Builder {
  const w = new Builder();
  const meanS = (k: number) => 25 * (900 / 25) ** (k / 5);
  for (let atS = draw.exponential(60); atS < 24 * HOUR_S; atS += draw.exponential(60)) {
    if (draw.fraction() > busyAt(atS)) continue;
    const width = 2 ** (draw.chance(0.6) ? Math.round(draw.uniform(0.5, 5.5)) : draw.uniform(0.5, 5.5));
    const count = draw.chance(0.35) ? 1 : Math.max(1, Math.round(width));
    const k = draw.whole(0, 5);
    const sigma = k % 2 === 0 ? 1 : 0.3;
    const tasks = Array.from({ length: count }, () => {
      const durationS = meanS(k) * Math.exp(sigma * draw.normal() - sigma * sigma / 2);
      return w.task(Math.min(2 * HOUR_S, Math.max(1, durationS)), `f${k}`);
    });
    w.jobAt(atS, tasks);
  }
  return w;
}

/** From 0 to 1: a gamma's shape from 5 a.m. on, with its peak at 2 p.m. */
function busyAt(atS: number): number {
  const sinceFive = ((atS / HOUR_S) % 24 + 19) % 24;
  return (0.04 + (sinceFive / 9) ** 3 * Math.exp(3 * (1 - sinceFive / 9))) / 1.04;
}
