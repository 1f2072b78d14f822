/** Which instances end without anybody being asked: no scheduler speaks for them. @module */

import type { Action } from "../model/mod.ts";
import { type Member, poolOf, refOf } from "./member.ts";
import type { Rules } from "./rules.ts";

/** Instances to end, and those among them that are ended because they did not come up. */
export interface Ending {
  readonly actions: readonly Action[];
  readonly members: readonly Member[];
  readonly late: readonly Member[];
}

/** Instances that are powered off, that did not join in time, or that have to be told again. */
export function ending(members: readonly Member[], rules: Rules, nowMs: number): Ending {
  const off = members.filter(({ phase }) => phase === "failed");
  const deafToUs = members.filter(({ phase, worker }) =>
    phase === "stopping" && nowMs - (worker.terminatedMs ?? worker.knownMs) >= rules.terminateAgainS * 1000
  );
  const late = members.filter((member) => isLate(member, rules, nowMs));
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

function isLate({ phase, worker }: Member, rules: Rules, nowMs: number): boolean {
  if (phase !== "pending" && phase !== "booting") return false;
  return nowMs - (worker.leftMs ?? worker.launchedMs) > poolOf(worker, rules).bootTimeoutS * 1000;
}

function terminate(members: readonly Member[], reason: string): Action[] {
  return members.length === 0 ? [] : [{ kind: "terminate", workers: members.map(refOf), reason }];
}
