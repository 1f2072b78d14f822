/** Terminates workers, and none but this cluster's. @module */

import { codeOf } from "./errors.ts";
import { listInstances } from "./list_instances.ts";
import type { Session } from "./session.ts";

/** The most instances AWS would have in one call (EC2 API, TerminateInstances). */
const BATCH = 1000;

/** What `terminate` needs. */
export interface TerminateContext {
  readonly session: Session;
  readonly clusterId: string;
  /** Ids that were launched or listed as this cluster's; others are looked up first. */
  readonly own: Set<string>;
}

/** See `Provider.terminate`. */
export async function terminate(context: TerminateContext, ids: readonly string[]): Promise<void> {
  if (!ids.every((id) => context.own.has(id))) await learn(context);
  const own = ids.filter((id) => context.own.has(id));
  for (let done = 0; done < own.length; done += BATCH) await end(context, own.slice(done, done + BATCH));
}

async function learn({ session, clusterId, own }: TerminateContext): Promise<readonly string[]> {
  const { instances } = await listInstances(session, clusterId);
  for (const { id } of instances) own.add(id);
  return instances.map(({ id }) => id);
}

/**
 * AWS forgets what has been gone for an hour, and then ends none of those that are named together
 * with it.
 */
async function end(context: TerminateContext, ids: readonly string[]): Promise<void> {
  const { session } = context;
  if (await tell(session, ids)) return;
  const listed = await learn(context);
  const left = ids.filter((id) => listed.includes(id));
  if (left.length > 0) await tell(session, left);
}

/** False when AWS does not know one of them. */
async function tell(session: Session, ids: readonly string[]): Promise<boolean> {
  return await session.ask("terminate workers", async (aws) => {
    try {
      await aws.terminateInstances(ids);
      return true;
    } catch (error) {
      if (codeOf(error).startsWith("InvalidInstanceID")) return false;
      throw error;
    }
  });
}
