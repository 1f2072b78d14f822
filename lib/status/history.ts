// deno-lint-ignore-file require-await -- the contract allows a history to be slow; this one is not
/**
 * The cluster's history, in `history.db`: launch calls before they are made, their outcome,
 * decisions, lives, samples and facts.
 * @module
 */

import type { Attempt, Decision, Fact, Life, Sample, TaskTime, TimedRate, WorkerRef } from "../model/mod.ts";
import type { Runtime } from "../runtime.ts";
import { isTime, LAST_MS } from "../util/is_time.ts";
import { atOnce, historyDatabase, KEEP_ROWS, unusable } from "./history_database.ts";

/** The outcome of a launch call. */
export interface AttemptResult {
  /** The instances that it launched. */
  readonly launched: readonly WorkerRef[];
  /** Why it launched fewer than it asked for, or null. */
  readonly error: string | null;
}

/** A launch call and its instances, without those that are known to be gone. */
export interface PastLaunch {
  readonly attempt: Attempt;
  readonly launched: readonly WorkerRef[];
}

/**
 * The history. Every call rejects when it cannot write: then the caller must not do what it wanted
 * to record.
 */
export interface History {
  /** Records a launch call before it is made. */
  openAttempt(attempt: Attempt): Promise<void>;
  /** Records its outcome. */
  closeAttempt(id: string, result: AttemptResult): Promise<void>;
  /** Launch calls without a recorded outcome, oldest first. */
  openAttempts(): Promise<Attempt[]>;
  /** The ids of the newest launch calls that had this name, newest first. */
  attemptsOf(name: string, count: number): Promise<string[]>;
  /** The launch calls with instances that are not known to be gone, and those instances. */
  launched(): Promise<PastLaunch[]>;
  /** Records that these instances are gone; ignores ids that the history does not have. */
  forget(ids: readonly string[]): Promise<void>;
  /** Records what was done. */
  record(decisions: readonly Decision[]): Promise<void>;
  /** The newest decisions of all times, or of a span, newest first. */
  decisions(count: number, span?: TimeSpan): Promise<Decision[]>;
  /** Records instances' lives, in the place of what it has of the same instances. */
  recordLives(lives: readonly Life[]): Promise<void>;
  /** The lives that had not ended by a time, the earliest begun first. */
  lives(sinceMs: number): Promise<Life[]>;
  /** Records how many seconds boots take, in the place of what it has under the same keys. */
  recordBoots(bootS: Readonly<Record<string, number>>): Promise<void>;
  /** How many seconds boots take, by the keys under which that was recorded. */
  boots(): Promise<Record<string, number>>;
  /** Records how workers spent their time, in the place of what it has of the same sessions. */
  recordTaskTimes(times: readonly TaskTime[]): Promise<void>;
  /** The times of those lives that had not ended by a time. */
  taskTimes(sinceMs: number): Promise<TaskTime[]>;
  /**
   * Records what the cluster is like now. Once a sample is a day old, one of each minute stays.
   */
  recordSample(sample: Sample): Promise<void>;
  /** The last sample of each `stepMs` of a span, and the one before the span; oldest first. */
  samples(span: TimeSpan, stepMs: number): Promise<Sample[]>;
  /**
   * Records what was so for a time, in the place of what it has of the same kind, name and begin, unless
   * that is newer.
   */
  recordFacts(facts: readonly Fact[]): Promise<void>;
  /** The facts that were so at some time of a span, the earliest begun first. */
  facts(span: TimeSpan): Promise<Fact[]>;
  /** When the oldest sample or decision was recorded; null: there is none. */
  begunMs(): Promise<number | null>;
  /** Closes the file. */
  close(): void;
}

/** From a time on and up to another, both included; wall clock, milliseconds. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

const ALL_TIMES: TimeSpan = { fromMs: 0, toMs: LAST_MS };

/** Samples older than that are thinned out. */
const FINE_MS = 24 * 3_600_000;

/** Of so long a time one sample stays then. */
const COARSE_MS = 60_000;

/**
 * Opens the history, and creates it where it is missing.
 *
 * @param path the file, `history.db`
 * @param keepRows rows kept of each kind; an attempt without a result, or with an instance that may
 *   exist, is never dropped
 * @throws {XcoreError} the file is not a history, is of a newer xcore, or cannot be written
 */
