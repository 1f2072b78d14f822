/** Plans one after the other, the memory of each handed to the next. */

import type { Action, DaskWorker, Instance, SchedulerReport, Snapshot } from "../../../lib/model/mod.ts";
import { EMPTY_MEMORY, type Memory, rememberLaunched, type WorkerMemory } from "../../../lib/plan/memory.ts";
import { plan } from "../../../lib/plan/plan.ts";
import type { Rules } from "../../../lib/plan/rules.ts";
import { instance, report, rules, snapshot } from "../../support/fakes/builders.ts";

export class Run {
  memory: Memory = EMPTY_MEMORY;
  constructor(public rules_: Rules = rules()) {}

  /** What is decided `atS` seconds on, with a listing of that moment. */
  at(atS: number, over: Partial<Snapshot> = {}): readonly Action[] {
    const nowMs = atS * 1000;
    const seen = snapshot({ listedAtMs: nowMs, ...over });
    const decided = plan({ rules: this.rules_, snapshot: seen, memory: this.memory, nowMs });
    this.memory = decided.memory;
    return decided.actions;
  }

  /** The answer to a launch call for a pool, `atS` seconds on. */
  launched(atS: number, ...instances: readonly Instance[]): void {
    const pool = instances[0]?.pool ?? "default";
    this.memory = rememberLaunched(this.memory, pool, instances, "a test", atS * 1000);
  }

  /** What is remembered of an instance. */
  of(name: string): WorkerMemory | undefined {
    return this.memory.workers[`i-${name}`];
  }

  /** The same with these workers registered, each with an instance under it. */
  with(
    atS: number,
    workers: readonly DaskWorker[],
    over: Partial<SchedulerReport> = {},
    instances?: readonly Instance[],
  ) {
    return this.at(atS, {
      scheduler: report({ workers, ...over }),
      listing: { instances: instances ?? workers.map(({ name }) => instance(name)), complete: true },
    });
  }
}

/** An action in short: `retire worker-0, worker-1`. */
export function short(actions: readonly Action[]): string[] {
  return actions.map((action) => {
    const names = action.kind === "launch"
      ? action.spec.names
      : "attempt" in action
      ? action.attempt.names
      : action.workers.map(({ name }) => name);
    return `${action.kind} ${names.join(", ")}`;
  });
}
