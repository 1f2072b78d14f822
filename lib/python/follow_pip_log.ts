/** Progress of pip, read from its log. @module */

import type { Runtime } from "../runtime.ts";

const POLL_MS = 300;

/** `…  Downloading bokeh-3.9.2-py3-none-any.whl (6.4 MB)`, or `Using cached …` */
const FETCHED = /^\S+\s+(?:Downloading|Using cached) (?:\S*\/)?([A-Za-z0-9_.]+-[^-\s]+)\S* \((.+)\)/;

const UNPACKED = /^\S+\s+Installing collected packages: (.+)/;

/** Smaller packages are fetched too fast to report. */
const WORTH_REPORTING = /MB|GB/;

/**
 * Reports each larger package that is fetched, and the unpacking, until `done` settles.
 *
 * @param logPath the file that pip's `--log` names; it may not be there yet
 * @param progress called with `Fetching bokeh-3.9.2 (6.4 MB)`
 */
export async function followPipLog(
  runtime: Runtime,
  logPath: string,
  done: Promise<unknown>,
  progress: (line: string) => void,
): Promise<void> {
  const finished = new AbortController();
  const stop = () => finished.abort();
  done.then(stop, stop);
  let reported = 0;
  while (!finished.signal.aborted) {
    await runtime.clock.sleep(POLL_MS, finished.signal);
    const lines = reportable(await runtime.files.readTextIfExists(logPath) ?? "");
    for (const line of lines.slice(reported)) progress(line);
    reported = lines.length;
  }
}

function reportable(log: string): string[] {
  const whole = log.slice(0, log.lastIndexOf("\n") + 1); // the last line may be half-written
  return whole.split("\n").flatMap((line) => {
    const [, name, size] = FETCHED.exec(line) ?? [];
    if (name !== undefined && size !== undefined) {
      return WORTH_REPORTING.test(size) ? [`Fetching ${name} (${size})`] : [];
    }
    const [, unpacked] = UNPACKED.exec(line) ?? [];
    return unpacked === undefined ? [] : [`Unpacking ${unpacked.split(",").length} packages`];
  });
}
