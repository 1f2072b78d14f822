/**
 * What the page of `xcore dashboard` is drawn from, field for field: `/page/live` sends a
 * {@linkcode PageStatus} at each change, `/page/history` answers with a {@linkcode PageHistory},
 * `/page/log` with a {@linkcode PageLog}, and all others with a {@linkcode PageFailure} where they cannot.
 * @module
 */

import { SAMPLE_EVERY_MS, sampleOf } from "../daemon/sample_recorder.ts";
import {
  type Decision,
  type Life,
  type Problem,
  problemKind,
  type Sample,
  type Severity,
  type Status,
  type WorkerState,
} from "../model/mod.ts";
import { spent } from "../price/ledger.ts";
import type { TimeSpan } from "../status/history.ts";

/** The cluster as it is now. */
export interface PageStatus {
  /** As `xcore status --json` prints it. */
  readonly status: Status;
  /** Its numbers, to go on with the history. */
  readonly sample: Sample;
  /** The status's problems, each with its severity. */
  readonly problems: readonly (Problem & { readonly severity: Severity })[];
}

/** A span of the cluster's history; all times are milliseconds since 1970. */
export interface PageHistory {
  readonly from: number;
  readonly to: number;
  /** When the oldest of all that is recorded was; null: nothing is. */
  readonly begun: number | null;
  readonly samples: SampleColumns;
  /** Null: nothing costs here. */
  readonly cost: CostColumns | null;
  /** What functions have cost since the cluster was started last, the dearest first. */
  readonly functions: readonly FunctionCost[];
  /** Newest first. */
  readonly decisions: readonly PageDecision[];
  /** Whether the span has older decisions beside them. */
  readonly more_decisions: boolean;
}

/** Samples in their order, a list of each number; null where no daemon has recorded. */
export interface SampleColumns {
  readonly at: readonly number[];
  /** By state: `running`, and the other states that a worker has in this span. */
  readonly workers: Readonly<Partial<Record<WorkerState, readonly (number | null)[]>>>;
  readonly target: readonly (number | null)[];
  readonly queued: readonly (number | null)[];
  readonly processing: readonly (number | null)[];
}

/** What the cluster has cost in equal parts of the span. */
export interface CostColumns {
  /** Where each part begins. */
  readonly at: readonly number[];
  /** Of all whose price is known. */
  readonly usd: readonly number[];
  readonly total_usd: number;
  /** Instances whose price is not known. */
  readonly unknown_prices: number;
}

/** What the tasks of a function have cost. */
export interface FunctionCost {
  readonly name: string;
  /** Hours of workers. */
  readonly hours: number;
  /** Of all whose price is known. */
  readonly usd: number;
}

/** A decision, with some of the workers that it concerned. */
export interface PageDecision {
  readonly at: number;
  readonly action: Decision["action"];
  /** The first {@linkcode NAMES_TOLD} of them. */
  readonly names: readonly string[];
  /** Of all of them. */
  readonly count: number;
  readonly reason: string;
}

/** The end of a log. */
export interface PageLog {
  readonly text: string;
  /** Seconds after which it is worth reading again. */
  readonly again_s: number;
}

/** Why there is no answer, and what to type; both may be of others. */
export interface PageFailure {
  readonly message: string;
  readonly hint: string;
}

/** What is read of the history for a span. */
export interface PastOfSpan {
  readonly begunMs: number | null;
  /** At most one for each step, and the last one before the span. */
  readonly samples: readonly Sample[];
  /** Newest first; one more than {@linkcode DECISIONS_TOLD} says that there are more. */
  readonly decisions: readonly Decision[];
  /** Those that cost something in the span; null: nothing costs here. */
  readonly lives: readonly Life[] | null;
  /** See {@linkcode PageHistory.functions}. */
  readonly functions: readonly FunctionCost[];
  /** See {@linkcode import("../price/hourly_cost.ts").Billing}. */
  readonly minimumS: number;
}

