/** Workers that died, each recorded once, and a scheduler that was restarted. @module */

import { type Decision, SCHEDULER, type WorkerDeath } from "../model/mod.ts";
import type { Deps } from "./deps.ts";
import type { TickState } from "./tick_state.ts";

/** Decisions among which a daemon that has just started finds those that another one has recorded. */
const DECISIONS_READ = 200;

/** Deaths that the ticks so far have seen. */
export interface Deaths {
  /** What is in the history. */
  readonly recorded: ReadonlySet<string>;
  /** What waits for its platform to say why. */
  readonly waiting: ReadonlySet<string>;
}

/**
 * The deaths to record now. One whose platform can tell its cause, but has not yet, waits for one
 * tick.
 */
export async function newDeaths(
  { provider, history }: Pick<Deps, "provider" | "history">,
  { report, deaths }: Pick<TickState, "report" | "deaths">,
): Promise<{ readonly decisions: readonly Decision[]; readonly deaths: Deaths | null }> {
  const told = report?.deaths ?? [];
  if (told.length === 0) return { decisions: [], deaths };
  const recorded = new Set(deaths?.recorded ?? (await history.decisions(DECISIONS_READ)).map(idOf));
  const waiting = new Set<string>();
  const decisions: Decision[] = [];
  for (const death of told) {
    const decision: Decision = {
      atMs: Date.parse(death.at),
      action: "died",
      names: [death.name],
      reason: "",
    };
    const id = idOf(decision);
    if (recorded.has(id)) continue;
    const cause = await provider.causeOf?.(death.name, decision.atMs).catch(() => null) ?? null;
    if (cause === null && provider.causeOf !== undefined && !deaths?.waiting.has(id)) {
      waiting.add(id);
      continue;
    }
    recorded.add(id);
    decisions.push({ ...decision, reason: reasonOf(death, cause) });
  }
  return { decisions, deaths: { recorded, waiting } };
}

function idOf({ atMs, action, names }: Decision): string {
  return `${action} ${names.join(" ")} ${atMs}`;
}

function reasonOf({ name, ran }: WorkerDeath, cause: string | null): string {
  const tasks = ran.length === 0 ? "" : ` while it ran ${ran.join(", ")}`;
  return `${name}: ${cause ?? "its connection was lost"}${tasks}`;
}

/** What to record when another scheduler answers than the one before it. */
export function restartOf(
  { memory: { scheduler } }: Pick<TickState, "memory">,
  { report }: Pick<TickState, "report">,
): Decision[] {
  if (scheduler === null || report === null || scheduler.id === report.schedulerId) return [];
  return [{
    atMs: Date.parse(report.startedAt),
    action: "restarted",
    names: [SCHEDULER],
    reason: "it had ended, and its tasks and results are lost",
  }];
}
