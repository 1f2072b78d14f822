/** The cluster's workers among EC2's instances. @module */

import type { CloudState, Instance, Listing } from "../../model/mod.ts";
import type { Aws, Ec2Instance } from "./_sdk.ts";
import type { Session } from "./_session.ts";
import { namesIn, readTags, TAG, WORKER } from "./_tags.ts";

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

/** An EC2 instance as ours; null when it is gone, or none of ours after all. */
export function instanceOf(instance: Ec2Instance, nowMs: number): Instance | null {
  const { InstanceId: id, LaunchTime, AmiLaunchIndex = 0 } = instance;
  const state = STATES[instance.State?.Name ?? ""];
  const tags = readTags(instance.Tags);
  if (id === undefined || state === undefined || tags[TAG.role] !== WORKER) return null;
  return {
    id,
    name: namesIn(tags[TAG.names] ?? "")[AmiLaunchIndex] ?? id,
    attemptId: tags[TAG.attempt] ?? null,
    pool: tags[TAG.pool] ?? "default",
    type: instance.InstanceType ?? "",
    accelerator: tags[TAG.accelerator] ?? null,
    zone: instance.Placement?.AvailabilityZone ?? null,
    market: instance.InstanceLifecycle === "spot" ? "spot" : "on-demand",
    state,
    ageS: Math.max(0, nowMs - (LaunchTime?.getTime() ?? nowMs)) / 1000,
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
  const wanted = { [TAG.cluster]: clusterId, [TAG.role]: WORKER, ...also };
  const filters = [
    ...Object.entries(wanted).map(([tag, value]) => ({ Name: `tag:${tag}`, Values: [value] })),
    { Name: "instance-state-name", Values: Object.keys(STATES) },
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
    if (answer === null) return { instances: readAll(found, session), complete: false };
    found.push(...(answer.Reservations ?? []).flatMap(({ Instances = [] }) => Instances));
    page = answer.NextToken;
  } while (page !== undefined && page !== "");
  return { instances: readAll(found, session), complete: true };
}

/** A page that was turned while something was launched may repeat an instance. */
function readAll(found: readonly Ec2Instance[], session: Session): Instance[] {
  const nowMs = session.nowMs();
  const read = found.map((instance) => instanceOf(instance, nowMs)).filter((instance) => instance !== null);
  return [...new Map(read.map((instance) => [instance.id, instance])).values()];
}
