/** A status as a person reads it. Pure. @module */

import type { DemandStatus, Status, WorkerStatus } from "../model/mod.ts";
import type { Colours } from "./print.ts";
import { type Align, table } from "./table.ts";
import { count, spell } from "./units.ts";

/** Characters in the bar of tasks. */
const BAR_WIDTH = 30;

/** Decisions shown below the workers. */
const RECENT = 5;

/**
 * The text of `xcore status`.
 *
 * @param nowMs wall clock, for ages
 */
export function statusText(status: Status, colour: Colours, nowMs: number): string {
  return [
    ...heading(status, colour, nowMs),
    ...workers(status, nowMs),
    ...recent(status, colour, nowMs),
    ...problems(status, colour),
  ].join("\n");
}

function heading({ cluster, daemon, demand }: Status, colour: Colours, nowMs: number): string[] {
  const lines = [
    `${colour.bold(cluster.name)} (${cluster.provider}): ${cluster.state}${
      cluster.url === null ? "" : ` at ${cluster.url}`
    }`,
  ];
  if (cluster.state === "absent") {
    return [...lines, "There is no crosscore cluster running. Start it with `xcore start`."];
  }
  const tick = daemon.last_tick_at === null ? "" : `, looked ${spell(ageS(daemon.last_tick_at, nowMs))} ago`;
  lines.push(daemon.running ? `daemon: running${tick}` : "Warning: the crosscore daemon is not running");
  if (demand === null) lines.push("No response from scheduler - may still be booting up?");
  else lines.push(...tasks(demand));
  return lines;
}

function tasks(demand: DemandStatus): string[] {
  const { done, processing, queued, waiting, pending_scatters, clients, target } = demand;
  const parts = [count(clients, "client"), `${count(target, "worker")} wanted`];
  if (pending_scatters > 0) parts.push(`${count(pending_scatters, "input")} to be sent`);
  if (waiting > 0) parts.push(`${count(waiting, "task")} wait for others`);
  const bar = taskBar(done, processing, queued + waiting);
  return [`demand: ${parts.join(", ")}`, ...(bar === "" ? [] : [`tasks: ${bar}`])];
}

function taskBar(done: number, running: number, toRun: number): string {
  const total = done + running + toRun;
  if (total === 0) return "";
  const upTo = (amount: number) => Math.round(amount / total * BAR_WIDTH);
  const full = "#".repeat(upTo(done));
  const busy = "+".repeat(upTo(done + running) - full.length);
  const rest = ".".repeat(BAR_WIDTH - full.length - busy.length);
  return `[${full}${busy}${rest}] ${done} done, ${running} running, ${toRun} to run`;
}

const COLUMNS: readonly (readonly [string, Align])[] = [
  ["name", "left"],
  ["state", "left"],
  ["age", "right"],
  ["cpu", "right"],
  ["queued", "right"],
  ["executing", "right"],
  ["completed", "right"],
  ["reason", "left"],
];

function workers({ workers, cluster }: Status, nowMs: number): string[] {
  if (cluster.state === "absent") return [];
  if (workers.length === 0) return ["There are no workers running"];
  const types = [
    ...new Set(
      workers.map(({ type, accelerator }) => accelerator === null ? type : `${type}+${accelerator}`),
    ),
  ];
  const rows = workers.map((worker) => [
    worker.name,
    worker.state,
    worker.since === null ? "" : spell(ageS(worker.since, nowMs)),
    worker.cpu_percent === null ? "" : worker.cpu_percent.toFixed(1),
    queuedOn(worker),
    String(worker.executing ?? ""),
    String(worker.completed ?? ""),
    worker.reason ?? "",
  ]);
  return ["", `worker type: ${types.join(", ")}`, ...table(COLUMNS, rows)];
}

function queuedOn({ processing, executing }: WorkerStatus): string {
  return processing === null ? "" : String(Math.max(0, processing - (executing ?? 0)));
}

function recent({ decisions }: Status, colour: Colours, nowMs: number): string[] {
  if (decisions.length === 0) return [];
  const lines = decisions.slice(0, RECENT).map(({ at, action, count: many, reason }) =>
    `  ${spell(ageS(at, nowMs))} ago: ${action} ${count(many, "worker")}: ${reason}`
  );
  return ["", "recently:", ...lines.map(colour.dim)];
}

function problems({ problems }: Status, colour: Colours): string[] {
  if (problems.length === 0) return [];
  const lines = problems.flatMap(({ message, hint }) => [`  ${colour.red("!")} ${message}`, `    ${hint}`]);
  return ["", colour.bold("problems:"), ...lines];
}

function ageS(iso: string, nowMs: number): number {
  return (nowMs - Date.parse(iso)) / 1000;
}
