/**
 * The cluster's workers among EC2's instances: tags are the record of what exists, and of whose it
 * is.
 * @module
 */

import type { Attempt, CloudState, Instance, Listing, Refused } from "../../model/mod.ts";
import type { Client, Ec2Instance, Tag } from "./client.ts";
import { meaningOfStateReason } from "./errors.ts";
import type { Session } from "./session.ts";

/** Names of our tags; a person's own never begin with `xcore-`. */
export const TAG = {
  cluster: "xcore-cluster",
  role: "xcore-role",
  attempt: "xcore-request",
  names: "xcore-names",
  pool: "xcore-pool",
  accelerator: "xcore-accelerator",
} as const;

/** Value of the role tag on workers. */
export const WORKER = "worker";

/** Characters in a tag's value (EC2 User Guide, Tag restrictions). */
const TAG_VALUE_CHARACTERS = 256;

/** The tags of a launch call: all its instances have the same. */
export function tagsOf(clusterId: string, attempt: Attempt, own: Readonly<Record<string, string>>): Tag[] {
  const tags: Record<string, string> = {
    ...own,
    Name: own.Name ?? `${clusterId}-${WORKER}`,
    [TAG.cluster]: clusterId,
    [TAG.role]: WORKER,
    [TAG.attempt]: attempt.id,
    [TAG.names]: namesTag(attempt.names),
    [TAG.pool]: attempt.pool,
    ...(attempt.accelerator !== null && { [TAG.accelerator]: attempt.accelerator }),
  };
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Tags by name. */
export function readTags(tags: readonly Tag[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
}

const NUMBERED = /^(.*-)(0|[1-9]\d{0,8})$/;

/**
 * Names in one tag, in their order: `worker-0`, `worker-2` … `worker-9` are `worker-0 worker-2..9`,
 * since a name each would not leave room for 100.
 */
export function namesTag(names: readonly string[]): string {
  return runsOf(names).map(({ prefix, first, last }) => last === null ? prefix : wordOf(prefix, first, last))
    .join(" ");
}

function wordOf(prefix: string, first: number, last: number): string {
  return first === last ? `${prefix}${first}` : `${prefix}${first}..${last}`;
}

/** The names in a tag; empty when it is not one of ours. */
export function namesIn(tag: string): string[] {
  return tag.split(" ").filter((word) => word !== "").flatMap((word) => {
    const [, prefix, first, last] = /^(.*-)(\d{1,9})\.\.(\d{1,9})$/.exec(word) ?? [];
    if (prefix === undefined) return [word];
    const length = Math.max(0, Number(last) - Number(first) + 1);
    return Array.from({ length }, (_, i) => `${prefix}${Number(first) + i}`);
  });
}

/** As many of the names, from the first on, as go into one tag. The rest is for another attempt. */
export function namesThatFit(names: readonly string[]): readonly string[] {
  let [few, many] = [0, names.length];
  while (few < many) { // a longer list never has a shorter tag
    const middle = Math.ceil((few + many) / 2);
    if (namesTag(names.slice(0, middle)).length <= TAG_VALUE_CHARACTERS) few = middle;
    else many = middle - 1;
  }
  return names.slice(0, few);
}

interface Run {
  readonly prefix: string;
  readonly first: number;
  /** Null: the name has no number, and `prefix` is all of it. */
  last: number | null;
}

function runsOf(names: readonly string[]): Run[] {
  const runs: Run[] = [];
  for (const name of names) {
    const [, prefix, digits] = NUMBERED.exec(name) ?? [];
    if (prefix === undefined) {
      runs.push({ prefix: name, first: 0, last: null });
      continue;
    }
    const number = Number(digits);
    const before = runs.at(-1);
    if (before !== undefined && before.prefix === prefix && before.last === number - 1) before.last = number;
    else runs.push({ prefix, first: number, last: number });
  }
  return runs;
}

/**
 * EC2's states (EC2 API, InstanceState); a terminated instance is gone, though it is listed for an
 * hour.
 */
const STATES: Readonly<Record<string, CloudState>> = {
  "pending": "pending",
  "running": "running",
  "shutting-down": "stopping",
  "stopping": "stopping",
  "stopped": "stopped",
};

/** The most that DescribeInstances gives at once. */
const PAGE_SIZE = 1000;

/** Whether it is gone. */
export function isTerminated({ State }: Ec2Instance): boolean {
  return STATES[State?.Name ?? ""] === undefined;
}

/** The worker's name, and the attempt that made it, as its tags say. */
export function workerIn({ Tags, AmiLaunchIndex = 0 }: Ec2Instance) {
  const tags = readTags(Tags);
  const name = namesIn(tags[TAG.names] ?? "")[AmiLaunchIndex] ?? null;
  return { tags, name, attemptId: tags[TAG.attempt] ?? null };
}

/** An EC2 instance as ours; null when it is gone, or none of ours after all. */
export function instanceOf(instance: Ec2Instance, nowMs: number): Instance | null {
  const { InstanceId: id, LaunchTime } = instance;
  const state = STATES[instance.State?.Name ?? ""];
  const { tags, name, attemptId } = workerIn(instance);
  if (id === undefined || state === undefined || tags[TAG.role] !== WORKER) return null;
  return {
    id,
    name: name ?? id,
    attemptId,
    pool: tags[TAG.pool] ?? "default",
    type: instance.InstanceType ?? "",
    accelerator: tags[TAG.accelerator] ?? null,
    zone: instance.Placement?.AvailabilityZone ?? null,
    market: instance.InstanceLifecycle === "spot" ? "spot" : "on-demand",
    state,
    ageS: Math.max(0, nowMs - (LaunchTime?.getTime() ?? nowMs)) / 1000,
    address: instance.PublicIpAddress || instance.PrivateIpAddress || null,
  };
}

/**
 * The instance as one that EC2 accepted and terminated before it ran; null when that is not how it
 * ended.
 */
export function refusedOf(instance: Ec2Instance): Refused | null {
  const { InstanceId: id, InstanceType, InstanceLifecycle, Placement, StateReason } = instance;
  if (id === undefined || !isTerminated(instance)) return null;
  const offer = [InstanceType, Placement?.AvailabilityZone, InstanceLifecycle ?? "on-demand"];
  const words = offer.filter((part) => part !== undefined).join(", ");
  const error = meaningOfStateReason(StateReason, `launch ${workerIn(instance).name ?? id} (${words})`);
  return error === null ? null : { id, error };
}

/**
 * The cluster's workers that are not gone, and why those are that never ran.
 *
 * @param also further tags they must have
 * @throws {XcoreError} AWS does not answer, or refuses; when it does so after the first page, the
 * listing is incomplete
 */
export async function listInstances(
  session: Session,
  clusterId: string,
  also: Readonly<Record<string, string>> = {},
): Promise<Listing> {
  const { found, complete } = await describeWorkers(session, clusterId, also);
  const refused = found.map(refusedOf).filter((one) => one !== null);
  return { instances: readAll(found, session), complete, ...(refused.length > 0 && { refused }) };
}

/**
 * The cluster's workers as EC2 tells of them, those included that were terminated in the last hour.
 *
 * @param also further tags they must have
 * @throws {XcoreError} AWS does not answer, or refuses; when it does so after the first page, the
 * listing is incomplete
 */
export async function describeWorkers(
  session: Pick<Session, "ask">,
  clusterId: string,
  also: Readonly<Record<string, string>>,
): Promise<{ readonly found: readonly Ec2Instance[]; readonly complete: boolean }> {
  const wanted = { [TAG.cluster]: clusterId, [TAG.role]: WORKER, ...also };
  const filters = Object.entries(wanted).map(([tag, value]) => ({ Name: `tag:${tag}`, Values: [value] }));
  const found: Ec2Instance[] = [];
  let page: string | undefined;
  do {
    const NextToken = page;
    const list = (aws: Client) =>
      aws.describeInstances({ Filters: filters, MaxResults: PAGE_SIZE, NextToken });
    const answer = await session.ask("list the workers", list).catch((error) => {
      if (NextToken === undefined) throw error;
      return null;
    });
    if (answer === null) return { found, complete: false };
    const instances = (answer.Reservations ?? []).flatMap(({ Instances = [] }) => Instances);
    // What is terminated is chosen by the tags in the answer, not by the filter alone.
    found.push(...instances.filter(({ Tags }) => readTags(Tags)[TAG.cluster] === clusterId));
    page = answer.NextToken;
  } while (page !== undefined && page !== "");
  return { found, complete: true };
}

/** A page that was turned while something was launched may repeat an instance. */
function readAll(found: readonly Ec2Instance[], session: Session): Instance[] {
  const nowMs = session.nowMs();
  const read = found.map((instance) => instanceOf(instance, nowMs)).filter((instance) => instance !== null);
  return [...new Map(read.map((instance) => [instance.id, instance])).values()];
}
