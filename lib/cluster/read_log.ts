/**
 * `xcore logs` and `xcore daemon log`: what the scheduler, a worker or the daemon prints.
 * @module
 */

import { stripVTControlCharacters } from "node:util";
import { readConfigText } from "../config/load_config.ts";
import { NotFoundError, ThrottledError, UsageError } from "../errors.ts";
import { DAEMON, SCHEDULER, SHUTDOWN } from "../model/mod.ts";
import type { LogPart } from "../platform/provider.ts";
import { readNote, type ServiceNote } from "../service/service.ts";
import { type JournalPart, readJournal } from "../service/systemd.ts";
import { openHistory } from "../status/history.ts";
import { shownLines } from "../util/one_line.ts";
import { cutLines, lastLines, readGrowing } from "../util/read_growing.ts";
import { type Cluster, noSuchName, openCluster, type Progress, type Scope } from "./cluster.ts";
import { platformOf } from "../platform/platforms.ts";

/**
 * Reads a log, some text at a time: of a process on this machine all of it, of a machine on a cloud
 * its console.
 *
 * @param name `daemon`, `scheduler`, `shutdown`, or a worker's
 * @throws {NotFoundError} there is no such worker, or no log
 * @throws {NotRunningError} there is no config, or no cluster is running
 */
export async function* readLog(scope: Scope, name: string, options: LogOptions): AsyncGenerator<string> {
  if (options.previous && [DAEMON, SCHEDULER, SHUTDOWN].includes(name)) {
    throw new UsageError(
      `Cannot show a previous log of the ${name}: only workers have one`,
      `\`xcore logs ${name}\` shows its log.`,
    );
  }
  if (name === DAEMON) return yield* daemonLog(scope, options);
  if (name === SHUTDOWN) return yield* shutdownLog(scope, options);
  const cluster = await openCluster(scope);
  const { provider, base, runtime: { clock } } = cluster;
  const attempt = options.previous ? await previousAttempt(cluster, name) : null;
  const read = (after?: string) =>
    name === SCHEDULER ? base.log(after) : provider.bootLog(name, attempt, after);
  let part = await read();
  if (part === null && attempt !== null) {
    throw new NotFoundError(
      `Cannot show the previous log of ${name}: it is no longer kept`,
      `\`xcore logs ${name}\` shows the newest one; \`xcore daemon log\` says why workers came and left.`,
    );
  }
  if (part === null) throw await noSuchName(cluster, `show the log of ${name}`, name, othersFor(name));
  yield lastLines(plain(part), options.lines);
  if (part.text === "") options.say(nothingYet(cluster, name));
  while (options.follow && !options.stop.aborted) {
    await clock.sleep(provider.logEveryS * 1000, options.stop);
    const more: LogPart | null = await read(part.end).catch((error) => {
      if (error instanceof ThrottledError) return part && { ...part, text: "" };
      throw error;
    });
    if (more === null) return options.say(`${name} is terminated.`);
    yield plain(more);
    part = more;
  }
}

/** The last launch with this name whose worker has ended. */
async function previousAttempt({ runtime, home, provider }: Cluster, name: string): Promise<string> {
  const journal = await runtime.files.exists(home.history) ? openHistory(home.history) : null;
  try {
    const [newest, previous] = await journal?.attemptsOf(name, 2) ?? [];
    const { instances } = newest === undefined ? { instances: [] } : await provider.list();
    const isThere = instances.some((instance) => instance.name === name && instance.attemptId === newest);
    if (newest !== undefined && !isThere) return newest;
    if (previous !== undefined) return previous;
    throw new NotFoundError(
      `Cannot show a previous log of ${name}: ${
        newest === undefined
          ? "no worker of that name was launched"
          : "the one that runs is the first of that name"
      }`,
      newest === undefined
        ? "`xcore status` shows the workers there are."
        : `\`xcore logs ${name}\` shows its log.`,
    );
  } finally {
    journal?.close();
  }
}

