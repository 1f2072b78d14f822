/** `xcore report`: what a report tells of a run. @module */

import type { Fact, FactKind, FunctionStatus, Life, TaskNumbers } from "../model/mod.ts";
import type {
  Era,
  FunctionTotals,
  InstanceRow,
  MachineTotals,
  ProblemRow,
  RunReport,
} from "../page/report_html.ts";
import type { TaskPartKind } from "../price/task_part.ts";
import type { Scope } from "./cluster.ts";
import { costByTask, costPart, type CostRow } from "./cost.ts";
import { historyOf, type PastRun, pastRun, type PastRunOptions } from "./past_run.ts";

/** Instances that are listed one by one. */
const INSTANCES_TOLD = 300;

/**
 * What the history has of the last run, or of the time since, for a report.
 *
 * @throws see {@linkcode pastRun}
 */
export async function runReport(scope: Scope, options: PastRunOptions = {}): Promise<RunReport> {
  return reportOf(await pastRun(scope, options));
}

/** What a report tells of what the history has. */
export function reportOf(run: PastRun): RunReport {
  const { config, span, lives, times, facts, decisions, costs, shutdown } = run;
  const rows = costByTask(lives, times, span);
  const tasks = factsOf(facts, "tasks").map(({ content }) => content);
  const history = historyOf(run);
  const losses = decisions.filter(({ action }) => action === "died" || action === "restarted");
  return {
    cluster: {
      ...{ name: config.clusterName, id: config.clusterId, provider: config.provider },
      region: config.regionName,
    },
    ...{ fromMs: span.fromMs, toMs: span.toMs, costs, history },
    shutdown: shutdown === null ? null : { by: shutdown.by, reason: shutdown.reason },
    total: costPart(lives, span),
    functions: functionsOf(tasks.flatMap(({ functions }) => functions), rows),
    otherTasks: tasks.map(({ others }) => others).reduce(added, NO_TASKS),
    otherTime: rows.flatMap(({ kind = "task", hours, usd }) =>
      kind === "task" ? [] : [{ what: OTHER_TIME[kind], hours, usd }]
    ),
    machines: machinesOf(run),
    instances: lives.slice(0, INSTANCES_TOLD).map((life) => instanceOf(life, run)),
    moreInstances: Math.max(0, lives.length - INSTANCES_TOLD),
    problems: problemsOf(facts),
    losses: historyOf({ ...run, decisions: losses, samples: [], lives: [] }).decisions,
    versions: erasOf(facts, "versions"),
    settings: erasOf(facts, "settings"),
  };
}

const OTHER_TIME: Readonly<Record<Exclude<TaskPartKind, "task">, string>> = {
  others: "functions that are not named",
  idle: "workers without a task",
  not_joined: "boot and end of instances",
  scheduler: "the scheduler",
};

const NO_TASKS: TaskNumbers = { done: 0, failed: 0, skipped: 0, running: 0, waiting: 0 };

function added(a: TaskNumbers, b: TaskNumbers): TaskNumbers {
  return {
    ...{ done: a.done + b.done, failed: a.failed + b.failed, skipped: a.skipped + b.skipped },
    ...{ running: a.running + b.running, waiting: a.waiting + b.waiting },
  };
}

function factsOf<Kind extends FactKind>(facts: readonly Fact[], kind: Kind): Extract<Fact, { kind: Kind }>[] {
  return facts.filter((fact): fact is Extract<Fact, { kind: Kind }> => fact.kind === kind);
}

/** Those that several schedulers have counted, summed up; and those of which only the time is known. */
function functionsOf(counted: readonly FunctionStatus[], rows: readonly CostRow[]): FunctionTotals[] {
  const timed = new Map(rows.filter(({ kind }) => kind === "task").map((row) => [row.name, row]));
  const byName = Map.groupBy(counted, ({ name }) => name);
  const names = new Set([...byName.keys(), ...timed.keys()]);
  const all = [...names].map((name): FunctionTotals => {
    const same = byName.get(name) ?? [];
    const first = same.find(({ first_error }) => first_error !== null);
    const { hours = null, usd = null } = timed.get(name) ?? {};
    return {
      ...{ name, ...same.reduce<TaskNumbers>(added, NO_TASKS), hours, usd },
      ...{ first_error: first?.first_error ?? null, first_failed_key: first?.first_failed_key ?? null },
    };
  });
  return all.sort((a, b) => (b.hours ?? 0) - (a.hours ?? 0) || b.done - a.done || (a.name < b.name ? -1 : 1));
}

function kindOf({ kind, pool, type, zone, market }: Life) {
  return { use: kind === "scheduler" ? kind : pool ?? "", type, zone, market };
}

/** The scheduler last, as `xcore cost` has it. */
function machinesOf({ lives, span }: PastRun): MachineTotals[] {
  const groups = Map.groupBy(lives, (life) => JSON.stringify([life.kind, kindOf(life)]));
  const all = [...groups.values()].map((same) => ({ ...kindOf(same[0]!), ...costPart(same, span) }));
  const isScheduler = ({ use }: MachineTotals) => use === "scheduler" ? 1 : 0;
  return all.sort((a, b) => isScheduler(a) - isScheduler(b) || b.hours - a.hours);
}

function instanceOf(life: Life, { span }: PastRun): InstanceRow {
  const { name, startedMs, endedMs } = life;
  const times = { fromMs: startedMs, toMs: endedMs !== null && endedMs <= span.toMs ? endedMs : null };
  return { name, ...times, ...kindOf(life), ...costPart([life], span) };
}

function problemsOf(facts: readonly Fact[]): ProblemRow[] {
  const groups = Map.groupBy(factsOf(facts, "problem"), ({ name }) => name);
  return [...groups.values()].map((times) => ({
    ...{ message: times.at(-1)!.content.message, hint: times.at(-1)!.content.hint, times: times.length },
    ...{ fromMs: times[0]!.fromMs, toMs: Math.max(...times.map(({ toMs }) => toMs)) },
  }));
}

/** A daemon that is started again tells the same once more. */
function erasOf(facts: readonly Fact[], kind: "versions" | "settings"): Era[] {
  const all = factsOf(facts, kind).map(({ fromMs, content }) => ({ fromMs, values: content }));
  return all.filter(({ values }, i) => JSON.stringify(values) !== JSON.stringify(all[i - 1]?.values));
}
