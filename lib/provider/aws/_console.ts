/** What instances have printed on their consoles: EC2 keeps the last 64 kB, and shows them minutes late. @module */

import { listInstances } from "./_instances.ts";
import type { Session } from "./_session.ts";
import { TAG } from "./_tags.ts";

/** An instance's console, newest line last; empty when there is nothing yet. */
export async function consoleOf(session: Session, id: string): Promise<string> {
  const { Output } = await session.ask("read the console", (aws) => aws.consoleOutput(id));
  return Output === undefined ? "" : new TextDecoder().decode(Uint8Array.fromBase64(Output));
}

/** See `Provider.bootLog`. */
export async function bootLog(
  session: Session,
  clusterId: string,
  name: string,
  attemptId: string | null,
): Promise<string> {
  const also: Record<string, string> = attemptId === null ? {} : { [TAG.attempt]: attemptId };
  const { instances } = await listInstances(session, clusterId, also);
  const instance = instances.find((instance) => instance.name === name);
  return instance === undefined ? "" : await consoleOf(session, instance.id);
}
