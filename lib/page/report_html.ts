/**
 * A run of a cluster as one HTML file for a lab book: no script, nothing from elsewhere. It has what the
 * history has, times by UTC, and nothing of when or where it is made. Pure.
 * @module
 */

import { EMBEDDED } from "../_embedded.ts";
import type { FunctionStatus, TaskNumbers } from "../model/mod.ts";
import { count, durationText, utcText } from "../util/duration_text.ts";
import { moneyText } from "../util/money_text.ts";
import { Markup, markup, type Part } from "./markup.ts";
import { historyRows, type PageHistory } from "./page_history.ts";
import { historySvg } from "./history_svg.ts";

/** What some instances were there for, and what that cost. */
export interface InstanceTotals {
  readonly instances: number;
  /** Hours that they existed, together. */
  readonly hours: number;
  /** Of all whose price is known. */
  readonly usd: number;
  /** Instances whose price is not known. */
  readonly unknown_prices: number;
}

/** Instances of one kind in one place. */
export interface MachineTotals extends InstanceTotals {
  /** A pool, or `scheduler`. */
  readonly use: string;
  readonly type: string;
  readonly zone: string | null;
  readonly market: string;
}

/** An instance. */
export interface InstanceRow extends MachineTotals {
  readonly name: string;
  readonly fromMs: number;
  /** Null: it was there at the end. */
  readonly toMs: number | null;
}

/** The tasks of a function, how long workers executed them, and what that cost. */
export interface FunctionTotals extends FunctionStatus {
  /** Null: not known. */
  readonly hours: number | null;
  readonly usd: number | null;
}

