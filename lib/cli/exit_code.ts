/** Errors as the shell sees them, and as a person reads them. @module */

import {
  asXcoreError,
  ConfigError,
  InterruptedError,
  NotRunningError,
  PrerequisiteError,
  UsageError,
  XcoreError,
} from "../errors.ts";
import { shown } from "../util/one_line.ts";

/** The exit codes of the contract. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notRunning: 3,
  prerequisite: 4,
  interrupted: 130,
} as const;

/** What each exit code means, for the manual. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: "The command succeeded.",
  failed: "The command failed; stderr says why and what to do.",
  usage: "The command line is wrong, or an answer is needed and there is no terminal to ask on.",
  notRunning: "There is no configuration, or no cluster is running.",
  prerequisite: "Something has to be installed or set up first.",
  interrupted: "The command was interrupted with Ctrl-C.",
};

/** Ends a command with an exit code and no message. */
export class ExitWith extends Error {
  /** @param code the program's exit code, too */
  constructor(readonly code: number) {
    super(`exit code ${code}`);
  }
}

/** The exit code for an error. */
export function exitCode(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof NotRunningError) return EXIT.notRunning;
  if (error instanceof PrerequisiteError) return EXIT.prerequisite;
  if (error instanceof InterruptedError) return EXIT.interrupted;
  return EXIT.failed;
}

/** The lines for an error: what was found, what to type, and with `debug` the stack trace. */
export function linesOf(error: unknown, debug: boolean): string[] {
  const known: XcoreError = asXcoreError(error, "continue");
  const lines = [shown(known.message)];
  if (known instanceof ConfigError && known.mistakes.length > 1) {
    lines.push(
      ...known.mistakes.map(({ line, key, message }) => {
        const where = [line === null ? "" : `line ${line}`, key].filter((part) => part !== "").join(", ");
        return shown(where === "" ? `  ${message}` : `  ${where}: ${message}`);
      }),
    );
  }
  lines.push(shown(known.hint));
  if (debug && error instanceof Error) lines.push(...stackOf(error));
  return lines;
}

function stackOf(error: Error): string[] {
  const own = (error.stack ?? "").split("\n");
  return error.cause instanceof Error ? [...own, "caused by:", ...stackOf(error.cause)] : own;
}
