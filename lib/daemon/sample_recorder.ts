/** Records what the cluster is like, for the page. @module */

import type { Sample, Status, WorkerState } from "../model/mod.ts";
import type { Clock } from "../runtime.ts";
import type { History } from "../status/history.ts";

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

/** A function that records the sample of a status, if it differs from the last one or that is old. */
export function sampleRecorder(
  history: Pick<History, "recordSample">,
  clock: Pick<Clock, "nowMs" | "monotonicMs">,
): (status: Status) => Promise<void> {
  let written = "";
  let writtenMs = -Infinity;
  return async (status) => {
    const sample = sampleOf(status, clock.nowMs());
    const text = JSON.stringify({ ...sample, atMs: 0 });
    if (text === written && clock.monotonicMs() - writtenMs < SAMPLE_EVERY_MS) return;
    await history.recordSample(sample);
    written = text;
    writtenMs = clock.monotonicMs();
  };
}
