/**
 * Answers of a scheduler: taken only from one of this cluster that speaks our protocol; and what no
 * answer means.
 * @module
 */

import { BundleMissingError, ProtocolError, SchedulerError } from "../errors.ts";
import { ShapeError } from "../util/object_reader.ts";
import { type Messages, PROTOCOL } from "../protocol/messages.ts";
import { type ReadAnswer, readAnswer, readMessage } from "../protocol/read_message.ts";
import { type Answer, DeadlineError } from "./mutual_tls_caller.ts";

/** What was asked, of whom, and which answers are good. */
export interface Question<Name extends keyof Messages> {
  /** `127.0.0.1:8787` */
  readonly where: string;
  readonly clusterId: string;
  /** `GET /xcore/status` */
  readonly route: string;
  /** The message that answers it. */
  readonly message: Name;
  /** HTTP statuses whose body is the answer. */
  readonly goodStatuses: readonly number[];
}

const REPLACE = "Replace the scheduler with one of this xcore: `xcore restart`.";

/**
 * The message in an answer, and what of it could not be read.
 *
 * @throws {ProtocolError} it is of another protocol, or says none, or does not know the route
 * @throws {BundleMissingError} it is of an instance that boots
 * @throws {SchedulerError} not JSON, of another cluster, an error, or not of the right shape
 */
export function schedulerAnswer<Name extends keyof Messages>(
  answer: Answer,
  question: Question<Name>,
): ReadAnswer<Name> {
  const { where, clusterId, route } = question;
  try {
    const body = parse(answer);
    if (body.protocol !== PROTOCOL) throw otherProtocol(where, body.protocol);
    const found = body.cluster_id ?? clusterId;
    if (found !== clusterId) {
      throw new SchedulerError(
        `Cannot use the scheduler at ${where}: it is another cluster's scheduler, ${
          typeof found === "string" ? found : JSON.stringify(found)
        } and not ${clusterId}`,
        "Give this cluster a port of its own: `xcore config set dashboard_port PORT`.",
      );
    }
    if (!question.goodStatuses.includes(answer.status)) {
      const { error = "without saying why", wantsBundle } = readMessage("envelope", body);
      if (answer.status === 503 && wantsBundle !== undefined) throw bundleMissing(where, wantsBundle);
      if (answer.status === 404) throw unknownRoute(where, route);
      throw new SchedulerError(
        `Cannot ${route} at ${where}: it answered ${answer.status}, ${error}`,
        "The scheduler's log says more; replacing the scheduler may help: `xcore restart`.",
      );
    }
    return readAnswer(question.message, body);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new SchedulerError(
      `Cannot understand the scheduler at ${where}: ${route} answered ${answer.status}, and ${error.message}`,
      REPLACE,
      error,
    );
  }
}

function otherProtocol(where: string, protocol: unknown): ProtocolError {
  const theirs = protocol === undefined ? "no protocol version" : `protocol ${JSON.stringify(protocol)}`;
  return new ProtocolError(
    `Cannot use the scheduler at ${where}: it speaks ${theirs}, this xcore protocol ${PROTOCOL}`,
    "Replace the scheduler with one of this xcore: `xcore restart`; or use the xcore that started it.",
  );
}

function bundleMissing(where: string, sha256: string): BundleMissingError {
  return new BundleMissingError(
    `Cannot use the scheduler at ${where}: its instance boots, and waits for its software`,
    "Run `xcore start`: it hands that over.",
    sha256,
  );
}

function unknownRoute(where: string, route: string): ProtocolError {
  return new ProtocolError(
    `Cannot ${route} at ${where}: the scheduler was started by an older xcore, which does not know that`,
    REPLACE,
  );
}

function parse(answer: Answer): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(answer.text);
  } catch {
    throw new ShapeError(`that is no JSON: ${JSON.stringify(answer.text.slice(0, 40))}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new ShapeError(`the answer is ${JSON.stringify(value).slice(0, 40)}, not an object`);
}

const START = "`xcore start` starts what is not there; `xcore doctor` looks for what is wrong.";
const REPLACE_IT = "If this is where the scheduler should be, replace it: `xcore restart`.";

/** Words that Deno's and Node's TLS use, in the order they are looked for, and what they mean. */
const MEANINGS: readonly (readonly [words: RegExp, meaning: string, hint: string])[] = [
  [/NotValidForName|altname|Hostname\/IP/i, "its certificate is for another name", REPLACE_IT],
  [/Expired|NotValidYet|not yet valid/i, "its certificate is not valid at this time", REPLACE_IT],
  [
    /UnknownIssuer|BadSignature|UNABLE_TO_VERIFY|invalid peer certificate|SELF_SIGNED/i,
    "its certificate is not of this cluster",
    REPLACE_IT,
  ],
  [/received fatal alert/i, "it refuses this cluster's certificate", REPLACE_IT],
  [/corrupt message/i, "what listens there speaks no TLS", REPLACE_IT],
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
