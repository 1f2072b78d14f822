/** Records what the cluster is like, for the page. @module */

import type { Sample, Status, WorkerState } from "../model/mod.ts";
import type { Clock } from "../runtime.ts";
import type { History } from "../status/history.ts";

/** Milliseconds between two readings of the status: for each worker it takes some time. */
export const READ_EVERY_MS = 5000;

/** What stays the same is written once in so many milliseconds: a longer gap says that no daemon ran. */
export const SAMPLE_EVERY_MS = 60_000;

/** The sample of a status. */
export function sampleOf({ workers, demand }: Status, atMs: number): Sample {
  const states: Partial<Record<WorkerState, number>> = {};
  for (const { state } of workers) states[state] = (states[state] ?? 0) + 1;
  return {
    atMs,
    workers: states,
    target: demand?.target ?? null,
    queued: demand?.queued ?? null,
    processing: demand?.processing ?? null,
  };
}

/**
 * A function that reads the status every few seconds, and records its sample if it differs from the last one
 * or that is old.
 */
export function sampleRecorder(
  history: Pick<History, "recordSample">,
  clock: Pick<Clock, "nowMs" | "monotonicMs">,
): (read: () => Promise<Status>) => Promise<void> {
  let written = "";
  let writtenMs = -Infinity;
  let readMs = -Infinity;
  return async (read) => {
    if (clock.monotonicMs() - readMs < READ_EVERY_MS) return;
    readMs = clock.monotonicMs();
    const sample = sampleOf(await read(), clock.nowMs());
    const text = JSON.stringify({ ...sample, atMs: 0 });
    if (text === written && clock.monotonicMs() - writtenMs < SAMPLE_EVERY_MS) return;
    await history.recordSample(sample);
    written = text;
    writtenMs = clock.monotonicMs();
  };
}
