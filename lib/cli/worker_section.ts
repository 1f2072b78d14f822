/** The table of workers in `xcore status`: a line for each, or for those that do the same. Pure. @module */

import type { Status, WorkerState, WorkerStatus } from "../model/mod.ts";
import { ageText, count, durationText } from "../util/duration_text.ts";
import { gibText } from "../util/gib_text.ts";
import { moneyText } from "../util/money_text.ts";
import { hanging, plainLine } from "../util/text_width.ts";
import type { Colours } from "./printer.ts";
import { NOTHING, type Section } from "./section.ts";
import { type Column, table } from "./table.ts";
import { groupedRows, singleRow, type WorkerRow } from "./worker_row.ts";

/** A column, and what it shows of a worker. */
interface WorkerColumn extends Column {
  readonly cell: (row: WorkerRow, nowMs: number, colour: Colours) => string;
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

/** `0.3 of 11.8 GiB` */
function memoryOf({ memory_bytes, memory_limit_bytes }: WorkerStatus): string {
  if (memory_bytes === null) return "";
  const limit = memory_limit_bytes ? ` of ${gibText(memory_limit_bytes)}` : "";
  return `${gibText(memory_bytes)}${limit} GiB`;
}

/** `square ×2`, `idle, leaves in 40 s (auto: a boot takes 38 s)`, `last seen 3 min ago`; empty while it boots. */
function doingOf(row: WorkerRow, nowMs: number): string {
  const { state, seen_at, processing, executing, runs, leaves_in_s, boot_s, members } = row;
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
  const leaves = members.length > 1 ? "the first leaves" : "leaves";
  return `idle, ${leaves} in ${durationText(leaves_in_s)}${why}`;
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
 * @param grouped one line for workers that do the same, and one for each that differs
 */
export function workerSection(
  status: Status,
  colour: Colours,
  nowMs: number,
  columns: number,
  grouped: boolean,
): Section {
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
  const rows = grouped ? groupedRows(workers) : workers.map(singleRow);
  const cells = rows.map((row) => shown.map(({ cell }) => cell(row, nowMs, colour)));
  const [headings = "", ...lines] = table(shown, cells, columns);
  const type = `worker type: ${[...new Set(types)].join(", ")}`;
  const together = rows.length < workers.length
    ? `; ${workers.length} workers by what they do, \`xcore status --json\` has each`
    : "";
  return {
    head: [...hanging("", type + together, columns, 2), headings],
    items: lines.map((line) => [line]),
    more: (first) => {
      const others = rows.slice(first).flatMap(({ members }) => members);
      return `… and ${others.length} more: ${statesOf(others)}`;
    },
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
