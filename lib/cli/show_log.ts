/** Shows a log, once or until Ctrl-C. @module */

import { UsageError } from "../errors.ts";
import { type ArgparseCommand, InvalidArgumentError } from "./argparse_command.ts";
import { answer, type Context, scopeOf } from "./context.ts";
import { EXIT, ExitWith } from "./exit_code.ts";

/** The options of a command that shows a log. */
export interface LogFlags {
  readonly follow?: true;
  /** From the end. */
  readonly lines: number;
  /** Of the last run that has ended; `xcore logs` alone has it. */
  readonly previous?: true;
}

/** Adds the options of a command that shows a log. */
export function addLogFlags(command: ArgparseCommand): ArgparseCommand {
  return command.option("-f, --follow", "follow new output until Ctrl-C")
    .option("-n, --lines <count>", "number of lines from the end", wholeNumber, 100);
}

/**
 * Shows a log: `daemon`, `scheduler` or a worker's name.
 *
 * @throws {ExitWith} at Ctrl-C
 * @throws {UsageError} both --follow and --json
 */
export async function showLog(context: Context, name: string, flags: LogFlags): Promise<void> {
  const { follow, lines, previous } = flags;
  const { runtime, printer } = context;
  if (follow && context.options().json) {
    throw new UsageError(
      "Cannot follow a log as one JSON document: it has no end",
      "Leave out -f, or leave out --json.",
    );
  }
  const { readLog } = await import("../cluster/read_log.ts");
  const stop = new AbortController();
  const options = {
    lines,
    follow: follow === true,
    previous: previous === true,
    stop: stop.signal,
    say: printer.say,
  };
  const parts = readLog(await scopeOf(context), name, options);
  if (!follow) {
    const text = (await Array.fromAsync(parts)).join("");
    return answer(context, { name, text }, text);
  }
  const stopped = new Promise<never>((_, reject) => {
    stop.signal.addEventListener("abort", () => reject(new ExitWith(EXIT.interrupted)));
  });
  const offSignals = runtime.onSignal(["SIGINT", "SIGTERM"], () => stop.abort());
  try {
    for (;;) {
      const { done, value } = await Promise.race([parts.next(), stopped]);
      if (done) return;
      printer.part(value);
    }
  } finally {
    offSignals();
  }
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("It takes a whole number.");
  return Number(text);
}
