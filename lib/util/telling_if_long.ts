/** A line for who waits long. @module */

import type { Clock } from "../runtime.ts";

/** What takes longer is told of. */
const LONG_MS = 2000;

/** The result of `work`; `tell` is told `line` where it takes longer than two seconds. */
export async function tellingIfLong<T>(
  clock: Clock,
  tell: (line: string) => void,
  line: string,
  work: Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const late = clock.sleep(LONG_MS, done.signal).then(() => {
    if (!done.signal.aborted) tell(line);
  }, () => {});
  try {
    return await work;
  } finally {
    done.abort();
    await late;
  }
}
