/**
 * What no policy can be better than that has the same maximum and boots, and launches nothing
 * before the first task is there.
 * @module
 */

import type { Workload } from "./workload.ts";
import type { Boot } from "./world.ts";

export interface Bound {
  /** Null: jobs come over time. */
  readonly makespanS: number | null;
  /** All work, and one boot. */
  readonly instanceHours: number;
}

/**
 * The bound of a workload: the longest of the longest path, the work of all tasks over all workers,
 * and, where each level of the graph waits for the one before, the sum of the levels.
 */
export function boundOf(workload: Workload, [bootS]: Boot): Bound {
  const { tasks, maxWorkers, isOpen } = workload;
  const workS = sum(tasks.map(({ durationS }) => durationS));
  const instanceHours = Math.max(60, workS + bootS) / 3600;
  if (isOpen) return { makespanS: null, instanceHours };
  const pathS: number[] = [];
  for (const { durationS, dependencies } of tasks) {
    pathS.push(durationS + Math.max(0, ...dependencies.map((dependency) => pathS[dependency]!)));
  }
  const longestS = pathS.reduce((most, each) => Math.max(most, each), 0);
  const levelsS = hasBarriers(workload)
    ? sum(levelsOf(workload).map((level) => levelS(level, maxWorkers)))
    : 0;
  return { makespanS: bootS + Math.max(longestS, workS / maxWorkers, levelsS), instanceHours };
}

/** Seconds of tasks that run beside each other: equal ones run in whole rounds. */
function levelS(durationsS: readonly number[], maxWorkers: number): number {
  const longestS = durationsS.reduce((most, each) => Math.max(most, each), 0);
  const areEqual = durationsS.every((each) => each === longestS);
  const roundsS = areEqual ? Math.ceil(durationsS.length / maxWorkers) * longestS : 0;
  return Math.max(longestS, sum(durationsS) / maxWorkers, roundsS);
}

/** Durations by the longest way from the start. */
function levelsOf({ tasks }: Workload): number[][] {
  const level: number[] = [];
  const levels: number[][] = [];
  for (const { durationS, dependencies } of tasks) {
    const own = dependencies.reduce((most, dependency) => Math.max(most, level[dependency]! + 1), 0);
    level.push(own);
    (levels[own] ??= []).push(durationS);
  }
  return levels;
}

/** Whether each task waits for all of the level before, by what it depends on. */
function hasBarriers({ tasks }: Workload): boolean {
  const reduces = tasks.filter(({ dependencies }) => dependencies.length > 1);
  return tasks.every(({ dependencies }) => dependencies.length === 0) || reduces.length > 0 &&
      tasks.every(({ dependencies }) =>
        dependencies.length !== 1 || tasks[dependencies[0]!]!.dependencies.length !== 1
      );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
