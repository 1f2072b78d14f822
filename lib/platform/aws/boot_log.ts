/** What instances have printed on their consoles, of which EC2 keeps the last 64 kB. @module */

import type { LogPart } from "../provider.ts";
import type { Client, Ec2Instance } from "./client.ts";
import { codeOf, isGone } from "./errors.ts";
import { describeWorkers, isTerminated, TAG, workerIn } from "./list_instances.ts";
import type { Session } from "./session.ts";

/**
 * An instance's console, or what came `after` a part of it; null when there is no such instance. Of
 * a type that is not on the Nitro hypervisor AWS shows what was printed shortly after it was
 * started or ended, some minutes late.
 */
export async function consoleOf(session: Session, id: string, after = ""): Promise<LogPart | null> {
  const shown = await session.ask("read the console", (aws) => shownBy(aws, id));
  return shown === null ? null : { text: newIn(shown, after), end: shown || after };
}

/** See `Provider.bootLog`. */
export async function bootLog(
  { session, clusterId }: { readonly session: Session; readonly clusterId: string },
  name: string,
  attemptId: string | null,
  after = "",
): Promise<LogPart | null> {
  const also: Record<string, string> = attemptId === null ? {} : { [TAG.attempt]: attemptId };
  const { found } = await describeWorkers(session, clusterId, also);
  const id = newestOf(found.filter((instance) => workerIn(instance).name === name))?.InstanceId;
  if (id === undefined) return null;
  const isSame = after.startsWith(`${id} `);
  const part = await consoleOf(session, id, isSame ? after.slice(id.length + 1) : "");
  return part && { text: part.text, end: `${id} ${part.end}` };
}

/**
 * What a console shows beyond what it showed before. It may have lost its beginning since.
 *
 * @param before empty: nothing has been seen of it
 */
export function newIn(shown: string, before: string): string {
  for (let lost = 0; lost < before.length; lost++) {
    const kept = before.slice(lost);
    if (shown.startsWith(kept)) return shown.slice(kept.length);
  }
  return shown;
}

/**
 * The newest of those that have had one name: the one that is there. EC2 tells when an instance was
 * launched in whole seconds, in which one can have ended and the next been launched.
 */
export function newestOf(namesakes: readonly Ec2Instance[]): Ec2Instance | undefined {
  const launchedMs = ({ LaunchTime }: Ec2Instance) => LaunchTime?.getTime() ?? 0;
  const youngestFirst = namesakes.toSorted((one, other) => launchedMs(other) - launchedMs(one));
  return youngestFirst.find((instance) => !isTerminated(instance)) ?? youngestFirst[0];
}

async function shownBy(aws: Client, id: string): Promise<string | null> {
  try {
    const latest = await aws.consoleOutput(id, true).catch((error) => {
      if (NOT_LATEST.test(codeOf(error))) return null;
      throw error;
    });
    const { Output = "" } = latest?.Output ? latest : await aws.consoleOutput(id, false);
    return new TextDecoder().decode(Uint8Array.fromBase64(Output));
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** Of a type without this, and of an instance that has ended. */
const NOT_LATEST = /^(Unsupported|Incorrect)/;
