/** What a base asks of any cloud beside what Terraform does. @module */

import type { CloudImage } from "./base.ts";
import type { LogPart } from "./provider.ts";

/** Where an instance is in its life; `off`: it is there, and only its disk is in use. */
export type InstanceLife = "pending" | "running" | "stopping" | "off" | "gone";

/** Something in the account that carries a cluster's id. */
export interface CloudResource {
  /** `vpc`, `network`: what it is, in the cloud's words. */
  readonly kind: string;
  /** As Terraform has it in its state. */
  readonly id: string;
}

/** A cloud as a base sees it. Its instances are named by {@linkcode CloudResource.id}, too. */
export interface Cloud {
  /**
   * Kinds of resources, in the order in which they can be removed: each only when what is before it
   * is gone.
   */
  readonly resourceKinds: readonly string[];
  /** Environment variables that give a program the credentials that were found here. */
  credentials(): Promise<Readonly<Record<string, string>>>;
  /** Milliseconds that the cloud's clock is ahead of this machine's, to a few seconds. */
  clockAheadMs(): Promise<number>;
  /** Where an instance is in its life; one that the cloud does not know is gone. */
  lifeOf(instanceId: string): Promise<InstanceLife>;
  /**
   * What an instance has printed on its console, or what came `after` a part; null when the cloud
   * does not know it.
   */
  console(instanceId: string, after?: string): Promise<LogPart | null>;
  /** All resources with the cluster's id, except its workers and what vanishes with an instance. */
  resources(): Promise<readonly CloudResource[]>;
  /** Has a resource removed; one that is gone already is success. */
  remove(resource: CloudResource): Promise<void>;
  /** The account, or project, that what is made here belongs to. */
  owner(): Promise<string>;
  /**
   * The machine images that carry the cluster's id, the newest first. They are not among the
   * resources: they stay on purpose.
   */
  images(): Promise<readonly CloudImage[]>;
  /** Removes a machine image with all that is kept for it; one that is gone already is success. */
  removeImage(image: CloudImage): Promise<void>;
}
