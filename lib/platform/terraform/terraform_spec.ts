/** What a base on Terraform has to know of a cloud. @module */

import type { CloudConfig } from "../../config/config.ts";
import type { InitialValues } from "../../config/initial_config.ts";
import type { ExtraPrices } from "../../price/hourly_cost.ts";
import type { BuildMachine, Progress } from "../base.ts";
import type { Cloud } from "../cloud.ts";
import type { Placement } from "../placement.ts";
import type { UserDataFormat } from "../platform.ts";
import type { Classify } from "./terraform_event.ts";

/** What every cloud's templates are given, by the names of the variables there. */
export interface Variables {
  readonly region_name: string;
  readonly public_ip: boolean;
  readonly allowed_cidr: readonly string[];
  readonly scheduler_type: string;
  readonly disk_gb: number;
}

/** A scheduler that Terraform has made. */
export interface MadeScheduler {
  /** As {@linkcode Cloud.lifeOf} takes it. */
  readonly id: string;
  /** No other machine has it, or ever had; a name may be had again. */
  readonly uniqueId: string;
  /** Where this machine reaches it. */
  readonly host: string;
}

/** Types of Terraform's resources by what a person calls them. */
export interface ResourceTypes {
  readonly network: string;
  readonly subnet: string;
  readonly firewall: string;
  /** Null: keys are no resources there. */
  readonly key: string | null;
  readonly instance: string;
}

/** An image as a config names it. */
export type Origin = Pick<CloudConfig, "imageName" | "imageOwner">;

/** What image Packer is to build. */
export interface ImagePlan {
  readonly name: string;
  readonly machine: BuildMachine;
  /** The image to build on. */
  readonly origin: Origin;
}

/** A cloud's own part of a base. */
export interface TerraformSpec<V extends Variables> {
  /**
   * What its machines boot with; the cloud's name in it is that of the folder of its templates below
   * terraform/, and of its template in packer/.
   */
  readonly userData: UserDataFormat;
  /** Addresses in the templates. */
  readonly scheduler: string;
  readonly firewalls: readonly string[];
  readonly types: ResourceTypes;
  /** Kinds of SSH keys that it takes: `ssh-ed25519`. */
  readonly keyKinds: readonly string[];
  readonly cloud: Cloud;
  /**
   * Whether Terraform's provider, told to stop, forgets what it is making, which would leave an
   * orphan; then an apply runs to its end.
   */
  readonly forgetsWhenStopped: boolean;
  /** What a message of Terraform's that came from the cloud means. */
  readonly classify: Classify;
  /** See `Base.suggestConfig`. */
  suggestConfig(): Promise<InitialValues>;
  /** What it takes beside a machine's price. */
  readonly extraPrices: ExtraPrices;
  /**
   * Where the scheduler may be made, the best first; at least one.
   *
   * @throws {UsageError} no place has its type
   */
  placements(): Promise<readonly Placement[]>;
  /** What to do where every place has refused it. */
  readonly noPlaceHint: string;
  /** What the templates are given to have it made there. */
  placedAt(placement: Placement): Partial<V>;
  /** Where these variables have it made; an older xcore may have said less. */
  placementOf(variables: Partial<V>): Partial<Placement>;
  /** What the templates are given now. */
  variables(placement: Placement, progress: Progress): Promise<V>;
  /** What the cloud's template in packer/ is given; null: the image to build on is not there. */
  imageVariables(plan: ImagePlan): Promise<Readonly<Record<string, unknown>> | null>;
  /**
   * Whether a scheduler with these values in Terraform's state was made from other certificates or
   * packages.
   */
  isOutdated(values: Readonly<Record<string, unknown>>, variables: V): boolean;
  /** The scheduler that was last applied; null when there is none. */
  made(): Promise<MadeScheduler | null>;
}