function othersFor(name: string): string[] {
  return name === SCHEDULER ? [DAEMON] : [SCHEDULER, DAEMON];
}

/**
 * As it can be shown: firmware writes terminal escapes to a console, programs draw over their lines.
 */
function plain({ text }: Pick<LogPart, "text">): string {
  return cutLines(shownLines(stripVTControlCharacters(text)));
}

function nothingYet({ config }: Cluster, name: string): string {
  return !platformOf(config).traits.machines
    ? `${name} has printed nothing yet.`
    : `The console of ${name} is empty so far; some machine types show it minutes late.`;
}

const FOLLOW_EVERY_MS = 250;

/** Each reading of the journal starts a process. */
const FOLLOW_JOURNAL_EVERY_MS = 1000;

/** How to read the log. */
export interface LogOptions {
  /** Lines from the end. */
  readonly lines: number;
  /** Follows new output until `stop` aborts. */
  readonly follow: boolean;
  /** Shows the last worker of this name that has ended. */
  readonly previous?: boolean;
  readonly stop: AbortSignal;
  /** Called if the daemon's own log is read because the journal cannot be. */
  readonly say: Progress;
}

/**
 * Reads the daemon's log, some text at a time: from systemd's journal, which also has systemd's
 * messages about the daemon, or from the daemon's own file.
 *
 * @throws {NotFoundError} there is none yet
 * @throws {NotRunningError} nor a config
 */
export async function* daemonLog(scope: Scope, options: LogOptions): AsyncGenerator<string> {
  const note = await readNote(scope.runtime, scope.home);
  if (note === null || note.manager === "launchd") return yield* fileLog(scope, options);
  const part = await readJournal(scope.runtime, note, options);
  if (typeof part !== "string") return yield* journalLog(scope, options, note, part);
  options.say(
    `systemd's journal cannot be read (${part}); showing ${scope.home.daemonLog}`,
  );
  yield* fileLog(scope, options);
}

async function* journalLog(
  { runtime }: Scope,
  { follow, stop }: LogOptions,
  note: ServiceNote,
  first: JournalPart,
): AsyncGenerator<string> {
  let part: JournalPart | string = first;
  let after = first.cursor ?? "";
  for (;;) {
    if (typeof part !== "string") {
      yield plain(part);
      after = part.cursor ?? after;
    }
    if (!follow || stop.aborted) return;
    await runtime.clock.sleep(FOLLOW_JOURNAL_EVERY_MS, stop);
    part = await readJournal(runtime, note, { after });
  }
}

function fileLog(scope: Scope, options: LogOptions): AsyncGenerator<string> {
  const none = new NotFoundError(
    "Cannot show the daemon's log: there is none yet",
    "Start a cluster with `xcore start`.",
  );
  return growingLog(scope, scope.home.daemonLog, options, none);
}

function shutdownLog(scope: Scope, options: LogOptions): AsyncGenerator<string> {
  const none = new NotFoundError(
    "Cannot show the log of shutdowns: the daemon has never shut this cluster down",
    "shutdown_when_idle_h has it do so: `xcore config set shutdown_when_idle_h 2`.",
  );
  return growingLog(scope, scope.home.shutdownLog, options, none);
}

async function* growingLog(
  { runtime, home }: Scope,
  path: string,
  options: LogOptions,
  none: NotFoundError,
): AsyncGenerator<string> {
  const { files, clock } = runtime;
  let read = await readGrowing(files, path, null);
  if (read === null) {
    await readConfigText(runtime, home); // without a config its error says more
    throw none;
  }
  yield lastLines(plain(read), options.lines);
  while (options.follow && !options.stop.aborted) {
    await clock.sleep(FOLLOW_EVERY_MS, options.stop);
    read = await readGrowing(files, path, read.end) ?? { text: "", end: 0 };
    yield plain(read);
  }
}