export function openHistory(path: string, keepRows: number = KEEP_ROWS): History {
  const database = historyDatabase(path, keepRows);
  const insertAttempt = database.prepare(
    "INSERT OR IGNORE INTO attempts (id, at_ms, attempt) VALUES (?, ?, ?)",
  );
  const setResult = database.prepare("UPDATE attempts SET result = ? WHERE id = ?");
  const selectOpen = database.prepare("SELECT attempt FROM attempts WHERE result IS NULL ORDER BY at_ms");
  const selectAttemptsOf = database.prepare(
    "SELECT id FROM attempts WHERE EXISTS (SELECT 1 FROM json_each(attempt, '$.names') WHERE value = ?) " +
      "ORDER BY rowid DESC LIMIT ?",
  );
  const insertInstance = database.prepare(
    "INSERT OR REPLACE INTO instances (id, name, attempt) VALUES (?, ?, ?)",
  );
  const deleteInstance = database.prepare("DELETE FROM instances WHERE id = ?");
  const selectLaunched = database.prepare(
    "SELECT attempts.attempt, json_group_array(json_object('name', name, 'id', instances.id)) AS launched " +
      "FROM instances JOIN attempts ON attempts.id = instances.attempt GROUP BY attempts.id ORDER BY attempts.rowid",
  );
  const insertDecision = database.prepare(
    "INSERT INTO decisions (at_ms, action, names, reason) VALUES (?, ?, ?, ?)",
  );
  const selectDecisions = database.prepare(
    // One with a time that no clock has is none; SQLite's integers may be larger than numbers here.
    "SELECT at_ms, action, names, reason FROM decisions " +
      "WHERE at_ms BETWEEN ? AND ? ORDER BY id DESC LIMIT ?",
  );

  const upsertLife = database.prepare(
    "INSERT OR REPLACE INTO lives (id, name, kind, pool, type, zone, market, started_ms, ended_ms, " +
      "last_seen_ms, rates) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const selectLives = database.prepare(
    `SELECT * FROM lives WHERE (ended_ms IS NULL OR ended_ms > ?) AND started_ms BETWEEN 0 AND ${LAST_MS} ` +
      "ORDER BY started_ms, id",
  );

  const upsertBoot = database.prepare("INSERT OR REPLACE INTO boots (key, seconds) VALUES (?, ?)");
  const selectBoots = database.prepare("SELECT key, seconds FROM boots WHERE seconds > 0");
  const upsertTaskTime = database.prepare(
    "INSERT OR REPLACE INTO task_times (session, life, idle_s, functions) VALUES (?, ?, ?, ?)",
  );
  const selectTaskTimes = database.prepare(
    "SELECT task_times.* FROM task_times JOIN lives ON lives.id = life WHERE ended_ms IS NULL OR ended_ms > ? " +
      "ORDER BY task_times.rowid",
  );
  const insertSample = database.prepare("INSERT OR REPLACE INTO samples (at_ms, sample) VALUES (?, ?)");
  const selectNewestSample = database.prepare("SELECT max(at_ms) AS at_ms FROM samples");
  const thinSamples = database.prepare(
    "DELETE FROM samples WHERE at_ms >= :from AND at_ms < :to AND at_ms NOT IN " +
      `(SELECT max(at_ms) FROM samples WHERE at_ms >= :from AND at_ms < :to GROUP BY at_ms / ${COARSE_MS})`,
  );
  const selectSamples = database.prepare(
    // Beside max() SQLite takes the other columns from the row that has it; a number from JavaScript is no integer.
    "SELECT max(at_ms) AS at_ms, sample FROM samples WHERE at_ms BETWEEN :from AND :to " +
      "GROUP BY at_ms / CAST(:step AS INTEGER) " +
      "UNION ALL SELECT * FROM (SELECT at_ms, sample FROM samples WHERE at_ms < :from ORDER BY at_ms DESC LIMIT 1) " +
      "ORDER BY at_ms",
  );
  const upsertFact = database.prepare(
    "INSERT INTO facts (kind, name, from_ms, to_ms, content) VALUES (?, ?, ?, ?, ?) " +
      "ON CONFLICT DO UPDATE SET to_ms = excluded.to_ms, content = excluded.content WHERE excluded.to_ms >= to_ms",
  );
  const selectFacts = database.prepare(
    "SELECT * FROM facts WHERE to_ms >= ? AND from_ms BETWEEN 0 AND ? ORDER BY from_ms, rowid",
  );
  const selectBegun = database.prepare(
    "SELECT min(at_ms) AS at_ms FROM (SELECT min(at_ms) AS at_ms FROM samples UNION ALL " +
      `SELECT min(at_ms) FROM decisions WHERE at_ms BETWEEN 0 AND ${LAST_MS})`,
  );

  const using = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw unusable(path, error);
    }
  };

  /** A row that cannot be read is damage like that of the file. */
  const read = <T>(rows: () => Record<string, unknown>[], rowIn: (row: Record<string, unknown>) => T): T[] =>
    using(() => rows().map(rowIn));

  return {
    async openAttempt(attempt: Attempt) {
      using(() => insertAttempt.run(attempt.id, Math.round(attempt.atMs), JSON.stringify(attempt)));
    },
    async closeAttempt(id: string, result: AttemptResult) {
      using(() =>
        atOnce(database, () => {
          setResult.run(JSON.stringify(result), id);
          for (const instance of result.launched) insertInstance.run(instance.id, instance.name, id);
        })
      );
    },
    async openAttempts() {
      return read(() => selectOpen.all(), (row) => attemptIn(String(row.attempt)));
    },
    async attemptsOf(name: string, count: number) {
      return read(() => selectAttemptsOf.all(name, count), (row) => String(row.id));
    },
    async launched() {
      return read(() => selectLaunched.all(), (row): PastLaunch => ({
        attempt: attemptIn(String(row.attempt)),
        launched: JSON.parse(String(row.launched)) as PastLaunch["launched"],
      }));
    },
    async forget(ids: readonly string[]) {
      using(() =>
        atOnce(database, () => {
          for (const id of ids) deleteInstance.run(id);
        })
      );
    },
    async record(decisions: readonly Decision[]) {
      for (const { atMs, action, names, reason } of decisions) {
        using(() => insertDecision.run(Math.round(atMs), action, JSON.stringify(names), reason));
      }
    },
    async decisions(count: number, { fromMs, toMs } = ALL_TIMES) {
      return read(
        () => selectDecisions.all(Math.round(fromMs), Math.round(toMs), count),
        (row): Decision => ({
          atMs: Number(row.at_ms),
          action: actionNamed(String(row.action)),
          names: JSON.parse(String(row.names)) as string[],
          reason: String(row.reason),
        }),
      );
    },
    async recordLives(lives: readonly Life[]) {
      using(() =>
        atOnce(database, () => {
          for (const life of lives) {
            const { id, name, kind, pool, type, zone, market, startedMs, endedMs, lastSeenMs, rates } = life;
            const ended = endedMs === null ? null : Math.round(endedMs);
            const times = [Math.round(startedMs), ended, Math.round(lastSeenMs)] as const;
            upsertLife.run(id, name, kind, pool, type, zone, market, ...times, JSON.stringify(rates));
          }
        })
      );
    },
    async lives(sinceMs: number) {
      return read(() => selectLives.all(Math.round(sinceMs)), lifeIn);
    },
    async recordBoots(bootS: Readonly<Record<string, number>>) {
      using(() =>
        atOnce(database, () => {
          for (const [key, seconds] of Object.entries(bootS)) upsertBoot.run(key, seconds);
        })
      );
    },
    async boots() {
      const rows = using(() => selectBoots.all());
      return Object.fromEntries(rows.map(({ key, seconds }) => [String(key), Number(seconds)]));
    },
    async recordTaskTimes(times: readonly TaskTime[]) {
      using(() =>
        atOnce(database, () => {
          for (const { session, lifeId, idleS, functions } of times) {
            const pairs = functions.map(({ name, seconds }) => [name, seconds]);
            upsertTaskTime.run(session, lifeId, idleS, JSON.stringify(pairs));
          }
        })
      );
    },
    async taskTimes(sinceMs: number) {
      return read(() => selectTaskTimes.all(Math.round(sinceMs)), taskTimeIn);
    },
    async recordSample({ atMs, ...sample }: Sample) {
      using(() =>
        atOnce(database, () => {
          const newest = selectNewestSample.get()?.at_ms ?? null;
          const now = Math.round(atMs);
          insertSample.run(now, JSON.stringify(sample));
          const fineSince = (ms: number) => Math.floor((ms - FINE_MS) / COARSE_MS) * COARSE_MS;
          if (newest !== null) thinSamples.run({ from: fineSince(Number(newest)), to: fineSince(now) });
        })
      );
    },
    async samples({ fromMs, toMs }: TimeSpan, stepMs: number) {
      const wanted = {
        from: Math.round(fromMs),
        to: Math.round(toMs),
        step: Math.max(1, Math.round(stepMs)),
      };
      return read(() => selectSamples.all(wanted), (row): Sample => ({
        atMs: Number(row.at_ms),
        ...JSON.parse(String(row.sample)) as Omit<Sample, "atMs">,
      }));
    },
    async recordFacts(facts: readonly Fact[]) {
      using(() =>
        atOnce(database, () => {
          for (const { kind, name, fromMs, toMs, content } of facts) {
            upsertFact.run(kind, name, Math.round(fromMs), Math.round(toMs), JSON.stringify(content));
          }
        })
      );
    },
    async facts({ fromMs, toMs }: TimeSpan) {
      return read(() => selectFacts.all(Math.round(fromMs), Math.round(toMs)), (row) => ({
        ...{ kind: String(row.kind), name: String(row.name) },
        ...{ fromMs: Number(row.from_ms), toMs: Number(row.to_ms) },
        content: JSON.parse(String(row.content)),
      } as Fact));
    },
    async begunMs() {
      const found = using(() => selectBegun.get())?.at_ms ?? null;
      return found === null ? null : Number(found);
    },
    close: () => database.close(),
  };
}

