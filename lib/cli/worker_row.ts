/** What a line of the table of workers is about: one worker, or several that do the same. Pure. @module */

import type { WorkerStatus } from "../model/mod.ts";
import { count } from "../util/duration_text.ts";

/**
 * A line of the table. Of several workers it has the sum of prices and tasks, the mean of the memory, the
 * longest age, the functions of all, and the reason that all have.
 */
export interface WorkerRow extends WorkerStatus {
  readonly members: readonly WorkerStatus[];
}

/** So few workers that do the same are shown one by one. */
const SHOWN_SINGLY = 3;

/** A line for one worker. */
export function singleRow(worker: WorkerStatus): WorkerRow {
  return { ...worker, members: [worker] };
}

/** Lines for workers of one pool, machine type and state that all work, or are all idle; the largest group first. */
export function groupedRows(workers: readonly WorkerStatus[]): WorkerRow[] {
  const groups = Map.groupBy(
    workers,
    ({ pool, type, accelerator, state, processing }) =>
      JSON.stringify([pool, type, accelerator, state, processing === 0]),
  );
  return [...groups.values()]
    .sort((one, other) => other.length - one.length)
    .flatMap((members) => members.length > SHOWN_SINGLY ? [rowOf(members)] : members.map(singleRow));
}

function rowOf(members: readonly WorkerStatus[]): WorkerRow {
  const known = (field: NumberField, of: (numbers: readonly number[]) => number) => {
    const numbers = members.flatMap((worker) => worker[field] ?? []);
    return numbers.length === 0 ? null : of(numbers);
  };
  const sum = (field: NumberField) => known(field, total);
  const mean = (field: NumberField) => known(field, (numbers) => total(numbers) / numbers.length);
  const [first] = members as readonly [WorkerStatus, ...WorkerStatus[]];
  const since = members.flatMap(({ since }) => since ?? []).sort();
  const heard = members.flatMap(({ seen_at }) => seen_at ?? []).sort();
  return {
    ...first,
    members,
    name: count(members.length, "worker"),
    since: since[0] ?? null,
    seen_at: heard.at(-1) ?? null,
    slots: sum("slots"),
    processing: sum("processing"),
    executing: sum("executing"),
    completed: sum("completed"),
    cpu_percent: sum("cpu_percent"),
    memory_bytes: mean("memory_bytes"),
    memory_limit_bytes: mean("memory_limit_bytes"),
    price_per_hour_usd: members.some((worker) => worker.price_per_hour_usd === null)
      ? null
      : sum("price_per_hour_usd"),
    leaves_in_s: known("leaves_in_s", (numbers) => Math.min(...numbers)),
    runs: runsOf(members),
    reason: members.every(({ reason }) => reason === first.reason) ? first.reason : null,
  };
}

type NumberField = {
  [Field in keyof WorkerStatus]: WorkerStatus[Field] extends number | null ? Field : never;
}[keyof WorkerStatus];

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** The functions that run most come first. */
function runsOf(members: readonly WorkerStatus[]): Record<string, number> {
  const found = new Map<string, number>();
  for (const { runs } of members) {
    for (const [name, many] of Object.entries(runs ?? {})) found.set(name, (found.get(name) ?? 0) + many);
  }
  return Object.fromEntries([...found].sort(([, one], [, other]) => other - one));
}
