/** What local processes print, one file a process in the cluster's `logs` folder. @module */

import { join } from "node:path";
import type { Runtime } from "../../runtime.ts";
import { cutLines, readGrowing } from "../../util/read_growing.ts";
import type { PlatformOptions } from "../platform.ts";
import type { LogPart } from "../provider.ts";

/** Log files of ended processes that are kept, per kind of program. */
const KEPT = 20;

const LOG_FILE = /^([^.]+)\.(\d{8}T\d{6}Z)\.([^.]+)\.log$/;

/** The log file of one run of a program; by its name the runs of a program sort by time. */
export function logFile(logs: string, name: string, attempt: string, atMs: number): string {
  const at = new Date(atMs).toISOString().replace(/\.\d+/, "").replaceAll(/[-:]/g, "");
  return join(logs, `${name}.${at}.${attempt}.log`);
}

/**
 * The log file of this name and attempt, or with no attempt the newest of this name; null when
 * there is none.
 */
export async function findLog(
  runtime: Runtime,
  logs: string,
  name: string,
  attempt: string | null,
): Promise<string | null> {
  const found = (await runtime.files.list(logs)).filter((file) => {
    const [, ofName, , ofAttempt] = LOG_FILE.exec(file) ?? [];
    return ofName === name && (attempt === null || ofAttempt === attempt);
  });
  const newest = found.at(-1);
  return newest === undefined ? null : join(logs, newest);
}

/** What stands in a log file, or what came `after` a part of it; null when there is no file. */
async function readLog(
  { files }: Runtime,
  path: string | null,
  after?: string,
): Promise<LogPart | null> {
  if (path === null) return null;
  const [, at, ofPath] = /^(\d+) (.*)$/s.exec(after ?? "") ?? [];
  const read = await readGrowing(files, path, ofPath === path ? Number(at) : null);
  return read && { text: read.text, end: `${read.end} ${path}` };
}

/** See `Provider.bootLog`; `scheduler` is a name, too. */
export async function bootLog(
  { runtime, home }: Pick<PlatformOptions, "runtime" | "home">,
  name: string,
  attemptId: string | null,
  after?: string,
): Promise<LogPart | null> {
  return await readLog(runtime, await findLog(runtime, home.logs, name, attemptId), after);
}

/** The last line that says something, for a message; `it printed nothing` when none does. */
export async function lastLineOf(runtime: Runtime, path: string): Promise<string> {
  const lines = cutLines((await readLog(runtime, path))?.text ?? "").split("\n");
  return lines.map((line) => line.trim()).findLast((line) => line !== "") ?? "it printed nothing";
}

/**
 * Removes the oldest logs beyond the last 20 of the runs that have ended.
 *
 * @param isOfKind whether a name is of the kind of program in question
 * @param running attempt and name, joined by a dot, of the processes that still write
 */
export async function pruneLogs(
  runtime: Runtime,
  logs: string,
  isOfKind: (name: string) => boolean,
  running: ReadonlySet<string>,
): Promise<void> {
  const ended = (await runtime.files.list(logs)).flatMap((file) => {
    const [, name = "", at = "", attempt = ""] = LOG_FILE.exec(file) ?? [];
    if (name === "" || !isOfKind(name) || running.has(`${attempt}.${name}`)) return [];
    return [{ file, at }];
  });
  ended.sort((a, b) => a.at < b.at ? -1 : 1);
  for (const { file } of ended.slice(0, -KEPT)) await runtime.files.removeOne(join(logs, file));
}
