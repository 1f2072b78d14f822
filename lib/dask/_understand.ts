/** Takes an answer only from a scheduler of this cluster that speaks our protocol. @module */

import { ProtocolError, SchedulerError } from "../errors.ts";
import { ShapeError } from "../object_reader.ts";
import { type Messages, PROTOCOL } from "../protocol/messages.ts";
import { readMessage } from "../protocol/read_message.ts";
import type { Answer } from "./_mutual_tls.ts";

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
 * The message in an answer.
 *
 * @throws {ProtocolError} it is of another protocol, or says none
 * @throws {SchedulerError} not JSON, of another cluster, an error, or not of the right shape
 */
export function understand<Name extends keyof Messages>(
  answer: Answer,
  question: Question<Name>,
): Messages[Name] {
  const { where, clusterId, route } = question;
  try {
    const body = parse(answer);
    if (body.protocol !== PROTOCOL) throw otherProtocol(where, body.protocol);
    const found = body.cluster_id ?? clusterId;
    if (found !== clusterId) {
      throw new SchedulerError(
        `Cannot use the scheduler at ${where}: it is another cluster's scheduler, ${found} and not ${clusterId}`,
        "Give this cluster a port of its own: `xcore config set dashboard_port PORT`.",
      );
    }
    if (!question.goodStatuses.includes(answer.status)) {
      const { error = "without saying why" } = readMessage("envelope", body);
      throw new SchedulerError(
        `Cannot ${route} at ${where}: it answered ${answer.status}, ${error}`,
        "The scheduler's log says more; replacing the scheduler may help: `xcore restart`.",
      );
    }
    return readMessage(question.message, body);
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
