/** The file of the cluster's history, an SQLite database: its tables, their versions, and how many rows it keeps. @module */

import { DatabaseSync } from "node:sqlite";
import { asXcoreError, XcoreError } from "../errors.ts";

/** How long one process waits for others that use the file. */
const BUSY_MS = 5000;

const SCHEMA = `
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS attempts (
    id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, attempt TEXT NOT NULL, result TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS open_attempts ON attempts (at_ms) WHERE result IS NULL;
  CREATE TABLE IF NOT EXISTS instances (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, attempt TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS decisions (
    id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, action TEXT NOT NULL, names TEXT NOT NULL, reason TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS lives (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, pool TEXT, type TEXT NOT NULL, zone TEXT,
    market TEXT NOT NULL, started_ms INTEGER NOT NULL, ended_ms INTEGER, last_seen_ms INTEGER NOT NULL,
    rates TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS ended_lives ON lives (ended_ms);
  CREATE TABLE IF NOT EXISTS boots (key TEXT PRIMARY KEY, seconds REAL NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS task_times (
    session TEXT PRIMARY KEY, life TEXT NOT NULL, idle_s REAL NOT NULL, functions TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS samples (at_ms INTEGER PRIMARY KEY, sample TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS facts (
    kind TEXT NOT NULL, name TEXT NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (kind, name, from_ms)
  ) STRICT;
`;

/** What is added and changes no meaning, as the table of task times, needs no new one. */
const VERSION = 3;

/**
 * Version 1 had no table of instances. Those of its newest launches may still exist: the daemon's
 * listings show which do not. Version 2 had no lives: those of instances that still exist begin when
 * the platform says.
 */
const FROM_VERSION_1 = `
  INSERT OR IGNORE INTO instances (id, name, attempt)
    SELECT json_extract(launched.value, '$.id'), json_extract(launched.value, '$.name'), newest.id
    FROM (SELECT id, result FROM attempts WHERE json_array_length(result, '$.launched') > 0
          ORDER BY rowid DESC LIMIT 100) AS newest, json_each(newest.result, '$.launched') AS launched;
`;

/** Rows kept of each kind: some years of a busy cluster, some megabytes. */
export const KEEP_ROWS = 100_000;

/**
 * Opens the database, creates it where it is missing, and brings an older one up to date.
 *
 * @throws {XcoreError} the file is no history, is of a newer xcore, or cannot be written
 */
export function historyDatabase(path: string, keepRows: number): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    refuseNewer(database, path); // before anything is written
    keepJournalAhead(database);
    database.exec(SCHEMA);
    bringUpToDate(database, path);
    trim(
      database,
      "attempts",
      keepRows,
      "AND result IS NOT NULL AND id NOT IN (SELECT attempt FROM instances)",
    );
    trim(database, "decisions", keepRows);
    trim(database, "samples", keepRows);
    trim(database, "lives", keepRows, "AND ended_ms IS NOT NULL");
    trim(database, "task_times", keepRows);
    trim(database, "facts", keepRows);
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof XcoreError ? error : unusable(path, error);
  }
}

/** @throws {XcoreError} a newer xcore has made it: what its rows mean is not known here */
function refuseNewer(database: DatabaseSync, path: string): void {
  const found = versionOf(database);
  if (found <= VERSION) return;
  throw new XcoreError(
    `Cannot use the cluster's history: a newer xcore has written it (version ${found}, this one knows ${VERSION}; ${path})`,
    "Use the newer xcore, or move the file away: xcore creates a new one.",
  );
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()!.user_version);
}

/**
 * Has readers and writers not wait for each other. Processes that change a new file to this at once
 * would wait for one another: there SQLite refuses all but one, whatever its `busy_timeout`.
 */
function keepJournalAhead(database: DatabaseSync): void {
  const pauseMs = 10;
  for (let leftMs = BUSY_MS;; leftMs -= pauseMs) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (leftMs <= 0 || !/database is locked/.test(String(error))) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}

function bringUpToDate(database: DatabaseSync, path: string): void {
  if (versionOf(database) === VERSION) return;
  atOnce(database, () => {
    refuseNewer(database, path); // another process may have changed it meanwhile
    if (versionOf(database) === 1) database.exec(FROM_VERSION_1); // another process may have done it meanwhile
    database.exec(`PRAGMA user_version = ${VERSION}`);
  });
}

/** Runs `work` in a transaction. */
export function atOnce(database: DatabaseSync, work: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    work();
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** What SQLite says where a file system has no locks, or no memory that processes share. */
const WITHOUT_LOCKS = /locking protocol|disk I\/O error|unable to open database file.*shm/;

/** Tells of a history that SQLite cannot read or write, with what to do. */
export function unusable(path: string, error: unknown): XcoreError {
  const { message } = asXcoreError(error, "use the cluster's history");
  return new XcoreError(
    `${message} (${path})`,
    WITHOUT_LOCKS.test(message)
      ? "SQLite needs a disk of this machine: set XCORE_HOME to a folder on one."
      : "Make sure that it can be written and that the disk has room; if it is damaged, move it away: xcore creates a new one.",
    error,
  );
}

function trim(database: DatabaseSync, table: string, keepRows: number, condition = ""): void {
  const oldest = `SELECT rowid FROM ${table} ORDER BY rowid DESC LIMIT 1 OFFSET ${keepRows}`;
  database.exec(`DELETE FROM ${table} WHERE rowid <= (${oldest}) ${condition}`);
}
