/** The text of `xcore status`, in sections that shrink to fit a screen. Pure. @module */

import type {
  ClusterState,
  CostStatus,
  DemandStatus,
  SchedulerStatus,
  Status,
  WorkerState,
  WorkerStatus,
} from "../model/mod.ts";
import { ageText, clockText, count, durationText } from "../util/duration_text.ts";
import { moneyText, setPrices } from "../util/money_text.ts";
import { hanging, plainLine } from "../util/text_width.ts";
import { decisionText } from "./decision_text.ts";
import { nextText } from "./next_text.ts";
import type { Colours } from "./printer.ts";
import { type Column, table } from "./table.ts";

/** Decisions shown below the workers. */
const RECENT = 5;

/** The size of a terminal. */
export interface Room {
  readonly columns: number;
  readonly rows: number;
}

/** The size of a file or a pipe. */
export const ENDLESS: Room = { columns: Infinity, rows: Infinity };

/**
 * The text of `xcore status`. On a small terminal recent decisions are left out first, then
 * workers, then problems.
 *
 * @param nowMs wall clock, for ages
 */
export function statusText(status: Status, colour: Colours, nowMs: number, room: Room = ENDLESS): string {
  const { columns, rows } = room;
  const top = heading(status, colour, nowMs, columns);
  const workers = workerSection(status, colour, nowMs, columns);
  const recent = recentSection(status, colour, nowMs, columns);
  const problems = problemSection(status, colour, columns);
  const parts = [top, ...[workers, recent, problems].map((part) => shrunk(part, Infinity))];
  const spacious = parts.filter(({ length }) => length > 0).map((lines) => lines.join("\n")).join("\n\n");
  if (spacious.split("\n").length <= rows) return spacious;

  const rest = Math.max(0, rows - top.length);
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
  const limit = most && used > most / 2 ? ` of ${(most / GIB).toFixed(1)}` : "";
  return `; scheduler: ${(used / GIB).toFixed(1)}${limit} GiB of memory`;
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

/** A column, and what it shows of a worker. */
interface WorkerColumn extends Column {
  readonly cell: (worker: WorkerStatus, nowMs: number, colour: Colours) => string;
}

/** Where something costs. */
const PER_HOUR = "per hour";

const COLUMNS: readonly WorkerColumn[] = [
  { heading: "name", align: "left", cell: ({ name }) => plainLine(name) },
  { heading: "pool", align: "left", goes: 5, cell: ({ pool }) => plainLine(pool) },
  { heading: "state", align: "left", cell: ({ state }, _, colour) => PAINT[state](state, colour) },
  { heading: "age", align: "right", goes: 7, cell: ({ since }, nowMs) => ageText(since, nowMs) },
  { heading: PER_HOUR, align: "right", goes: 0, cell: priceOf },
  { heading: "cpu/slot %", align: "right", goes: 2, cell: cpuOf },
  { heading: "memory", align: "right", goes: 3, cell: memoryOf },
  { heading: "queued", align: "right", goes: 4, cell: queuedOn },
  { heading: "completed", align: "right", goes: 1, cell: ({ completed }) => String(completed ?? "") },
  { heading: "doing", align: "left", shrinksTo: 12, cell: doingOf },
  { heading: "reason", align: "left", goes: 6, shrinksTo: 14, cell: ({ reason }) => plainLine(reason ?? "") },
];

function priceOf({ price_per_hour_usd: usd }: WorkerStatus): string {
  return usd === null ? "not known" : moneyText(usd);
}

/** Of what its slots can use: 100 is one core for each. */
function cpuOf({ cpu_percent, slots }: WorkerStatus): string {
  return cpu_percent === null ? "" : (cpu_percent / Math.max(1, slots ?? 1)).toFixed(0);
}

const GIB = 2 ** 30;

/** `0.3 of 11.8 GiB` */
function memoryOf({ memory_bytes, memory_limit_bytes }: WorkerStatus): string {
  if (memory_bytes === null) return "";
  const limit = memory_limit_bytes ? ` of ${(memory_limit_bytes / GIB).toFixed(1)}` : "";
  return `${(memory_bytes / GIB).toFixed(1)}${limit} GiB`;
}

/** `square ×2`, `idle, leaves in 40 s (auto: a boot takes 38 s)`, `last seen 3 min ago`; empty while it boots. */
function doingOf(worker: WorkerStatus, nowMs: number): string {
  const { state, seen_at, processing, executing, runs, leaves_in_s, boot_s } = worker;
  if (state === "unknown") return seen_at ? `last seen ${ageText(seen_at, nowMs)} ago` : "";
  if (processing === null) return "";
  const functions = Object.entries(runs ?? {});
  if (functions.length > 0) {
    return functions.map(([name, many]) => many === 1 ? name : `${name} ×${many}`).map(plainLine).join(", ");
  }
  if (executing) return count(executing, "task");
  if (processing > 0) return state === "paused" ? "nothing" : "";
  if (leaves_in_s == null) return "idle";
  const why = boot_s == null ? "" : ` (auto: a boot takes ${durationText(boot_s)})`;
  return `idle, leaves in ${durationText(leaves_in_s)}${why}`;
}

const plain = (state: string) => state;
const yellow = (state: string, colour: Colours) => colour.yellow(state);
const dim = (state: string, colour: Colours) => colour.dim(state);

const PAINT: Readonly<Record<WorkerState, (state: string, colour: Colours) => string>> = {
  requested: yellow,
  paused: yellow,
  unknown: yellow,
  pending: yellow,
  booting: yellow,
  running: plain,
  draining: dim,
  stopping: dim,
  failed: (state, colour) => colour.red(state),
};

/**
 * The workers below their type; if there are none, when they start.
 *
 * @param columns of the terminal
 */
function workerSection(status: Status, colour: Colours, nowMs: number, columns: number): Section {
  const { workers, cluster } = status;
  if (workers.length === 0) {
    return cluster.state === "down"
      ? NOTHING
      : { ...NOTHING, head: hanging("", noneYet(status), columns, 2) };
  }
  const types = workers.map(({ type, accelerator }) =>
    plainLine(accelerator === null ? type : `${type}+${accelerator}`)
  );
  const onePool = new Set(workers.map(({ pool }) => pool)).size === 1;
  const costs = workers.some(({ price_per_hour_usd }) => price_per_hour_usd !== 0);
  const shown = COLUMNS.filter(({ heading }) =>
    (heading !== "pool" || !onePool) && (heading !== PER_HOUR || costs)
  );
  const rows = workers.map((worker) => shown.map(({ cell }) => cell(worker, nowMs, colour)));
  const [headings = "", ...lines] = table(shown, rows, columns);
  return {
    head: [`worker type: ${[...new Set(types)].join(", ")}`, headings],
    items: lines.map((line) => [line]),
    more: (first) => `… and ${workers.length - first} more: ${statesOf(workers.slice(first))}`,
    brief: `workers: ${statesOf(workers)}`,
  };
}

function noneYet({ daemon, demand }: Status): string {
  const none = "There are no workers running";
  if (!daemon.running || demand === null) return none;
  return demand.target > 0 ? `${none} yet.` : `${none}. They start when a script submits tasks.`;
}

function queuedOn({ processing, executing }: WorkerStatus): string {
  return processing === null ? "" : String(Math.max(0, processing - (executing ?? 0)));
}

/** `10 running, 2 booting` */
function statesOf(workers: readonly WorkerStatus[]): string {
  return [...Map.groupBy(workers, ({ state }) => state)].map(([state, { length }]) => `${length} ${state}`)
    .join(", ");
}

/** A part of a text: a head, and items that may be left out from the end. */
export interface Section {
  readonly head: readonly string[];
  /** Each with its lines. */
  readonly items: readonly (readonly string[])[];
  /** The line in place of the items from `first` on. */
  readonly more: (first: number) => string;
  /** A line in place of all of it; null when it may be missing. */
  readonly brief: string | null;
}

/** A part that has nothing to show. */
export const NOTHING: Section = { head: [], items: [], more: () => "", brief: null };

/** How many lines the whole of it takes. */
export function linesOf({ head, items }: Section): number {
  return head.length + items.flat().length;
}

/** The section in at most `rows` lines. */
export function shrunk(section: Section, rows: number): string[] {
  const { head, items, more, brief } = section;
  if (linesOf(section) <= rows) return [...head, ...items.flat()];
  let shown = 0;
  let used = head.length + 1; // the line for what is left out
  for (const item of items) {
    if (used + item.length > rows) break;
    used += item.length;
    shown++;
  }
  if (shown > 0) return [...head, ...items.slice(0, shown).flat(), more(shown)];
  return brief === null || rows < 1 ? [] : [brief];
}
