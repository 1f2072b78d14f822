/** Events of a cluster, and the command of the user's that is told of them. @module */

import { join } from "node:path";
import type { Home } from "../config/home.ts";
import { asXcoreError, XcoreError } from "../errors.ts";
import { type Decision, type Problem, type ProblemCode, PROBLEMS } from "../model/mod.ts";
import type { Log } from "../reconcile/deps.ts";
import type { Clock, Runtime } from "../runtime.ts";
import { count, durationText } from "../util/duration_text.ts";
import { oneLine } from "../util/one_line.ts";

/** What an event is about. */
export type EventName =
  | "budget_low"
  | "budget_reached"
  | "worker_lost"
  | "launch_impossible"
  | "cluster_idle"
  | "shut_down";

/** What the command gets on its stdin, as one line of JSON. */
export interface NotifyEvent {
  readonly event: EventName;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly cluster: { readonly name: string; readonly id: string; readonly provider: string };
  /** What has happened, one line. */
  readonly message: string;
  /** What to do, one line; null: nothing. */
  readonly hint: string | null;
}

/** Seconds after which the command is ended, with all that it has started. */
const WITHIN_S = 30;

/** Bytes of its output that are kept. */
const OUTPUT_BYTES = 4000;

/**
 * `$0`: the file that becomes stdin; `$1`: the command. A flood is read to its end, and only its first
 * bytes are written. Ends with the command's own exit code.
 */
const SCRIPT = `exec 4>&1
code=$( { { /bin/sh -c "$1" <"$0" 2>&1 3>&- 4>&-; echo $? >&3; } |
  { head -c ${OUTPUT_BYTES} >&4; cat >/dev/null; } 3>&-; } 3>&1 )
exit "\${code:-1}"`;

/** Names in `Home.run` of what a command reads and writes. */
const FILES = /^event-[0-9a-f]{8}\.(json|out)$/;

/**
 * Runs the command with the event, and waits for its end, half a minute at most.
 *
 * @returns what it printed, cut; and why it failed, or null
 */
export async function notify(
  runtime: Runtime,
  home: Home,
  command: string,
  event: NotifyEvent,
): Promise<{ readonly output: string; readonly failure: string | null }> {
  const { files, clock } = runtime;
  const base = join(home.run, `event-${runtime.random.hex(4)}`);
  const [input, logPath] = [`${base}.json`, `${base}.out`];
  const [done, late] = [new AbortController(), new AbortController()];
  try {
    await files.mkdir(home.run);
    await files.writeText(input, `${JSON.stringify(event)}\n`);
    clock.sleep(WITHIN_S * 1000, done.signal).then(() => {
      if (!done.signal.aborted) late.abort();
    });
    // Of this cluster; and no signs of life for systemd but the daemon's.
    const env = {
      XCORE_HOME: home.root,
      XCORE_CLUSTER: home.cluster ?? undefined,
      ...{ XCORE_UNIT: undefined, NOTIFY_SOCKET: undefined, WATCHDOG_USEC: undefined },
    };
    const words = ["/bin/sh", "-c", SCRIPT, input, command];
    const code = await runtime.runDetached(words, { cwd: home.dir, logPath, env }, undefined, late.signal);
    const output = oneLine(new TextDecoder().decode(await files.readHead(logPath, OUTPUT_BYTES)));
    const failure = late.signal.aborted
      ? `it had not ended after ${WITHIN_S} s, and was killed`
      : code === 0
      ? null
      : `it ended with exit code ${code}`;
    return { output, failure };
  } catch (error) {
    return { output: "", failure: asXcoreError(error, "run it").message };
  } finally {
    done.abort();
    for (const path of [input, logPath]) await files.remove(path).catch(() => {});
  }
}

/** What a check of the cluster shows of events. */
export interface Happenings {
  readonly problems: readonly Problem[];
  /** The newest first. */
  readonly decisions: readonly Decision[];
  /** See {@linkcode idleForS}. */
  readonly idleS: number | null;
}

/** An event to tell of, and its cause: of one cause no second event comes soon. */
export interface Happened extends Pick<NotifyEvent, "event" | "message" | "hint"> {
  readonly cause: string;
}

/** Why nothing, or nothing more, can be launched. */
const NO_LAUNCH: ReadonlySet<string> = new Set<ProblemCode>([
  "boots_halted",
  "history_unwritable",
  "hourly_limit_low",
  "launch_failed",
  "machine_types_unknown",
  "price_unknown",
]);

/** Seconds that launches are impossible before it is told: a cloud may have no room for a moment. */
const NO_LAUNCH_FOR_S = 60;

/** Seconds without use after which a cluster counts as idle. */
const IDLE_AFTER_S = 3600;

/** Workers that a message names. */
const NAMED = 5;

/**
 * A function that finds the events since its last call. What lasts is an event once, until it is over;
 * what was recorded before the first call is none.
 */
export function eventFinder(clock: Pick<Clock, "monotonicMs">): (seen: Happenings) => Happened[] {
  const since = new Map<string, number>();
  const told = new Set<string>();
  let deaths: ReadonlySet<string> | null = null;

  return ({ problems, decisions, idleS }) => {
    const nowMs = clock.monotonicMs();
    const lasting = [...problems.flatMap(eventOf), ...idleEvent(idleS)];
    const causes = new Set(lasting.map(({ cause }) => cause));
    for (const cause of since.keys()) {
      if (causes.has(cause)) continue;
      since.delete(cause);
      told.delete(cause);
    }
    const news = lasting.filter(({ event, cause }) => {
      if (!since.has(cause)) since.set(cause, nowMs);
      const forS = (nowMs - since.get(cause)!) / 1000;
      if (told.has(cause) || event === "launch_impossible" && forS < NO_LAUNCH_FOR_S) return false;
      told.add(cause);
      return true;
    });
    const died = decisions.filter(({ action }) => action === "died");
    const lost = deaths === null ? [] : died.filter((one) => !deaths!.has(idOf(one)));
    deaths = new Set(died.map(idOf));
    return [...news, ...lostEvent(lost)];
  };
}

