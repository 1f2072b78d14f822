/** The text of `xcore status`, in sections that shrink to fit a screen. Pure. @module */

import type {
  ClusterState,
  CostStatus,
  DemandStatus,
  SchedulerStatus,
  Status,
  WorkerStatus,
} from "../model/mod.ts";
import { ageText, clockText, count, durationText } from "../util/duration_text.ts";
import { gibText } from "../util/gib_text.ts";
import { moneyText, setPrices } from "../util/money_text.ts";
import { hanging, plainLine } from "../util/text_width.ts";
import { decisionText } from "./decision_text.ts";
import { nextText } from "./next_text.ts";
import type { Colours } from "./printer.ts";
import { linesOf, NOTHING, type Section, shrunk } from "./section.ts";
import { workerSection } from "./worker_section.ts";

/** Decisions shown below the workers. */
const RECENT = 5;

/** More workers than that are grouped, however long the screen is. */
const MOST_SINGLY = 50;

/** The size of a terminal. */
export interface Room {
  readonly columns: number;
  readonly rows: number;
}

/** The size of a file or a pipe. */
export const ENDLESS: Room = { columns: Infinity, rows: Infinity };

/**
 * The text of `xcore status`. On a small terminal workers that do the same share a line, then recent
 * decisions are left out, then workers, then problems.
 *
 * @param nowMs wall clock, for ages
 */
export function statusText(status: Status, colour: Colours, nowMs: number, room: Room = ENDLESS): string {
  const { columns, rows } = room;
  const top = heading(status, colour, nowMs, columns);
  const recent = recentSection(status, colour, nowMs, columns);
  const problems = problemSection(status, colour, columns);
  const rest = Math.max(0, rows - top.length);
  const workersIn = (grouped: boolean) => workerSection(status, colour, nowMs, columns, grouped);
  const singly = status.workers.length > MOST_SINGLY ? null : workersIn(false);
  const fits = singly !== null && linesOf(singly) + linesOf(problems) <= rest;
  const workers = fits ? singly : workersIn(true);
  const parts = [top, ...[workers, recent, problems].map((part) => shrunk(part, Infinity))];
  const spacious = parts.filter(({ length }) => length > 0).map((lines) => lines.join("\n")).join("\n\n");
  if (spacious.split("\n").length <= rows) return spacious;

  const problemLines = shrunk(problems, Math.max(rest - linesOf(workers), Math.ceil(rest / 2)));
  const workerLines = shrunk(workers, rest - problemLines.length);
  const recentLines = shrunk(recent, rest - problemLines.length - workerLines.length);
  return [...top.slice(0, rows), ...workerLines, ...recentLines, ...problemLines].join("\n");
}

function heading(
  status: Status,
  colour: Colours,
  nowMs: number,
  columns: number,
): string[] {
  const { cluster, daemon, scheduler, demand, workers, cost } = status;
  const paint = colour[STATE_COLOURS[cluster.state]];
  const up = ageText(cluster.started_at, nowMs);
  const forHow = up === "" ? "" : cluster.state === "running" ? ` for ${up}` : ` (up ${up})`;
  const where = cluster.url === null ? "" : ` at ${plainLine(cluster.url)}`;
  const ends = cluster.ends_in_s == null ? "" : `, ends in ${durationText(cluster.ends_in_s)}`;
  const lines = [
    `${colour.bold(plainLine(cluster.name))} (${plainLine(cluster.provider)}): ${
      paint(cluster.state)
    }${forHow}${where}${ends}`,
  ];
  if (cluster.state === "down") {
    const last = shutdownLine(cluster.shut_down, nowMs);
    if (last !== "") lines.push(last);
    lines.push("There is no crosscore cluster running. Start it with `xcore start`.");
  } else {
    const tick = daemon.last_tick_at === null
      ? ""
      : `, last check ${ageText(daemon.last_tick_at, nowMs)} ago`;
    lines.push(
      daemon.running
        ? `daemon: running${tick}${memoryWords(scheduler)}`
        : "Warning: the crosscore daemon is not running",
    );
    if (demand === null) lines.push(cluster.state === "degraded" && !daemon.running ? GONE : BOOTING);
    else lines.push(demandLine(demand), taskLine(demand, workers, columns) ?? "");
    const next = nextText(status);
    if (next !== "") lines.push(`next: ${next}`);
    if (cluster.provider !== "local") {
      lines.push(costLine(cost, workers), staysLine(cost, nowMs), listLine(cost));
    }
  }
  return lines.filter((line) => line !== "").flatMap((line) => hanging("", line, columns, 2));
}

