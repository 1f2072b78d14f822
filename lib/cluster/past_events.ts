/** What has happened to a cluster, as its history keeps it: `xcore events`. @module */

import type { Decision, Life } from "../model/mod.ts";
import { pastDecisions, pastLives } from "../status/history.ts";
import { durationText } from "../util/duration_text.ts";
import type { Scope } from "./cluster.ts";

/** A decision that was carried out, or the begin or the end of an instance. */
export interface PastEvent {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** A decision's action; of an instance `began` or `gone`. */
  readonly what: Decision["action"] | "began" | "gone";
  /** The workers, or `scheduler`. */
  readonly names: readonly string[];
  /** Why; of an instance, what it is or how long it was there. */
  readonly reason: string;
}

const POLL_MS = 1000;

/** More than a tick records. */
const READ_AT_ONCE = 1000;

/** The newest events, the oldest of them first; also of a cluster that has been shut down. */
export async function pastEvents({ runtime, home }: Scope, count: number): Promise<PastEvent[]> {
  const decisions = await pastDecisions(runtime, home.history, count);
  // Lives that are older than these decisions would be cut off.
  const sinceMs = decisions.length < count ? 0 : decisions.at(-1)?.atMs ?? 0;
  return eventsOf(decisions, await pastLives(runtime, home.history, sinceMs), sinceMs).slice(-count);
}

/** The newest events, and each further one as it happens, until the signal. */
export async function* followEvents(
  scope: Scope,
  count: number,
  stop: AbortSignal,
): AsyncGenerator<PastEvent> {
  const told = new Set<string>();
  let first = true;
  while (!stop.aborted) {
    const events = await pastEvents(scope, Math.max(count, READ_AT_ONCE));
    const fresh = events.filter((event) => !told.has(JSON.stringify(event)));
    yield* first ? fresh.slice(-count) : fresh;
    for (const event of events) told.add(JSON.stringify(event));
    first = false;
    await scope.runtime.clock.sleep(POLL_MS, stop);
  }
}

/**
 * Decisions and lives as one list, the oldest event first.
 *
 * @param sinceMs what began before is left out
 */
export function eventsOf(
  decisions: readonly Decision[],
  lives: readonly Life[],
  sinceMs = 0,
): PastEvent[] {
  const ofLives = lives.flatMap(({ name, type, zone, market, startedMs, endedMs }) => {
    const where = zone === null ? type : `${type} in ${zone}, ${market}`;
    const began = { atMs: startedMs, what: "began", reason: where } as const;
    const lasted = durationText(((endedMs ?? 0) - startedMs) / 1000);
    const gone = endedMs === null
      ? []
      : [{ atMs: endedMs, what: "gone", reason: `after ${lasted}` } as const];
    return [began, ...gone].map((event) => ({ ...event, names: [name] }));
  });
  const ofDecisions = decisions.toReversed().map(({ atMs, action, names, reason }) => (
    { atMs, what: action, names, reason }
  ));
  return [...ofDecisions, ...ofLives].filter(({ atMs }) => atMs >= sinceMs).sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, ...event }) => ({ at: new Date(atMs).toISOString(), ...event }));
}
