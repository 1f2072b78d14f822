/** A status that another process has sent. @module */

import type { Problem, ShutdownStatus, Status, WorkerState } from "../model/mod.ts";
import { ShapeError } from "../util/object_reader.ts";

/** Takes a value as what it should be. @throws {ShapeError} it is something else */
type Read<T> = (value: unknown) => T;

function of<T>(fits: (value: unknown) => boolean): Read<T> {
  return (value) => {
    if (!fits(value)) throw new ShapeError("not a status");
    return value as T;
  };
}

const text = of<string>((value) => typeof value === "string");
const flag = of<boolean>((value) => typeof value === "boolean");
// JSON's 1e999 is Infinity.
const number = of<number>((value) => Number.isFinite(value));
const time = of<string>((value) => typeof value === "string" && Number.isFinite(Date.parse(value)));

function word<T extends string>(words: Readonly<Record<T, true>>): Read<T> {
  return of((value) => typeof value === "string" && Object.hasOwn(words, value));
}

/** What is not known, or not told by a daemon of an older xcore, is null. */
function known<T>(read: Read<T>): Read<T | null> {
  return (value) => value === null || value === undefined ? null : read(value);
}

/** What a daemon of an older xcore does not tell is `otherwise`. */
function told<T>(read: Read<T>, otherwise: T): Read<T> {
  return (value) => value === undefined ? otherwise : read(value);
}

function list<T>(read: Read<T>): Read<readonly T[]> {
  return (value) => of<unknown[]>(Array.isArray)(value).map(read);
}

const anyObject = of<Readonly<Record<string, unknown>>>((value) =>
  typeof value === "object" && value !== null && !Array.isArray(value)
);

function byName<T>(read: Read<T>): Read<Readonly<Record<string, T>>> {
  return (value) =>
    Object.fromEntries(Object.entries(anyObject(value)).map(([name, each]) => [name, read(each)]));
}

/** With these keys; what a newer daemon tells besides stays. */
function object<T>(keys: { readonly [Key in keyof T]-?: Read<T[Key]> }): Read<T> {
  return (value) => {
    const given = anyObject(value);
    const own = Object.entries<Read<unknown>>(keys);
    return { ...given, ...Object.fromEntries(own.map(([key, read]) => [key, read(given[key])])) } as T;
  };
}

const WORKER_STATES: Readonly<Record<WorkerState, true>> = {
  requested: true,
  pending: true,
  booting: true,
  running: true,
  paused: true,
  unknown: true,
  draining: true,
  stopping: true,
  failed: true,
};

const TASK_NUMBERS = { done: number, failed: number, skipped: number, running: number, waiting: number };

const STATUS = object<Status>({
  cluster: object<Status["cluster"]>({
    name: text,
    id: text,
    provider: text,
    state: word({ down: true, starting: true, running: true, degraded: true, stopping: true }),
    url: known(text),
    dashboard_url: known(text),
    region: known(text),
    started_at: known(time),
    ends_in_s: known(number),
    shut_down: known(object<ShutdownStatus>({
      at: known(time),
      by: word({ command: true, daemon: true }),
      reason: known(text),
      finished: flag,
      error: known(text),
    })),
  }),
  daemon: object<Status["daemon"]>({
    running: flag,
    pid: known(number),
    unit: known(text),
    since: known(time),
    last_tick_at: known(time),
  }),
  scheduler: known(object<NonNullable<Status["scheduler"]>>({
    started_at: text,
    memory_bytes: known(number),
    memory_limit_bytes: known(number),
  })),
  demand: known(object<NonNullable<Status["demand"]>>({
    runnable: number,
    queued: number,
    processing: number,
    waiting: number,
    done: known(number),
    failed: known(number),
    skipped: known(number),
    pending_scatters: number,
    waiting_clients: told(number, 0),
    clients: number,
    target: number,
    by_pool: byName(object<NonNullable<Status["demand"]>["by_pool"][string]>({
      runnable: number,
      target: number,
      requested: told(number, 0),
      requested_for_s: known(number),
    })),
  })),
  tasks: known(object<NonNullable<Status["tasks"]>>({
    functions: list(object<NonNullable<Status["tasks"]>["functions"][number]>({
      name: text,
      first_error: known(text),
      first_failed_key: known(text),
      ...TASK_NUMBERS,
    })),
    others: object<NonNullable<Status["tasks"]>["others"]>(TASK_NUMBERS),
  })),
  workers: list(object<Status["workers"][number]>({
    name: text,
    id: known(text),
    pool: text,
    type: text,
    accelerator: known(text),
    zone: known(text),
    market: text,
    state: word(WORKER_STATES),
    since: known(time),
    seen_at: known(time),
    address: known(text),
    slots: known(number),
    processing: known(number),
    executing: known(number),
    runs: known(byName(number)),
    completed: known(number),
    cpu_percent: known(number),
    memory_bytes: known(number),
    memory_limit_bytes: known(number),
    price_per_hour_usd: known(number),
    leaves_in_s: known(number),
    boot_s: known(number),
    lifetime_left_s: known(number),
    reason: known(text),
  })),
  cost: object<Status["cost"]>({
    per_hour_usd: known(number),
    scheduler_per_hour_usd: known(number),
    surcharge_per_hour_usd: told(number, 0),
    since_start_usd: known(number),
    today_usd: known(number),
    unknown_prices: told(number, 0),
    stays_per_hour_usd: known(number),
    stays_until: known(time),
    max_hourly_usd: known(number),
    budget_usd: known(number),
    budget_per_day_usd: known(number),
    budget_left_usd: known(number),
    budget_left_today_usd: known(number),
    price_list: known(
      object<NonNullable<Status["cost"]["price_list"]>>({ source: text, fetched_at: time }),
    ),
  }),
  decisions: list(
    object<Status["decisions"][number]>({ at: time, action: text, count: number, reason: text }),
  ),
  // A newer daemon may know of others.
  problems: list(object<Problem>({ code: text as Read<Problem["code"]>, message: text, hint: text })),
});

/**
 * A status, checked whole: what is printed of it cannot break down. Keys that it does not know stay.
 *
 * @param value what was parsed
 * @throws {ShapeError} it is something else, as of another xcore or of another program
 */
export function readStatus(value: unknown): Status {
  return STATUS(value);
}
