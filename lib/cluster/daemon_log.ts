/** `xcore daemon log`: what the daemon wrote, and what it goes on to write. @module */

import { readConfigText } from "../config/load.ts";
import { NotFoundError } from "../errors.ts";
import { type JournalPart, readJournal } from "../service/journal.ts";
import { readNote, type ServiceNote } from "../service/note.ts";
import { lastLines, readGrowing } from "../util/read_growing.ts";
import type { Place, Progress } from "./cluster.ts";

const FOLLOW_EVERY_MS = 250;

/** Each look at the journal is a process. */
const FOLLOW_JOURNAL_EVERY_MS = 1000;

/** How to read the log. */
export interface LogOptions {
  /** Lines from the end. */
  readonly lines: number;
  /** Goes on with what is written, until `stop` aborts. */
  readonly follow: boolean;
  readonly stop: AbortSignal;
  /** Told when the log that is read is not the one that knows the most. */
  readonly say: Progress;
}

/**
 * Reads the daemon's log, some text at a time: systemd's journal, which also has what systemd says of the daemon, or
 * the daemon's own file.
 *
 * @throws {NotFoundError} there is none yet
 * @throws {NotRunningError} nor a config
 */
export async function* daemonLog(place: Place, options: LogOptions): AsyncGenerator<string> {
  const note = await readNote(place.runtime, place.home);
  if (note === null || note.manager === "launchd") return yield* fileLog(place, options);
  const part = await readJournal(place.runtime, note, options);
  if (typeof part !== "string") return yield* journalLog(place, options, note, part);
  options.say(
    `systemd's journal cannot be read (${part}): this is the daemon's own file ${place.home.daemonLog}`,
  );
  yield* fileLog(place, options);
}

async function* journalLog(
  { runtime }: Place,
  { follow, stop }: LogOptions,
  note: ServiceNote,
  first: JournalPart,
): AsyncGenerator<string> {
  let part: JournalPart | string = first;
  let after = first.cursor ?? "";
  for (;;) {
    if (typeof part !== "string") {
      yield part.text;
      after = part.cursor ?? after;
    }
    if (!follow || stop.aborted) return;
    await runtime.clock.sleep(FOLLOW_JOURNAL_EVERY_MS, stop);
    part = await readJournal(runtime, note, { after });
  }
}

async function* fileLog({ runtime, home }: Place, options: LogOptions): AsyncGenerator<string> {
  const { files, clock } = runtime;
  let read = await readGrowing(files, home.daemonLog, null);
  if (read === null) {
    await readConfigText(runtime, home); // that no cluster has been set up says more
    throw new NotFoundError(
      "Cannot show the daemon's log: there is none yet",
      "Start a cluster with `xcore start`.",
    );
  }
  yield lastLines(read.text, options.lines);
  while (options.follow && !options.stop.aborted) {
    await clock.sleep(FOLLOW_EVERY_MS, options.stop);
    read = await readGrowing(files, home.daemonLog, read.end) ?? { text: "", end: 0 };
    yield read.text;
  }
}