/** `Shut down at 03:12 (5 h 02 min ago): idle for 2 h`; empty where that is not known. */
function shutdownLine(last: Status["cluster"]["shut_down"], nowMs: number): string {
  if (!last?.at) return ""; // a daemon of an older xcore does not tell
  const when = `at ${clockText(last.at, nowMs)} (${ageText(last.at, nowMs)} ago)`;
  const why = last.reason === null ? "" : `: ${plainLine(last.reason)}`;
  return last.finished
    ? `Shut down ${when}${why}`
    : `A shutdown began ${when}${why}, and did not finish: run \`xcore shutdown\``;
}

const STATE_COLOURS: Readonly<Record<ClusterState, keyof Colours>> = {
  down: "dim",
  starting: "yellow",
  running: "green",
  degraded: "red",
  stopping: "yellow",
};

const BOOTING = "No response from scheduler - may still be booting up?";
/** Without a daemon nothing starts a scheduler. */
const GONE = "The scheduler does not answer.";

/** Empty where an older scheduler does not tell its memory, or does not answer. */
function memoryWords(scheduler: SchedulerStatus | null): string {
  if (!scheduler?.memory_bytes) return "";
  const { memory_bytes: used, memory_limit_bytes: most } = scheduler;
  // What it may use is of interest once much of it is used; an older daemon does not tell.
  const limit = most && used > most / 2 ? ` of ${gibText(most)}` : "";
  return `; scheduler: ${gibText(used)}${limit} GiB of memory`;
}

function demandLine({ clients, target, pending_scatters, by_pool }: DemandStatus): string {
  const pools = Object.entries(by_pool);
  const wanted = pools.length < 2 || target === 0
    ? ""
    : ` (${pools.map(([name, pool]) => `${plainLine(name)}: ${pool.target}`).join(", ")})`;
  const parts = [count(clients, "client"), `${count(target, "worker")} wanted${wanted}`];
  if (pending_scatters > 0) parts.push(`${count(pending_scatters, "input")} waiting for a first worker`);
  for (const [name, { requested, requested_for_s }] of pools) {
    if (!(requested > 0)) continue; // a daemon of an older xcore does not say
    const ofPool = pools.length < 2 ? "" : ` of ${plainLine(name)}`;
    parts.push(`${count(requested, "worker")}${ofPool} requested for ${durationText(requested_for_s ?? 0)}`);
  }
  return `demand: ${parts.join(", ")}`;
}

function costLine(cost: CostStatus, workers: readonly WorkerStatus[]): string {
  return `cost: ${[rateText(cost, workers), ...spentWords(cost), ...budgetTexts(cost)].join("; ")}`;
}

/** `$6.60 of budget_usd $10.00 left`; a daemon of an older xcore does not say what is left. */
function budgetTexts(cost: CostStatus): string[] {
  const budgets = [
    ["budget_usd", cost.budget_usd, cost.budget_left_usd, ""],
    ["budget_per_day_usd", cost.budget_per_day_usd, cost.budget_left_today_usd, " today"],
  ] as const;
  return budgets.flatMap(([setting, usd, left, when]) => {
    if (usd === null) return [];
    const of = `${setting} ${moneyText(usd)}`;
    if (left === null) return [`${of}, what is left is not known`];
    return [
      left < 0 ? `over ${of} by ${moneyText(-left)}${when}` : `${moneyText(left)} of ${of} left${when}`,
    ];
  });
}

function rateText(
  { per_hour_usd: all, scheduler_per_hour_usd: scheduler, surcharge_per_hour_usd: surcharge }: CostStatus,
  workers: readonly WorkerStatus[],
): string {
  if (all === null) {
    const types = [
      ...new Set(workers.flatMap((worker) => worker.price_per_hour_usd === null ? [worker.type] : [])),
    ];
    const unknown = [...scheduler === null ? ["the scheduler"] : [], ...types];
    // The scheduler's type is not told here.
    return `not known for ${unknown.join(", ")}: set its price with ${
      setPrices(scheduler === null ? [] : types)
    }`;
  }
  const more = surcharge > 0
    ? `; at most ${moneyText(surcharge)} more while machines are busy beyond their CPU credits`
    : "";
  return `${moneyText(all)} an hour now, ${moneyText(scheduler ?? 0)} of it for the scheduler${more}`;
}

