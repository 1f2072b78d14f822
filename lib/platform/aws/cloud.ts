/** What the base asks of AWS beside what Terraform does. @module */

import type { AwsConfig } from "../../config/config.ts";
import type { Cloud, CloudResource } from "../cloud.ts";
import type { PlatformOptions } from "../platform.ts";
import { consoleOf } from "./boot_log.ts";
import type { Client, Ec2Instance } from "./client.ts";
import { isGone } from "./errors.ts";
import { findImage, images, removeImage } from "./images.ts";
import { readTags, TAG, WORKER } from "./list_instances.ts";
import { zoneFacts, zonesByType } from "./machine_types.ts";
import type { ZoneFacts } from "./placements.ts";
import { awsSession, type Session } from "./session.ts";

/** AWS as the base sees it. */
export interface AwsCloud extends Cloud {
  /** The region everything is in. */
  region(): Promise<string>;
  /** The zones that have these machine types, by type, sorted; opted-in Local Zones are among them. */
  zonesWith(types: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** What decides in which zones the scheduler may be, as one of these types. */
  zoneFacts(types: readonly string[], subnetIds: readonly string[]): Promise<ZoneFacts>;
  /** The newest image of that name and owner; null: there is none. */
  image(
    wanted: Pick<AwsConfig, "imageName" | "imageOwner">,
  ): Promise<{ readonly id: string; readonly rootDeviceName: string } | null>;
}

/** The cluster's AWS. Nothing is asked before a method is called. */
export function cloud({ runtime, config }: PlatformOptions<AwsConfig>): AwsCloud {
  const session = awsSession(runtime.clock, config.regionName);
  return {
    resourceKinds: RESOURCE_KINDS,
    region: () => session.ask("choose a region", (aws) => aws.region()),
    credentials: () => credentials(session),
    zonesWith: (types) => zonesByType(session, types),
    zoneFacts: (types, subnetIds) => zoneFacts(session, types, subnetIds),
    image: (wanted) => findImage(session, wanted),
    owner: async () => {
      const { Account = "" } = await session.ask("find out whose account this is", (aws) => aws.identity());
      return Account;
    },
    images: () => images(session, config.clusterId),
    removeImage: (image) => removeImage(session, runtime.clock, image),
    clockAheadMs: () =>
      session.ask("ask AWS what time it is", async (aws) => {
        await aws.identity(); // any answer has the time
        return aws.clockOffsetMs();
      }),
    async lifeOf(id) {
      const state = (await schedulerInstance(session, id))?.State?.Name;
      if (state === "pending" || state === "running") return state;
      return state === undefined || state === "terminated" ? "gone" : "stopping";
    },
    launchedAtMs: async (id) => (await schedulerInstance(session, id))?.LaunchTime?.getTime() ?? null,
    console: (id, after) => consoleOf(session, id, after),
    resources: () => clusterResources(session, config.clusterId),
    remove: (resource) => removeResource(session, resource),
  };
}

async function credentials(session: Session): Promise<Readonly<Record<string, string>>> {
  const found = await session.ask("find credentials", (aws) => aws.credentials());
  return {
    AWS_ACCESS_KEY_ID: found.accessKeyId,
    AWS_SECRET_ACCESS_KEY: found.secretAccessKey,
    AWS_SESSION_TOKEN: found.sessionToken ?? "",
    AWS_PROFILE: "", // it has been used to find these, and older programs cannot follow every kind
  };
}

async function schedulerInstance(session: Session, id: string): Promise<Ec2Instance | null> {
  return await session.ask("read the scheduler's instance", async (aws) => {
    try {
      const { Reservations = [] } = await aws.describeInstances({ InstanceIds: [id] });
      return Reservations[0]?.Instances?.[0] ?? null;
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  });
}

/** A kind of resource. */
export type ResourceKind = keyof Client["resources"];

/** In the order in which they can be removed: each only when what is before it is gone. */
const RESOURCE_KINDS = [
  "instance",
  "volume",
  "snapshot",
  "key pair",
  "network interface",
  "security group",
  "subnet",
  "route table",
  "internet gateway",
  "vpc",
] as const satisfies readonly ResourceKind[];

/**
 * All resources that carry the cluster's id, except its workers. What is removed is chosen by the tags
 * in the answer, not by the filter alone.
 */
export async function clusterResources(
  session: Pick<Session, "ask">,
  clusterId: string,
): Promise<CloudResource[]> {
  const filters = [{ Name: `tag:${TAG.cluster}`, Values: [clusterId] }];
  const lists = await Promise.all(RESOURCE_KINDS.map(async (kind) => {
    const found = await session.ask(
      "list the cluster's resources",
      (aws) => aws.resources[kind].list(filters),
    );
    return found.filter(({ Tags }) => {
      const tags = readTags(Tags);
      return tags[TAG.cluster] === clusterId && tags[TAG.role] !== WORKER;
    }).map(({ id }) => ({ kind, id }));
  }));
  return lists.flat();
}

/** Removes a resource; one that is gone already is success. */
async function removeResource(session: Session, { kind, id }: CloudResource): Promise<void> {
  await session.ask(`remove ${kind} ${id}`, async (aws) => {
    try {
      await aws.resources[kind as ResourceKind].remove(id);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  });
}
