/**
 * The workers in the text of `xcore status`, and sections of it that shrink to fit a screen. Pure.
 * @module
 */

import type { Status, WorkerState, WorkerStatus } from "../model/mod.ts";
import { ageText } from "../util/duration_text.ts";
import { hanging, plainLine } from "../util/text_width.ts";
import type { Colours } from "./printer.ts";
import { type Column, table } from "./table.ts";

/** A column, and what it shows of a worker. */
interface WorkerColumn extends Column {
  readonly cell: (worker: WorkerStatus, nowMs: number, colour: Colours) => string;
}

const COLUMNS: readonly WorkerColumn[] = [
  { heading: "name", align: "left", cell: ({ name }) => name },
  { heading: "pool", align: "left", goes: 5, cell: ({ pool }) => pool },
  { heading: "state", align: "left", cell: ({ state }, _, colour) => PAINT[state](state, colour) },
  { heading: "age", align: "right", goes: 7, cell: ({ since }, nowMs) => ageText(since, nowMs) },
  { heading: "cpu %", align: "right", goes: 1, cell: ({ cpu_percent }) => cpu_percent?.toFixed(1) ?? "" },
  { heading: "queued", align: "right", goes: 3, cell: queuedOn },
  { heading: "executing", align: "right", goes: 4, cell: ({ executing }) => String(executing ?? "") },
  { heading: "completed", align: "right", goes: 2, cell: ({ completed }) => String(completed ?? "") },
  { heading: "reason", align: "left", goes: 6, shrinksTo: 14, cell: ({ reason }) => plainLine(reason ?? "") },
];

const plain = (state: string) => state;
const yellow = (state: string, colour: Colours) => colour.yellow(state);
const dim = (state: string, colour: Colours) => colour.dim(state);

const PAINT: Readonly<Record<WorkerState, (state: string, colour: Colours) => string>> = {
  requested: yellow,
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
export function workerSection(status: Status, colour: Colours, nowMs: number, columns: number): Section {
  const { workers, cluster } = status;
  if (workers.length === 0) {
    return cluster.state === "absent"
      ? NOTHING
      : { ...NOTHING, head: hanging("", noneYet(status), columns, 2) };
  }
  const types = workers.map(({ type, accelerator }) =>
    accelerator === null ? type : `${type}+${accelerator}`
  );
  const onePool = new Set(workers.map(({ pool }) => pool)).size === 1;
  const shown = COLUMNS.filter(({ heading }) => heading !== "pool" || !onePool);
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