function spentWords(
  { since_start_usd: all, today_usd: today, unknown_prices: unknown }: CostStatus,
): string[] {
  if (all == null) return []; // nothing is recorded
  const ofToday = today == null ? "" : `${moneyText(today)} today, `;
  const without = unknown > 0 ? `, without ${count(unknown, "instance")} whose price is not known` : "";
  return [`${ofToday}${moneyText(all)} since the start${without}`];
}

/** What a person who walks away now goes on paying; empty where that is nothing, or not known. */
function staysLine({ stays_per_hour_usd: stays, stays_until: until }: CostStatus, nowMs: number): string {
  if (!stays) return "";
  const how = until === null
    ? "until `xcore shutdown`"
    : `for ${durationText(Math.max(0, Date.parse(until) - nowMs) / 1000)}, or until \`xcore shutdown\``;
  return `without tasks: ${moneyText(stays)} an hour, ${how}`;
}

/** Where prices come from; empty where no limit goes by them. */
function listLine({ price_list: list, ...limits }: CostStatus): string {
  const { max_hourly_usd: hourly, budget_usd: budget, budget_per_day_usd: perDay } = limits;
  if (list === null || [hourly, budget, perDay].every((usd) => usd === null)) return "";
  return `prices: ${plainLine(list.source)} of ${list.fetched_at.slice(0, 10)}, which can be wrong`;
}

function recentSection({ decisions }: Status, colour: Colours, nowMs: number, columns: number): Section {
  if (decisions.length === 0) return NOTHING;
  const shown = decisions.slice(0, RECENT);
  const ages = shown.map(({ at }) => `${ageText(at, nowMs)} ago`);
  const width = Math.max(...ages.map((age) => age.length));
  const items = shown.map(({ action, count: many, reason }, i) => {
    const what = decisionText(action, count(many, "worker"), reason);
    const lead = `  ${(ages[i] ?? "").padStart(width)}  `;
    return hanging(lead, what, columns).map(colour.dim);
  });
  return { head: ["recently:"], items, more: () => colour.dim("  …"), brief: null };
}

function problemSection({ problems }: Status, colour: Colours, columns: number): Section {
  if (problems.length === 0) return NOTHING;
  const items = problems.map(({ message, hint }) => [
    ...hanging(`  ${colour.red("!")} `, plainLine(message), columns),
    ...hanging("    ", plainLine(hint), columns),
  ]);
  return {
    head: [colour.bold("problems:")],
    items,
    more: (first) => `  … and ${items.length - first} more: see \`xcore status\``,
    brief: `${count(items.length, "problem")}: see \`xcore status\``,
  };
}

/** Characters in the bar. */
const BAR_WIDTH = 30;
const LEAST_BAR_WIDTH = 10;

/**
 * `tasks: [#####+++++....] 4 done, 1 failed, 5 running, 4 queued`; null when there are none.
 *
 * @param columns of the terminal
 */
export function taskLine(
  demand: DemandStatus,
  workers: readonly WorkerStatus[],
  columns: number,
): string | null {
  const { waiting } = demand;
  // Dask counts tasks that a worker has fetched ahead as processing; they wait like those in the
  // queue.
  const executing = workers.reduce((sum, worker) => sum + (worker.executing ?? 0), 0);
  const running = Math.min(demand.processing, executing);
  const queued = demand.queued + demand.processing - running;
  const ended = endedWords(demand);
  const done = (demand.done ?? 0) + (demand.failed ?? 0) + (demand.skipped ?? 0);
  const total = done + running + queued + waiting;
  if (total === 0) return null;
  const words = `${ended}, ${running} running, ${queued} queued` +
    (waiting === 0 ? "" : `, ${waiting} waiting for others`);
  const room = columns - "tasks: [] ".length - words.length;
  const width = Math.max(LEAST_BAR_WIDTH, Math.min(BAR_WIDTH, room));
  const upTo = (amount: number) => Math.round(amount / total * width);
  const full = "#".repeat(upTo(done));
  const busy = "+".repeat(upTo(done + running) - full.length);
  return `tasks: [${(full + busy).padEnd(width, ".")}] ${words}`;
}

/** `32 done, 4 failed, 2 skipped`; an older scheduler does not count them. */
function endedWords({ done, failed, skipped }: DemandStatus): string {
  if (done === null) return "done: not known";
  return [`${done} done`, ...failed ? [`${failed} failed`] : [], ...skipped ? [`${skipped} skipped`] : []]
    .join(", ");
}