/** Points of a curve: of an hour it has each sample, and a screen shows few more side by side. */
export const POINTS = 1000;

/** Parts of a span for which costs are told. */
const COST_PARTS = 120;

/** Decisions of a span. */
export const DECISIONS_TOLD = 300;

/** Workers that a decision names. */
const NAMES_TOLD = 8;

/** How long samples of a span are apart, at least. */
export function stepOf({ fromMs, toMs }: TimeSpan): number {
  return Math.max(1, (toMs - fromMs) / POINTS);
}

/** What the page shows of a status. */
export function pageStatus(status: Status, nowMs: number): PageStatus {
  const problems = status.problems.map((each) => ({ ...each, severity: problemKind(each.code).severity }));
  return { status, sample: sampleOf(status, nowMs), problems };
}

/** What the page shows of a span. */
export function pageHistory(past: PastOfSpan, { fromMs, toMs }: TimeSpan, nowMs: number): PageHistory {
  const span = { fromMs, toMs: Math.min(toMs, nowMs) };
  return {
    from: fromMs,
    to: toMs,
    begun: past.begunMs,
    samples: columnsOf(past.samples, span),
    cost: past.lives === null ? null : costsOf(past.lives, span, past.minimumS),
    functions: past.functions,
    decisions: past.decisions.slice(0, DECISIONS_TOLD).map(({ atMs, action, names, reason }) => ({
      ...{ at: atMs, action, reason },
      names: names.slice(0, NAMES_TOLD),
      count: names.length,
    })),
    more_decisions: past.decisions.length > DECISIONS_TOLD,
  };
}

/** What was like this until the next sample, as long as a daemon was there to see a change. */
function columnsOf(samples: readonly Sample[], span: TimeSpan): SampleColumns {
  const longestMs = Math.max(3 * SAMPLE_EVERY_MS, 2 * stepOf(span));
  const rows: (readonly [atMs: number, sample: Sample | null])[] = [];
  for (const [i, sample] of samples.entries()) {
    const untilMs = samples[i + 1]?.atMs ?? span.toMs;
    const endMs = untilMs - sample.atMs > longestMs ? sample.atMs + SAMPLE_EVERY_MS : untilMs;
    if (endMs < span.fromMs || sample.atMs > span.toMs) continue;
    rows.push([Math.max(sample.atMs, span.fromMs), sample]);
    const isLast = i === samples.length - 1;
    if (endMs < untilMs || isLast) rows.push([Math.min(endMs, span.toMs), sample]);
    if (endMs < untilMs) rows.push([Math.min(endMs, span.toMs), null]);
  }
  const column = (read: (sample: Sample) => number | null) =>
    rows.map(([, sample]) => sample === null ? null : read(sample));
  const states = new Set<WorkerState>(["running"]);
  for (const { workers } of samples) {
    for (const state of Object.keys(workers)) states.add(state as WorkerState);
  }
  return {
    at: rows.map(([atMs]) => atMs),
    workers: Object.fromEntries(
      [...states].map((state) => [state, column(({ workers }) => workers[state] ?? 0)]),
    ),
    target: column(({ target }) => target),
    queued: column(({ queued }) => queued),
    processing: column(({ processing }) => processing),
  };
}

function costsOf(lives: readonly Life[], span: TimeSpan, minimumS: number): CostColumns {
  const partMs = Math.max(1, (span.toMs - span.fromMs) / COST_PARTS);
  const at = Array.from({ length: COST_PARTS }, (_, i) => span.fromMs + i * partMs);
  const usd = at.map((fromMs) => {
    const toMs = fromMs + partMs;
    const there = lives.filter(({ startedMs, endedMs }) =>
      startedMs < toMs && (endedMs ?? Infinity) > fromMs
    );
    return spent(there, { fromMs, toMs, minimumS }).usd;
  });
  const whole = spent(lives, { ...span, minimumS });
  return { at, usd, total_usd: whole.usd, unknown_prices: whole.unknown };
}