/** The lives in the history that had not ended by a time; none where there is no history. */
export async function pastLives(
  runtime: Pick<Runtime, "files">,
  path: string,
  sinceMs: number,
): Promise<Life[]> {
  return await fromHistory(runtime, path, (history) => history.lives(sinceMs), []);
}

/** How workers spent their time that had not ended by a time; none where there is no history. */
export async function pastTaskTimes(
  runtime: Pick<Runtime, "files">,
  path: string,
  sinceMs: number,
): Promise<TaskTime[]> {
  return await fromHistory(runtime, path, (history) => history.taskTimes(sinceMs), []);
}

/** The newest decisions in the history, newest first; none where there is no history. */
export async function pastDecisions(
  runtime: Pick<Runtime, "files">,
  path: string,
  count: number,
): Promise<Decision[]> {
  return await fromHistory(runtime, path, (history) => history.decisions(count), []);
}

/**
 * What `read` reads in the history; `otherwise` where there is none.
 *
 * @throws {XcoreError} the history cannot be read
 */
export async function fromHistory<T>(
  { files }: Pick<Runtime, "files">,
  path: string,
  read: (history: History) => Promise<T>,
  otherwise: T,
): Promise<T> {
  if (!await files.exists(path)) return otherwise;
  const history = openHistory(path);
  try {
    return await read(history);
  } finally {
    history.close();
  }
}

