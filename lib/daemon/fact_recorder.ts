/** Records what stays so for a time: versions, settings, problems, and what became of the tasks. @module */

import { changedSettings, type Config } from "../config/config.ts";
import type { Fact, FactContents, FactKind, Problem, SchedulerReport } from "../model/mod.ts";
import type { Clock } from "../runtime.ts";
import type { History } from "../status/history.ts";
import { tasksStatus } from "../status/status_of.ts";
import { isTime } from "../util/is_time.ts";

/** What goes on without a change is written once in so many milliseconds. */
const WRITE_EVERY_MS = 60_000;

/** What facts are told by. */
export interface FactSources {
  /** The scheduler's last answer; null: it is unreachable. */
  readonly report: Pick<SchedulerReport, "record" | "startedAt" | "versions"> | null;
  readonly problems: readonly Problem[];
  readonly config: Config;
  /** This program's version, as a person reads it. */
  readonly xcore: string;
  /** When that was so; wall clock, milliseconds. */
  readonly atMs: number;
}

/** What became of a scheduler's tasks until now; null: it does not tell. */
export function tasksFact(
  { record, startedAt }: Pick<SchedulerReport, "record" | "startedAt">,
  atMs: number,
): Fact | null {
  const startedMs = Date.parse(startedAt);
  if (record === null || !isTime(startedMs)) return null;
  // Its clock may be ahead.
  const fromMs = Math.min(startedMs, atMs);
  return { kind: "tasks", name: startedAt, fromMs, toMs: atMs, content: tasksStatus(record) };
}

/** A function that records facts when they begin, change or end, and once a minute. */
export function factRecorder(
  history: Pick<History, "recordFacts">,
  clock: Pick<Clock, "monotonicMs">,
): (sources: FactSources, isLast?: boolean) => Promise<void> {
  /** What is so, by kind and name. */
  let current: ReadonlyMap<string, Fact> = new Map();
  let writtenMs = -Infinity;
  return async (sources, isLast = false) => {
    const isDue = isLast || clock.monotonicMs() - writtenMs >= WRITE_EVERY_MS;
    const next = new Map(
      factsOf(sources).map((fact) => [keyOf(fact), continued(current.get(keyOf(fact)), fact)]),
    );
    // While the scheduler is unreachable its versions and tasks stay what they were.
    const gone = [...current].filter(([key]) => !next.has(key));
    for (const [key, fact] of gone) if (fact.kind !== "problem") next.set(key, fact);
    const news = [...next.values()].filter((fact) => isDue || isNew(current.get(keyOf(fact)), fact));
    const over = gone.map(([, fact]) => fact).filter(({ kind }) => kind === "problem");
    if (news.length + over.length > 0) await history.recordFacts([...over, ...news]);
    current = next;
    if (isDue) writtenMs = clock.monotonicMs();
  };
}

function keyOf({ kind, name }: Fact): string {
  return `${kind} ${name}`;
}

/** What goes on has begun when it began; of other versions or settings a fact of its own tells. */
function continued(before: Fact | undefined, now: Fact): Fact {
  const isAnother = now.kind !== "problem" && now.kind !== "tasks" && isNew(before, now);
  return before === undefined || isAnother ? now : { ...now, fromMs: before.fromMs };
}

function isNew(before: Fact | undefined, now: Fact): boolean {
  return before === undefined || JSON.stringify(before.content) !== JSON.stringify(now.content);
}

function factsOf({ report, problems, config, xcore, atMs }: FactSources): Fact[] {
  const since = <Kind extends FactKind>(kind: Kind, content: FactContents[Kind], name = "") =>
    ({ kind, name, fromMs: atMs, toMs: atMs, content }) as Fact;
  const tasks = report === null ? null : tasksFact(report, atMs);
  return [
    since("settings", changedSettings(config)),
    ...report === null ? [] : [since("versions", { xcore, ...installed(report.versions) })],
    ...tasks === null ? [] : [tasks],
    ...problems.map((problem) => since("problem", problem, problem.code)),
  ];
}

function installed(versions: SchedulerReport["versions"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(versions).flatMap(([name, version]) => version === null ? [] : [[name, version]]),
  );
}
