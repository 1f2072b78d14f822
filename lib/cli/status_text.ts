/** The text of `xcore status`. Pure. @module */

import type { ClusterState, DemandStatus, Status, WorkerStatus } from "../model/mod.ts";
import { ageText, count } from "../util/duration_text.ts";
import { hanging, plainLine } from "../util/text_width.ts";
import type { Colours } from "./printer.ts";
import { linesOf, NOTHING, type Section, shrunk, workerSection } from "./worker_section.ts";

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
  { cluster, daemon, demand, workers }: Status,
  colour: Colours,
  nowMs: number,
  columns: number,
): string[] {
  const paint = colour[STATE_COLOURS[cluster.state]];
  const up = ageText(cluster.started_at, nowMs);
  const forHow = up === "" ? "" : cluster.state === "running" ? ` for ${up}` : ` (up ${up})`;
  const where = cluster.url === null ? "" : ` at ${cluster.url}`;
  const lines = [
    `${colour.bold(cluster.name)} (${cluster.provider}): ${paint(cluster.state)}${forHow}${where}`,
  ];
  if (cluster.state === "absent") {
    lines.push("There is no crosscore cluster running. Start it with `xcore start`.");
  } else {
    const tick = daemon.last_tick_at === null
      ? ""
      : `, last check ${ageText(daemon.last_tick_at, nowMs)} ago`;
    lines.push(daemon.running ? `daemon: running${tick}` : "Warning: the crosscore daemon is not running");
    if (demand === null) lines.push(cluster.state === "degraded" && !daemon.running ? GONE : BOOTING);
    else lines.push(demandLine(demand), taskLine(demand, workers, columns) ?? "");
  }
  return lines.filter((line) => line !== "").flatMap((line) => hanging("", line, columns, 2));
}

const STATE_COLOURS: Readonly<Record<ClusterState, keyof Colours>> = {
  absent: "dim",
  starting: "yellow",
  running: "green",
  degraded: "red",
  stopping: "yellow",
};

const BOOTING = "No response from scheduler - may still be booting up?";
/** Without a daemon nothing starts a scheduler. */
const GONE = "The scheduler does not answer.";

function demandLine({ clients, target, pending_scatters, by_pool }: DemandStatus): string {
  const pools = Object.entries(by_pool);
  const wanted = pools.length < 2 || target === 0
    ? ""
    : ` (${pools.map(([name, pool]) => `${name}: ${pool.target}`).join(", ")})`;
  const parts = [count(clients, "client"), `${count(target, "worker")} wanted${wanted}`];
  if (pending_scatters > 0) parts.push(`${count(pending_scatters, "input")} waiting for a first worker`);
  return `demand: ${parts.join(", ")}`;
}

const PAST: Readonly<Record<string, string>> = {
  launch: "launched",
  replay: "retried the launch of",
  settle: "finished the launch of",
  retire: "retired",
  terminate: "terminated",
  cancel: "discarded the results of",
};

function recentSection({ decisions }: Status, colour: Colours, nowMs: number, columns: number): Section {
  if (decisions.length === 0) return NOTHING;
  const shown = decisions.slice(0, RECENT);
  const ages = shown.map(({ at }) => `${ageText(at, nowMs)} ago`);
  const width = Math.max(...ages.map((age) => age.length));
  const items = shown.map(({ action, count: many, reason }, i) => {
    const what = `${PAST[action] ?? action} ${count(many, "worker")}: ${plainLine(reason)}`;
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
 * `tasks: [#####+++++....] 5 done, 5 running, 4 queued`; null when there are none.
 *
 * @param columns of the terminal
 */
export function taskLine(
  demand: DemandStatus,
  workers: readonly WorkerStatus[],
  columns: number,
): string | null {
  const { done, waiting } = demand;
  // Dask counts tasks that a worker has fetched ahead as processing; they wait like those in the
  // queue.
  const executing = workers.reduce((sum, worker) => sum + (worker.executing ?? 0), 0);
  const running = Math.min(demand.processing, executing);
  const queued = demand.queued + demand.processing - running;
  const total = done + running + queued + waiting;
  if (total === 0) return null;
  const words = `${done} done, ${running} running, ${queued} queued` +
    (waiting === 0 ? "" : `, ${waiting} waiting for others`);
  const room = columns - "tasks: [] ".length - words.length;
  const width = Math.max(LEAST_BAR_WIDTH, Math.min(BAR_WIDTH, room));
  const upTo = (amount: number) => Math.round(amount / total * width);
  const full = "#".repeat(upTo(done));
  const busy = "+".repeat(upTo(done + running) - full.length);
  return `tasks: [${(full + busy).padEnd(width, ".")}] ${words}`;
}
