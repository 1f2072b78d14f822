/** Launching: one bulkInsert an attempt, followed to its end. @module */

import type { Attempt, LaunchOutcome } from "../../model/mod.ts";
import { type Compute, type GceInstance, type GceOperation, GoogleRefusal } from "./compute.ts";
import { operationFailure } from "./errors.ts";
import { asInstance, attemptFilter, instanceName, placeOf } from "./instances.ts";
import { bulkInsertBody, type Order } from "./order.ts";

const DOING = "launch workers";

/** Most of them take some seconds; a tick should not wait much longer, for the daemon's lease has to be renewed. */
const PATIENCE_MS = 15_000;

/**
 * Makes the call, or meets it again: the same attempt has the same requestId, which Google answers with the operation of
 * the first. What it made is then looked up by its label, since some of it may have ended meanwhile.
 *
 * @throws {Error} the operation is not done yet: no answer, so the same attempt is made again
 */
export async function launch(compute: Compute, order: Order, nowMs: number): Promise<LaunchOutcome> {
  const { attempt, zone, config: { clusterId } } = order;
  const operation = await accepted(compute, order);
  const failure = operation === null ? null : operationFailure(operation, DOING);
  const found = await made(compute, zone, clusterId, attempt);
  if (found.length === 0 && failure !== null) throw failure;
  const instances = found.flatMap((instance) => asInstance(instance, clusterId, nowMs) ?? []);
  return { instances };
}

/** The operation at its end; null: the names are there already, so an earlier call has made them. */
async function accepted(compute: Compute, order: Order): Promise<GceOperation | null> {
  const { zone, attempt } = order;
  let operation: GceOperation;
  try {
    operation = await compute.bulkInsert(zone, requestId(attempt.id), bulkInsertBody(order));
  } catch (error) {
    if (error instanceof GoogleRefusal && error.reason === "alreadyExists") return null;
    throw error;
  }
  if (!operation.done) operation = await compute.operation(zone, operation.name, PATIENCE_MS);
  if (!operation.done) throw new Error(`Google is still at work on ${operation.name}`);
  return operation;
}

/** What the attempt made and is still there. A list may be late by seconds, so what it lacks is looked up by name. */
async function made(
  compute: Compute,
  zone: string,
  clusterId: string,
  { id, names }: Attempt,
): Promise<GceInstance[]> {
  const { instances } = await compute.instances(attemptFilter(clusterId, id));
  const listed = new Map(instances.map((instance) => [instance.name, instance]));
  const wanted = names.map((worker) => instanceName(clusterId, worker));
  const looked = await Promise.all(
    wanted.map(async (name) => listed.get(name) ?? await compute.instance(zone, name)),
  );
  return looked.filter((instance) =>
    instance !== null && placeOf(instance).attemptId === id
  ) as GceInstance[];
}

/** An attempt's id as the UUID that Google takes for a token: version and variant are those of a random one. */
function requestId(attemptId: string): string {
  const hex = attemptId.padEnd(30, "0").slice(0, 30);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-8${hex.slice(15, 18)}-${
    hex.slice(18, 30)
  }`;
}
