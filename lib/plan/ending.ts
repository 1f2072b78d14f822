/** Which instances end without anybody being asked: no scheduler speaks for them. @module */

import type { Action } from "../model/mod.ts";
import { type Member, poolOf, refOf } from "./member.ts";
import { REJOIN_S, type Rules } from "./rules.ts";

/** Instances to end, and those among them that are ended because they did not come up. */
export interface Ending {
  readonly actions: readonly Action[];
  readonly members: readonly Member[];
  readonly late: readonly Member[];
}

/** What is ended by. */
export interface EndingInput {
  readonly members: readonly Member[];
  readonly rules: Rules;
  /** Since when this daemon hears this very scheduler. */
  readonly schedulerSinceMs: number;
  readonly nowMs: number;
}

/** Instances that are powered off, that did not join in time, or that have to be told again. */
export function ending({ members, rules, schedulerSinceMs, nowMs }: EndingInput): Ending {
  const off = members.filter(({ phase }) => phase === "failed");
  const deafToUs = members.filter(({ phase, worker }) =>
    phase === "stopping" && nowMs - (worker.terminatedMs ?? worker.knownMs) >= rules.terminateAgainS * 1000
  );
  const late = members.filter((member) => isLate(member, rules, schedulerSinceMs, nowMs));
  const timeouts = [...new Set(late.map(({ worker }) => poolOf(worker, rules).bootTimeoutS))].join(" or ");
  return {
    actions: [
      ...terminate(off, "is powered off and still costs"),
      ...terminate(deafToUs, "is still stopping"),
      ...terminate(late, `did not join within ${timeouts} s`),
    ],
    members: [...off, ...deafToUs, ...late],
    late,
  };
}

/** Who was there before this scheduler, or before this daemon heard it, may be about to come back. */
function isLate({ phase, worker }: Member, rules: Rules, schedulerSinceMs: number, nowMs: number): boolean {
  if (phase !== "pending" && phase !== "booting") return false;
  const sinceMs = worker.leftMs ?? worker.launchedMs;
  return nowMs - sinceMs > poolOf(worker, rules).bootTimeoutS * 1000 &&
    nowMs - schedulerSinceMs > REJOIN_S * 1000;
}

function terminate(members: readonly Member[], reason: string): Action[] {
  return members.length === 0 ? [] : [{ kind: "terminate", workers: members.map(refOf), reason }];
}