/** An attempt as it was written; one with a time that no clock has counts as the oldest. */
function attemptIn(text: string): Attempt {
  const attempt = JSON.parse(text) as Attempt;
  return isTime(attempt.atMs) ? attempt : { ...attempt, atMs: 0 };
}

function lifeIn(row: Record<string, unknown>): Life {
  const textOf = (value: unknown) => value === null ? null : String(value);
  return {
    id: String(row.id),
    name: String(row.name),
    kind: row.kind === "scheduler" ? "scheduler" : "worker",
    pool: textOf(row.pool),
    type: String(row.type),
    zone: textOf(row.zone),
    market: row.market === "spot" ? "spot" : "on-demand",
    startedMs: Number(row.started_ms),
    endedMs: row.ended_ms === null ? null : Number(row.ended_ms),
    lastSeenMs: Number(row.last_seen_ms),
    rates: JSON.parse(String(row.rates)) as TimedRate[],
  };
}

function taskTimeIn(row: Record<string, unknown>): TaskTime {
  const pairs = JSON.parse(String(row.functions)) as [string | null, number][];
  return {
    session: String(row.session),
    lifeId: String(row.life),
    idleS: Number(row.idle_s),
    functions: pairs.map(([name, seconds]) => ({ name, seconds })),
  };
}

/** Programs up to fc3a1b1 called it `settle` when a listing closes an attempt. */
function actionNamed(kind: string): Decision["action"] {
  return kind === "settle" ? "close" : kind as Decision["action"];
}
