/** What a cluster's history has of a run: from its start, or another time, until the last that was recorded. @module */

import type { Config } from "../config/config.ts";
import { NotFoundError } from "../errors.ts";
import type { Decision, Fact, Life, Sample, TaskTime } from "../model/mod.ts";
import { DECISIONS_TOLD, type PageHistory, pageHistory, stepOf } from "../page/page_history.ts";
import { spent, startOfRun } from "../price/ledger.ts";
import { fromHistory, type History } from "../status/history.ts";
import { readShutdownNote, type ShutdownNote } from "../status/shutdown_note.ts";
import { LAST_MS } from "../util/is_time.ts";
import { openCluster, type Scope } from "./cluster.ts";
import { clusterLedger } from "./cluster_ledger.ts";
import type { BilledSpan } from "./cost.ts";

/** What to read. */
export interface PastRunOptions {
  /** Wall clock, milliseconds since 1970; default: the last start. */
  readonly sinceMs?: number | undefined;
  /** Whether each sample is wanted; else as many as a plot shows. */
  readonly everySample?: boolean;
}

/** What the history has of a run. */
export interface PastRun {
  readonly config: Config;
  readonly span: BilledSpan;
  /** The last sample before the span is the first. */
  readonly samples: readonly Sample[];
  /** Newest first. */
  readonly decisions: readonly Decision[];
  /** Those that were there in the span, the earliest begun first, at the prices that count. */
  readonly lives: readonly Life[];
  /** Of these lives. */
  readonly times: readonly TaskTime[];
  /** Those that were so in the span, the earliest begun first. */
  readonly facts: readonly Fact[];
  /** Whether something costs here. */
  readonly costs: boolean;
  /** The shutdown at its end; null: it has not been shut down. */
  readonly shutdown: ShutdownNote | null;
}

const ALL = { fromMs: 0, toMs: LAST_MS };

/** More than a history keeps. */
const EVERY_DECISION = 1_000_000;

/**
 * What the history has of the last run, or of the time since. Neither scheduler nor cloud is asked, and
 * nothing depends on when it is read.
 *
 * @throws {NotRunningError} there is no config
 * @throws {NotFoundError} nothing is recorded of that time
 * @throws {XcoreError} the history cannot be read
 */
export async function pastRun(
  scope: Scope,
  { sinceMs, everySample = false }: PastRunOptions = {},
): Promise<PastRun> {
  const cluster = await openCluster(scope);
  const { runtime, home, config } = cluster;
  const ledger = await clusterLedger(cluster);
  const allLives = ledger.lives();
  const note = await readShutdownNote(runtime, home);
  const run = await fromHistory(runtime, home.history, async (history) => {
    const allFacts = await history.facts(ALL);
    const begunMs = sinceMs ?? startOfRun([...allLives, ...schedulersOf(allFacts)]) ??
      await history.begunMs();
    const endedMs = await lastMs(history, allLives, allFacts);
    if (begunMs === null || endedMs === null || begunMs > endedMs) return null;
    const endMs = note?.endedAtMs ?? null;
    const shutdown = endMs === null || endMs < begunMs ? null : note;
    const span = { fromMs: begunMs, toMs: shutdown === null ? endedMs : Math.max(endedMs, endMs!) };
    const lives = allLives.filter(({ startedMs, endedMs }) =>
      startedMs <= span.toMs && (endedMs ?? Infinity) > span.fromMs
    );
    const ids = new Set(lives.map(({ id }) => id));
    return {
      ...{ config, lives, shutdown, costs: ledger.costs },
      span: { ...span, minimumS: ledger.billing.minimumS },
      samples: await history.samples(span, everySample ? 1 : stepOf(span)),
      decisions: await history.decisions(EVERY_DECISION, span),
      times: (await history.taskTimes(span.fromMs)).filter(({ lifeId }) => ids.has(lifeId)),
      facts: allFacts.filter(({ fromMs, toMs }) => fromMs <= span.toMs && toMs >= span.fromMs),
    };
  }, null);
  if (run !== null) return run;
  throw sinceMs === undefined
    ? new NotFoundError(
      "Cannot tell of a run: nothing of this cluster is recorded yet",
      "Start the cluster with `xcore start`: its daemon records what happens.",
    )
    : new NotFoundError(
      "Cannot tell of that time: nothing of this cluster is recorded since then",
      "Leave --since out to have the last run.",
    );
}

/** The history of a run, as the page has it. */
export function historyOf({ samples, decisions, lives, span, costs }: PastRun): PageHistory {
  const past = { samples, decisions: decisions.slice(0, DECISIONS_TOLD + 1), minimumS: span.minimumS };
  return pageHistory(
    { ...past, begunMs: span.fromMs, lives: costs ? lives : null, functions: [] },
    span,
    span.toMs,
  );
}

/** A sample, and what all had cost by then since the run's begin; null: nothing costs here. */
export interface CostedSample extends Sample {
  readonly usd: number | null;
}

/** The samples of a run. */
export function costedSamples({ samples, lives, span, costs }: PastRun): CostedSample[] {
  const { fromMs: begunMs, minimumS } = span;
  let untilMs = begunMs;
  let usd = 0;
  return samples.filter(({ atMs }) => atMs >= begunMs).map((sample) => {
    if (!costs) return { ...sample, usd: null };
    const [fromMs, toMs] = [untilMs, sample.atMs];
    const there = lives.filter(({ startedMs, endedMs }) =>
      startedMs < toMs && (endedMs ?? Infinity) > fromMs
    );
    usd += spent(there, { fromMs, toMs, minimumS }).usd;
    untilMs = toMs;
    return { ...sample, usd };
  });
}

/** When schedulers were there. */
function schedulersOf(facts: readonly Fact[]) {
  return facts.filter(({ kind }) => kind === "tasks")
    .map(({ fromMs, toMs }) => ({ startedMs: fromMs, endedMs: toMs }));
}

/** When the last of all that is recorded was. */
async function lastMs(
  history: History,
  lives: readonly Life[],
  facts: readonly Fact[],
): Promise<number | null> {
  const [sample] = (await history.samples(ALL, LAST_MS)).slice(-1);
  const [decision] = await history.decisions(1);
  const times = [
    ...lives.map(({ endedMs, lastSeenMs }) => endedMs ?? lastSeenMs),
    ...facts.map(({ toMs }) => toMs),
    ...[sample, decision].flatMap((found) => found?.atMs ?? []),
  ];
  return times.length === 0 ? null : times.reduce((last, ms) => Math.max(last, ms), 0);
}
