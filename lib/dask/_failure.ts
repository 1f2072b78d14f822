/** Connections that failed, in a person's words. @module */

import { SchedulerError } from "../errors.ts";
import { DeadlineError } from "./_deadline.ts";

const START = "`xcore start` starts what is not there; `xcore doctor` looks for what is wrong.";
const REPLACE = "If this is where the scheduler should be, replace it: `xcore restart`.";

/** Words that Deno's and Node's TLS use, in the order they are looked for, and what they mean. */
const MEANINGS: readonly (readonly [words: RegExp, meaning: string, hint: string])[] = [
  [/NotValidForName|altname|Hostname\/IP/i, "its certificate is for another name", REPLACE],
  [/Expired|NotValidYet|not yet valid/i, "its certificate is not valid at this time", REPLACE],
  [
    /UnknownIssuer|BadSignature|UNABLE_TO_VERIFY|invalid peer certificate|SELF_SIGNED/i,
    "its certificate is not of this cluster",
    REPLACE,
  ],
  [/received fatal alert/i, "it refuses this cluster's certificate", REPLACE],
  [/corrupt message/i, "what listens there speaks no TLS", REPLACE],
  [/refused/i, "connection refused", START],
  [/lookup|ENOTFOUND/i, "its name is not known", START],
  [
    /unreachable|EHOSTUNREACH|ENETUNREACH/i,
    "there is no way to that address",
    "Check this machine's network.",
  ],
  [/reset|aborted|close_notify|EPIPE|socket hang up|UnexpectedEof|was cut/i, "the connection was cut", START],
];

/**
 * The error for a call that got no answer.
 *
 * @param where `127.0.0.1:8787`
 * @param error what connecting or reading threw
 */
export function connectionFailure(where: string, error: unknown): SchedulerError {
  if (error instanceof DeadlineError) {
    return new SchedulerError(`Cannot reach the scheduler at ${where}: ${error.message}`, START, error);
  }
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
    return new SchedulerError(
      `Cannot read this cluster's certificates: ${firstLine(error.message)}`,
      "Make them anew together with the scheduler: `xcore restart`.",
      error,
    );
  }
  const said = error instanceof Error
    ? `${error.name} ${(error as { code?: string }).code ?? ""} ${error.message}`
    : "";
  for (const [words, meaning, hint] of MEANINGS) {
    if (words.test(said)) {
      return new SchedulerError(`Cannot reach the scheduler at ${where}: ${meaning}`, hint, error);
    }
  }
  const message = error instanceof Error ? error.message : String(error);
  return new SchedulerError(`Cannot reach the scheduler at ${where}: ${firstLine(message)}`, START, error);
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? text;
}
