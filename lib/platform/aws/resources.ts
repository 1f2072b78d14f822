/** A cluster's resources in AWS, by kind. @module */

import type { CloudResource } from "../cloud.ts";
import type { Client } from "./client.ts";
import { isGone } from "./errors.ts";
import { readTags, TAG, WORKER } from "./list_instances.ts";
import type { Session } from "./session.ts";

/** A kind of resource. */
type ResourceKind = keyof Client["resources"];

/** In the order in which they can be removed: each only when what is before it is gone. */
export const RESOURCE_KINDS = [
  "instance",
  "volume",
  "key pair",
  "network interface",
  "security group",
  "subnet",
  "route table",
  "internet gateway",
  "vpc",
] as const satisfies readonly ResourceKind[];

/** All resources that carry the cluster's id, except its workers. */
export async function resources(session: Session, clusterId: string): Promise<CloudResource[]> {
  const filters = [{ Name: `tag:${TAG.cluster}`, Values: [clusterId] }];
  const lists = await Promise.all(RESOURCE_KINDS.map(async (kind) => {
    const found = await session.ask(
      "list the cluster's resources",
      (aws) => aws.resources[kind].list(filters),
    );
    return found.filter(({ Tags }) => readTags(Tags)[TAG.role] !== WORKER)
      .map(({ id }) => ({ kind, id }));
  }));
  return lists.flat();
}

/** Removes a resource; one that is gone already is success. */
export async function removeResource(session: Session, { kind, id }: CloudResource): Promise<void> {
  await session.ask(`remove ${kind} ${id}`, async (aws) => {
    try {
      await aws.resources[kind as ResourceKind].remove(id);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  });
}