/** A problem, each time that there was it. */
export interface ProblemRow {
  readonly message: string;
  readonly hint: string;
  readonly times: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Names and values from a time on. */
export interface Era {
  readonly fromMs: number;
  readonly values: Readonly<Record<string, string>>;
}

/** All that a report tells of. */
export interface RunReport {
  readonly cluster: {
    readonly name: string;
    readonly id: string;
    readonly provider: string;
    readonly region: string | null;
  };
  readonly fromMs: number;
  /** When the last of it was recorded. */
  readonly toMs: number;
  /** Who shut it down at the end, and why; null: it was not, or that is not known. */
  readonly shutdown: { readonly by: "command" | "daemon"; readonly reason: string | null } | null;
  /** Whether something costs here. */
  readonly costs: boolean;
  readonly total: InstanceTotals;
  readonly functions: readonly FunctionTotals[];
  readonly otherTasks: TaskNumbers;
  /** What workers' time and costs went to beside named functions. */
  readonly otherTime: readonly { readonly what: string; readonly hours: number; readonly usd: number }[];
  readonly machines: readonly MachineTotals[];
  /** The earliest begun first. */
  readonly instances: readonly InstanceRow[];
  /** Instances beside them. */
  readonly moreInstances: number;
  readonly problems: readonly ProblemRow[];
  /** Workers that were lost, and schedulers that ended. */
  readonly losses: PageHistory["decisions"];
  readonly history: PageHistory;
  /** The earliest first. */
  readonly versions: readonly Era[];
  readonly settings: readonly Era[];
}

/** The report as an HTML file. */
export function reportHtml(report: RunReport): string {
  const { cluster, fromMs, toMs } = report;
  const title = `${cluster.name} (${cluster.provider}): ${utcText(fromMs)} to ${utcText(toMs)}, UTC`;
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>
${new Markup(EMBEDDED["page/report.css"]!)}</style>
</head>
<body>
<main>
<h1>Run of cluster ${cluster.name}</h1>
${summary(report)}
<h2>Over time</h2>
<figure>
${historySvg(report.history, cluster.name)}</figure>
${overTime(report.history)}
<h2>What ran</h2>
${functions(report)}
<h2>What went wrong</h2>
${failures(report)}
<h2>What it ran on</h2>
${machines(report)}
<h2>Versions</h2>
${
    eras(
      report.versions,
      "package",
      "version",
      "Versions are not recorded: the daemon of a newer xcore does that.",
    )
  }
<h2>Settings that are not the defaults</h2>
${
    eras(
      report.settings,
      "setting",
      "value",
      "Settings are not recorded: the daemon of a newer xcore does that.",
    )
  }
<h2>Instances</h2>
${instances(report)}
<h2>Decisions</h2>
${decisions(report.history)}
</main>
</body>
</html>
`.text;
}

function summary(report: RunReport): Markup {
  const { cluster, fromMs, toMs, total, costs, functions, otherTasks } = report;
  const sum = (of: "done" | "failed") => functions.reduce((all, each) => all + each[of], otherTasks[of]);
  const workers = report.machines.filter(({ use }) => use !== "scheduler");
  const hours = workers.reduce((all, each) => all + each.hours, 0);
  const entries: (readonly [string, Part])[] = [
    ["Cluster", `${cluster.name} (${cluster.id})`],
    ["On", [cluster.provider, cluster.region].filter((part) => part !== null).join(", ")],
    ["From", `${utcText(fromMs)} UTC`],
    ["To", `${utcText(toMs)} UTC, ${endText(report)}`],
    ["Duration", durationText((toMs - fromMs) / 1000)],
    ["Tasks", `${sum("done").toLocaleString("en-US")} done, ${sum("failed").toLocaleString("en-US")} failed`],
    [
      "Workers",
      `${count(workers.reduce((all, { instances }) => all + instances, 0), "instance")}, together ${
        durationText(hours * 3600)
      }`,
    ],
    ["Cost", costs ? costText(total) : "nothing: the workers were processes of the user's own machine"],
  ];
  return markup`<dl>
${
    entries.map(([name, value]) =>
      markup`<div><dt>${name}</dt><dd>${value}</dd></div>
`
    )
  }</dl>`;
}

function endText({ shutdown, instances, moreInstances }: RunReport): string {
  if (shutdown !== null) {
    return shutdown.by === "command"
      ? "when it was shut down"
      : `when the daemon shut it down${shutdown.reason === null ? "" : ` (${shutdown.reason})`}`;
  }
  const there = instances.filter(({ toMs }) => toMs === null).length;
  return there > 0 || moreInstances > 0
    ? `when the last of it was recorded; ${count(there, "instance")} still there`
    : "when the last of it was recorded";
}

function costText({ usd, unknown_prices: unknown }: InstanceTotals): string {
  if (unknown === 0) return moneyText(usd);
  const others = `${count(unknown, "instance")} whose price is not known`;
  return usd === 0 ? others : `${moneyText(usd)}, and ${others}`;
}

/** A column of a table: its heading, and whether it has numbers. */
type Heading = string | { readonly number: string };

function table(caption: string, headings: readonly Heading[], rows: readonly (readonly Part[])[]): Markup {
  const isNumber = headings.map((heading) => typeof heading !== "string");
  const cell = (part: Part, i: number) =>
    i === 0
      ? markup`<th scope="row">${part}</th>`
      : isNumber[i]
      ? markup`<td class="number">${part}</td>`
      : markup`<td>${part}</td>`;
  return markup`<table>
<caption>${caption}</caption>
<thead><tr>${
    headings.map((heading) =>
      typeof heading === "string"
        ? markup`<th scope="col">${heading}</th>`
        : markup`<th scope="col" class="number">${heading.number}</th>`
    )
  }</tr></thead>
<tbody>
${
    rows.map((row) =>
      markup`<tr>${row.map(cell)}</tr>
`
    )
  }</tbody>
</table>`;
}

const number = (heading: string) => ({ number: heading });

const UNKNOWN = "–";

/** A moment by UTC, on one line. */
function time(ms: number): Markup {
  return markup`<time>${utcText(ms)}</time>`;
}

function orUnknown(
  value: number | null,
  text: (value: number) => string = (some) => some.toLocaleString("en-US"),
) {
  return value === null ? UNKNOWN : text(value);
}

function hoursText(hours: number): string {
  return durationText(hours * 3600);
}

function overTime(history: PageHistory): Markup {
  const headings = [
    "from (UTC)",
    ...["running", "other workers", "target", "tasks waiting", "tasks on workers"].map(number),
  ];
  const rows = historyRows(history).map(({ fromMs, running, others, target, queued, processing, usd }) => [
    time(fromMs),
    ...[running, others, target, queued, processing].map((value) => orUnknown(value)),
    ...usd === null ? [] : [moneyText(usd)],
  ]);
  const all = history.cost === null ? headings : [...headings, number("cost")];
  return table("The same in numbers: the most of each at a time, and what that time cost", all, rows);
}

function functions({ functions, otherTasks, otherTime, costs }: RunReport): Markup {
  const others = Object.values(otherTasks).some((amount) => amount > 0);
  const rest = { name: "(other functions)", ...otherTasks, first_error: null, hours: null, usd: null };
  const rows = [...functions, ...others ? [rest] : []];
  if (rows.length === 0) return markup`<p>No task is recorded.</p>`;
  const money = costs ? [number("cost")] : [];
  const unfinished = rows.some(({ running, waiting }) => running + waiting > 0);
  const headings = [
    "function",
    ...["done", "failed", "skipped", ...unfinished ? ["not finished"] : [], "time of workers"].map(number),
    ...money,
  ];
  const told = rows.map(({ name, done, failed, skipped, running, waiting, hours, usd }) => [
    name,
    ...[done, failed, skipped, ...unfinished ? [running + waiting] : []].map((value) => orUnknown(value)),
    orUnknown(hours, hoursText),
    ...costs ? [orUnknown(usd, moneyText)] : [],
  ]);
  const times = otherTime.map((
    { what, hours, usd },
  ) => [what, hoursText(hours), ...costs ? [moneyText(usd)] : []]);
  return markup`${table("Tasks by function", headings, told)}
${times.length === 0 ? "" : table("Other time of instances", ["what", number("time"), ...money], times)}`;
}

function failures({ functions, problems, losses }: RunReport): Markup {
  const failed = functions.filter((each) => each.failed > 0);
  if (failed.length + problems.length + losses.length === 0) return markup`<p>Nothing is recorded.</p>`;
  const some = (rows: readonly unknown[], shown: Markup) => rows.length === 0 ? "" : shown;
  return markup`${
    some(
      failed,
      table(
        "Functions with failed tasks",
        ["function", number("failed"), "first error", "its task"],
        failed.map(({ name, failed, first_error: error, first_failed_key: key }) => [
          ...[name, failed, error ?? UNKNOWN, key ?? UNKNOWN],
        ]),
      ),
    )
  }${
    some(
      losses,
      table(
        "Workers that were lost, and restarts of the scheduler",
        ["when (UTC)", "what", "workers", "why"],
        losses.map(decisionCells),
      ),
    )
  }${
    some(
      problems,
      table(
        "Problems, as they were last told",
        ["first (UTC)", "last (UTC)", number("times"), "problem", "what to do"],
        problems.map(({ fromMs, toMs, times, message, hint }) => [
          ...[time(fromMs), time(toMs), times, message, hint],
        ]),
      ),
    )
  }`;
}

function machines({ machines, costs }: RunReport): Markup {
  if (machines.length === 0) return markup`<p>No instance is recorded.</p>`;
  return table(
    "Instances of one kind in one place",
    ["use", ...WHERE, number("instances"), number("time"), ...costs ? [number("cost")] : []],
    machines.map((each) => [each.use, ...where(each), each.instances, ...usage(each, costs)]),
  );
}

function instances({ instances, moreInstances, costs, fromMs }: RunReport): Markup {
  if (instances.length === 0) return markup`<p>No instance is recorded.</p>`;
  const all = table(
    moreInstances === 0 ? "All instances" : `The first ${instances.length} instances`,
    ["name", ...WHERE, "from (UTC)", "to (UTC)", number("time"), ...costs ? [number("cost")] : []],
    instances.map((one) => [
      ...[one.name, ...where(one), time(one.fromMs), one.toMs === null ? "still there" : time(one.toMs)],
      ...usage(one, costs),
    ]),
  );
  const isCut = instances.some((one) => one.fromMs < fromMs);
  return markup`${all}${
    moreInstances === 0 ? "" : markup`<p>And ${count(moreInstances, "instance")} more.</p>`
  }${isCut ? markup`<p>Of what began earlier, time and cost are those since ${time(fromMs)}.</p>` : ""}`;
}

const WHERE = ["machine type", "zone", "market"];

function where({ type, zone, market }: MachineTotals): Part[] {
  return [type, zone ?? UNKNOWN, market];
}

function usage(totals: InstanceTotals, costs: boolean): Part[] {
  return [hoursText(totals.hours), ...costs ? [costText(totals)] : []];
}

function decisionCells({ at, action, names, count: all, reason }: PageHistory["decisions"][number]): Part[] {
  const more = all > names.length ? ` and ${all - names.length} more` : "";
  return [time(at), action, `${names.join(", ")}${more}`, reason];
}

function decisions({ decisions, more_decisions: more }: PageHistory): Markup {
  if (decisions.length === 0) return markup`<p>No decision is recorded.</p>`;
  const told = table(
    more ? `The last ${decisions.length} decisions` : "All decisions",
    ["when (UTC)", "what", "workers", "why"],
    decisions.toReversed().map(decisionCells),
  );
  return more ? markup`${told}<p>There were earlier ones.</p>` : told;
}

/** The first values as a table, and what changed after that. */
function eras(all: readonly Era[], name: string, value: string, none: string): Markup {
  const [first] = all;
  if (first === undefined) return markup`<p>${none}</p>`;
  const changes = all.slice(1).flatMap(({ fromMs, values }, i) => {
    const before = all[i]!.values;
    return [...new Set([...Object.keys(before), ...Object.keys(values)])].filter((key) =>
      before[key] !== values[key]
    )
      .map((key): Part[] => [time(fromMs), key, before[key] ?? UNKNOWN, values[key] ?? UNKNOWN]);
  });
  const rows = Object.entries(first.values);
  return markup`${
    rows.length === 0 ? markup`<p>None.</p>` : table(`Since ${utcText(first.fromMs)}`, [name, value], rows)
  }${changes.length === 0 ? "" : table("Changes", ["when (UTC)", name, "before", "after"], changes)}`;
}
