/** Takes an answer only from a scheduler of this cluster that speaks our protocol. @module */

import { SchedulerError } from "../errors.ts";
import { PROTOCOL } from "../model/mod.ts";
import type { Answer } from "./_mutual_tls.ts";
import { ObjectReader, ShapeError } from "../util/object_reader.ts";

/** What was asked, of whom, and which answers are good. */
export interface Question {
  /** `127.0.0.1:8787` */
  readonly where: string;
  readonly clusterId: string;
  /** `GET /xcore/status` */
  readonly route: string;
  /** HTTP statuses whose body is the answer. */
  readonly goodStatuses: readonly number[];
}

const REPLACE = "Replace the scheduler with one of this xcore: `xcore restart`.";

/**
 * The answer as `read` makes it.
 *
 * @throws {SchedulerError} not JSON, not of our protocol, of another cluster, an error, or not of the right shape
 */
export function understand<T>(answer: Answer, question: Question, read: (body: ObjectReader) => T): T {
  const { where, clusterId, route } = question;
  try {
    const body = parse(answer);
    const protocol = body.count("protocol");
    if (protocol !== PROTOCOL) {
      throw new SchedulerError(
        `Cannot use the scheduler at ${where}: it speaks protocol ${protocol}, this xcore ${PROTOCOL}`,
        "Use the xcore that started it, or replace it: `xcore restart`.",
      );
    }
    const found = body.raw("cluster_id") === undefined ? clusterId : body.text("cluster_id");
    if (found !== clusterId) {
      throw new SchedulerError(
        `Cannot use the scheduler at ${where}: it is another cluster's scheduler, ${found} and not ${clusterId}`,
        "Give this cluster a port of its own: `xcore config set dashboard_port PORT`.",
      );
    }
    if (!question.goodStatuses.includes(answer.status)) {
      throw new SchedulerError(
        `Cannot ${route} at ${where}: it answered ${answer.status}, ${body.text("error")}`,
        "The scheduler's log says more; replacing the scheduler may help: `xcore restart`.",
      );
    }
    return read(body);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new SchedulerError(
      `Cannot understand the scheduler at ${where}: ${route} answered ${answer.status}, and ${error.message}`,
      REPLACE,
      error,
    );
  }
}

function parse(answer: Answer): ObjectReader {
  let value: unknown;
  try {
    value = JSON.parse(answer.text);
  } catch {
    throw new ShapeError(`that is no JSON: ${JSON.stringify(answer.text.slice(0, 40))}`);
  }
  return new ObjectReader(value);
}
