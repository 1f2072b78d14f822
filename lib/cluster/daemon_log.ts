/** `xcore daemon log`: what the daemon wrote, and what it goes on to write. @module */

import { NotFoundError } from "../errors.ts";
import type { Place } from "./cluster.ts";

const FOLLOW_EVERY_MS = 250;

/** How to read the log. */
export interface LogOptions {
  /** Lines from the end. */
  readonly lines: number;
  /** Goes on with what is written, until `stop` aborts. */
  readonly follow: boolean;
  readonly stop: AbortSignal;
}

/**
 * Reads the daemon's log, some text at a time.
 *
 * @throws {NotFoundError} there is none yet
 */
export async function* daemonLog({ runtime, home }: Place, options: LogOptions): AsyncGenerator<string> {
  const { files, clock } = runtime;
  const text = await files.readTextIfExists(home.daemonLog);
  if (text === null) {
    throw new NotFoundError(
      "Cannot show the daemon's log: there is none yet",
      "Start a cluster with `xcore start`.",
    );
  }
  yield text.split("\n").slice(-options.lines - 1).join("\n");
  let offset = new TextEncoder().encode(text).length;
  const decoder = new TextDecoder();
  while (options.follow && !options.stop.aborted) {
    await clock.sleep(FOLLOW_EVERY_MS, options.stop);
    const size = await files.size(home.daemonLog) ?? 0;
    if (size < offset) offset = 0; // it was rotated
    if (size === offset) continue;
    const bytes = await files.readFrom(home.daemonLog, offset);
    offset += bytes.length;
    yield decoder.decode(bytes, { stream: true });
  }
}
