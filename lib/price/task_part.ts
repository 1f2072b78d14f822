/** How workers spent their time: of which instance's life, and what that cost. Pure. @module */

import type { Life, TaskTime, WorkerTime } from "../model/mod.ts";

/** The wall clock may have been set while an instance booted. */
const SLACK_MS = 60_000;

/**
 * What a scheduler reports, of the lives that had its name when it joined; what none had is left out.
 *
 * @param nowMs wall clock, as it was reported
 */
export function taskTimesOf(
  reported: readonly WorkerTime[],
  lives: readonly Life[],
  nowMs: number,
): TaskTime[] {
  const byName = Map.groupBy(lives.filter(({ kind }) => kind === "worker"), ({ name }) => name);
  return reported.flatMap(({ session, name, joinedAgoS, idleS, othersS, functions }) => {
    const joinedMs = nowMs - joinedAgoS * 1000;
    const had = (byName.get(name) ?? []).filter(({ startedMs, endedMs }) =>
      startedMs <= joinedMs + SLACK_MS && (endedMs ?? Infinity) > joinedMs
    );
    const life = had.toSorted((a, b) => b.startedMs - a.startedMs)[0];
    if (life === undefined) return [];
    const others = othersS > 0 ? [{ name: null, seconds: othersS }] : [];
    return [{ session, lifeId: life.id, idleS, functions: [...functions, ...others] }];
  });
}

/** What a part of the time of workers was spent with. */
export type TaskPartKind =
  /** Tasks of one function. */
  | "task"
  /** Tasks of functions that are not named. */
  | "others"
  /** Workers without a task. */
  | "idle"
  /** Instances that were no worker yet, or no longer; and what no daemon has read. */
  | "not_joined"
  /** The scheduler. */
  | "scheduler";

/** A part of a life. */
export interface TaskPart {
  readonly kind: TaskPartKind;
  /** The function; else empty. */
  readonly name: string;
  /** Of the life, from 0 to 1. */
  readonly share: number;
}

/**
 * The parts of a life, which together are all of it.
 *
 * @param times of its sessions
 * @param toMs until when a life counts that has not ended; wall clock
 */
export function partsOf(life: Life, times: readonly TaskTime[], toMs: number): TaskPart[] {
  if (life.kind === "scheduler") return [{ kind: "scheduler", name: "", share: 1 }];
  const seconds = new Map<string, { readonly kind: TaskPartKind; readonly name: string; seconds: number }>();
  const add = (kind: TaskPartKind, name: string, more: number) => {
    const part = seconds.get(`${kind} ${name}`) ?? { kind, name, seconds: 0 };
    seconds.set(`${kind} ${name}`, { ...part, seconds: part.seconds + more });
  };
  for (const { idleS, functions } of times) {
    for (const { name, seconds } of functions) add(name === null ? "others" : "task", name ?? "", seconds);
    add("idle", "", idleS);
  }
  const parts = [...seconds.values()].filter(({ seconds }) => seconds > 0);
  const known = parts.reduce((sum, { seconds }) => sum + seconds, 0);
  const livedS = ((life.endedMs ?? toMs) - life.startedMs) / 1000;
  // Two clocks have measured it.
  const wholeS = Math.max(known, livedS);
  const shares = parts.map(({ kind, name, seconds }): TaskPart => ({ kind, name, share: seconds / wholeS }));
  const rest = wholeS > 0 ? 1 - known / wholeS : 1;
  return rest > 0 ? [...shares, { kind: "not_joined", name: "", share: rest }] : shares;
}
