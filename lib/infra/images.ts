/** Machine images of a cluster, from which its machines start with nothing to install. @module */

import type { CloudImage } from "../provider/cloud.ts";
import type { Progress } from "./base.ts";

/** The machine to build on, which the workers' machines are like. */
export interface BuildMachine {
  readonly type: string;
  /** Attached to it: `nvidia-tesla-t4`; null where there is none, or it is part of the type. */
  readonly accelerator: string | null;
  readonly acceleratorCount: number;
}

/** What image to build. */
export interface ImageOrder {
  readonly machine: BuildMachine;
  /** Whether that has an NVIDIA GPU, and the image is to have its driver. */
  readonly nvidia: boolean;
}

/** An image that was built. */
export interface BuiltImage {
  readonly name: string;
  /** As the cloud has it. */
  readonly id: string;
  /** The account or project that it is in. */
  readonly owner: string;
}

/** What makes and removes machine images. */
export interface Images {
  /**
   * Builds an image of the one that the config named before any was built. The config is left alone.
   *
   * @throws {PrerequisiteError} there is no program to build with
   * @throws {ConflictError} another build of this cluster's is at work
   */
  build(order: ImageOrder, progress: Progress): Promise<BuiltImage>;
  /** Whether a build of this home's is at work, whose machine nobody else is to end. */
  isBuilding(): Promise<boolean>;
  /** Those that were built for this cluster and are there, the newest first. */
  list(): Promise<readonly CloudImage[]>;
  /** Removes one; one that is gone already is success. */
  remove(image: CloudImage): Promise<void>;
}
