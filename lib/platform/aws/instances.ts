/** The cluster's workers among EC2's instances. @module */

import type { CloudState, Instance, Listing } from "../../model/mod.ts";
import type { Aws, Ec2Instance } from "./client.ts";
import type { Session } from "./session.ts";
import { namesIn, readTags, TAG, WORKER } from "./tags.ts";

/** EC2's states (EC2 API, InstanceState); a terminated instance is gone, though it is listed for an hour. */
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
 * The cluster's workers that are not gone.
 *
 * @param also further tags they must have
 * @throws {XcoreError} AWS does not answer, or refuses; when it does so after the first page, the listing is incomplete
 */
export async function listInstances(
  session: Session,
  clusterId: string,
  also: Readonly<Record<string, string>> = {},
): Promise<Listing> {
  const { found, complete } = await describeWorkers(session, clusterId, also, Object.keys(STATES));
  return { instances: readAll(found, session), complete };
}

/**
 * The cluster's workers as EC2 tells of them, those included that were terminated in the last hour.
 *
 * @param also further tags they must have
 * @param states of EC2's, to be told of those only
 * @throws {XcoreError} AWS does not answer, or refuses; when it does so after the first page, the listing is incomplete
 */
export async function describeWorkers(
  session: Session,
  clusterId: string,
  also: Readonly<Record<string, string>>,
  states?: string[],
): Promise<{ readonly found: readonly Ec2Instance[]; readonly complete: boolean }> {
  const wanted = { [TAG.cluster]: clusterId, [TAG.role]: WORKER, ...also };
  const filters = [
    ...Object.entries(wanted).map(([tag, value]) => ({ Name: `tag:${tag}`, Values: [value] })),
    ...(states === undefined ? [] : [{ Name: "instance-state-name", Values: states }]),
  ];
  const found: Ec2Instance[] = [];
  let page: string | undefined;
  do {
    const NextToken = page;
    const look = (aws: Aws) => aws.describeInstances({ Filters: filters, MaxResults: PAGE_SIZE, NextToken });
    const answer = await session.ask("list the workers", look).catch((error) => {
      if (NextToken === undefined) throw error;
      return null;
    });
    if (answer === null) return { found, complete: false };
    found.push(...(answer.Reservations ?? []).flatMap(({ Instances = [] }) => Instances));
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