function eventOf({ code, message, hint }: Problem): Happened[] {
  // Its cause is the problem, not its words: they have numbers in them that change.
  if (code === "budget_low") return [{ event: "budget_low", cause: code, message, hint }];
  if (code === "budget_reached") return [{ event: "budget_reached", cause: code, message, hint }];
  return NO_LAUNCH.has(code) ? [{ event: "launch_impossible", cause: code, message, hint }] : [];
}

function idleEvent(idleS: number | null): Happened[] {
  if (idleS === null || idleS < IDLE_AFTER_S) return [];
  const message = `No task has run and no client was connected for ${durationText(idleS)}`;
  const hint = "If it is not needed, run `xcore shutdown`; shutdown_when_idle_h has the daemon do so.";
  return [{ event: "cluster_idle", cause: "cluster_idle", message, hint }];
}

function lostEvent(lost: readonly Decision[]): Happened[] {
  if (lost.length === 0) return [];
  const reasons = lost.slice(0, NAMED).map(({ reason }) => oneLine(reason, 300));
  const more = lost.length > NAMED ? `; and ${lost.length - NAMED} more` : "";
  return [{
    event: "worker_lost",
    cause: `worker_lost ${lost.map(idOf).join(" ")}`,
    message: `${count(lost.length, "worker")} lost: ${reasons.join("; ")}${more}`,
    hint: "Its tasks run again on others; `xcore doctor` says how to see why it ended.",
  }];
}

function idOf({ names, atMs }: Decision): string {
  return `${names.join(" ")} ${atMs}`;
}

/** A cause that comes and goes is told once in this time. */
const AGAIN_AFTER_MS = 3_600_000;

/** Events that wait for the command to end; more are dropped, with a line in the log. */
const MOST_WAITING = 20;

/** What {@linkcode notifications} works with. */
export interface NotificationsDeps {
  readonly runtime: Runtime;
  readonly home: Home;
  readonly cluster: NotifyEvent["cluster"];
  readonly log: Log;
  /** Called with each outcome: why the command failed, or null. */
  readonly recordFailure: (error: XcoreError | null) => void;
  /** Runs the command; a test has another. */
  readonly run?: typeof notify;
}

/** Tells the user's command of events, one after the other, beside the ticks. */
export interface Notifications {
  /** Returns at once. Without a command nothing is told, nor later. */
  tell(command: string | null, events: readonly Happened[]): void;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
}

/** Notifications of a daemon. Which causes were told of lately outlasts it, in `run/notified.json`. */
export function notifications(deps: NotificationsDeps): Notifications {
  const { runtime, home, cluster, log, recordFailure, run = notify } = deps;
  const { clock, files } = runtime;
  const path = join(home.run, "notified.json");
  const waiting: { readonly command: string; readonly event: Happened }[] = [];
  let toldAtMs: Map<string, number> | null = null;
  let running = Promise.resolve();
  let isRunning = false;

  const recall = async () => {
    for (const name of await files.list(home.run).catch(() => [])) {
      if (FILES.test(name)) await files.remove(join(home.run, name)).catch(() => {}); // of a killed daemon
    }
    return toldIn(await files.readTextIfExists(path).catch(() => null));
  };
  const one = async ({ command, event: { cause, ...what } }: typeof waiting[number]) => {
    toldAtMs ??= await recall();
    const nowMs = clock.nowMs();
    for (const [known, atMs] of toldAtMs) {
      if (Math.abs(nowMs - atMs) >= AGAIN_AFTER_MS) toldAtMs.delete(known);
    }
    if (toldAtMs.has(cause)) return;
    toldAtMs.set(cause, nowMs);
    await files.writeText(path, JSON.stringify([...toldAtMs])).catch(() => {});
    const event: NotifyEvent = { at: new Date(nowMs).toISOString(), cluster, ...what };
    const { output, failure } = await run(runtime, home, command, event);
    const printed = output === "" ? "" : `; it printed: ${output}`;
    if (failure === null) log.info(`told the notify command of ${event.event}${printed}`);
    recordFailure(
      failure === null ? null : new XcoreError(
        `The notify command was not told of ${event.event}: ${failure}${printed}`,
        PROBLEMS.notify_failed.hint,
      ),
    );
  };
  const all = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await one(next).catch((error) => log.warn(asXcoreError(error, "run the notify command").message));
    }
    isRunning = false;
  };
  return {
    tell(command, events) {
      if (command === null) return recordFailure(null);
      for (const event of events) {
        if (waiting.length < MOST_WAITING) waiting.push({ command, event });
        else log.warn(`the notify command is too slow, and is not told of: ${event.event}: ${event.message}`);
      }
      if (isRunning || waiting.length === 0) return;
      isRunning = true;
      running = all();
    },
    idle: () => running,
  };
}

function toldIn(text: string | null): Map<string, number> {
  try {
    const found: unknown = JSON.parse(text ?? "[]");
    const pairs = Array.isArray(found) ? found : [];
    return new Map(pairs.filter((pair) => typeof pair?.[0] === "string" && Number.isFinite(pair[1])));
  } catch {
    return new Map(); // cut off: at worst a cause is told twice
  }
}
