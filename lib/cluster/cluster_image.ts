/** `xcore image`: machine images from which scheduler and workers start with nothing to install. @module */

import { loadMadeConfig, updateConfig } from "../config/load.ts";
import { poolsOf, workerTypesOf } from "../config/pools.ts";
import { ConflictError, NotFoundError, UsageError } from "../errors.ts";
import type { BuildMachine, BuiltImage, CloudImage, Images } from "../platform/base.ts";
import { type Cluster, openCluster, type Progress, type Scope } from "./cluster.ts";
import { platformOf, platforms } from "../platform/platforms.ts";

/** What an image is to be. */
export interface ImageOptions {
  /** Whether it has the NVIDIA driver; built on a machine like a GPU worker's. */
  readonly gpu: boolean;
}

/** An image that was built, and is the config's now. */
export interface ConfiguredImage extends BuiltImage {
  /** Whether a cluster runs, whose machines were made of another. */
  readonly needsRestart: boolean;
}

/** An image of this cluster. */
export interface ClusterImage extends CloudImage {
  /** Whether it is the one that the config names. */
  readonly configured: boolean;
}

/**
 * Builds an image that has what the config's Python has, the config's `packages` and what they need, and makes it the config's.
 *
 * @throws {UsageError} the provider has no images, or an image for GPUs is wanted and no pool has one
 * @throws {PrerequisiteError} there is no Packer
 */
export async function buildImage(
  scope: Scope,
  { gpu }: ImageOptions,
  progress: Progress,
): Promise<ConfiguredImage> {
  const { runtime, home } = scope;
  const cluster = await openCluster(scope);
  const images = imagesOf(cluster, "build a machine image");
  const machine = await machineFor(cluster, gpu);
  const built = await images.build({ machine, nvidia: gpu }, progress);
  await updateConfig(runtime, home, [["image_name", built.name], ["image_owner", `"${built.owner}"`]]);
  return { ...built, needsRestart: await loadMadeConfig(runtime, home).catch(() => null) !== null };
}

/**
 * The images that were built for this cluster and are there, the newest first.
 *
 * @throws {UsageError} the provider has no images
 */
export async function listImages(scope: Scope): Promise<ClusterImage[]> {
  const cluster = await openCluster(scope);
  const images = await imagesOf(cluster, "list machine images").list();
  return images.map((image) => ({ ...image, configured: image.name === cluster.config.imageName }));
}

/**
 * Removes an image that was built for this cluster.
 *
 * @throws {UsageError} the provider has no images
 * @throws {NotFoundError} there is none of that name
 * @throws {ConflictError} it is in use: the config's, or a running scheduler's
 */
export async function removeImage(scope: Scope, name: string): Promise<void> {
  const cluster = await openCluster(scope);
  const images = imagesOf(cluster, `remove ${name}`);
  const image = (await images.list()).find((one) => one.name === name);
  if (image === undefined) {
    throw new NotFoundError(
      `Cannot remove ${name}: there is no such image of this cluster's`,
      "`xcore image list` shows those there are.",
    );
  }
  if (name === cluster.config.imageName) {
    throw new ConflictError(
      `Cannot remove ${name}: the config names it, and the next machines would start from it`,
      "Name another first: `xcore config set image_name NAME image_owner OWNER`.",
    );
  }
  const made = await loadMadeConfig(scope.runtime, scope.home);
  if (name === made?.imageName) {
    throw new ConflictError(
      `Cannot remove ${name}: workers of the cluster that runs start from it`,
      "Run `xcore restart` or `xcore shutdown` first.",
    );
  }
  await images.remove(image);
}

/** @throws {UsageError} the workers are no machines */
function imagesOf({ base, config }: Cluster, doing: string): Images {
  if (base.images !== null) return base.images;
  if (platformOf(config).capabilities.machines) {
    throw new UsageError(
      `Cannot ${doing}: provider ${config.provider} has no machine images`,
      "Name what your jobs need under `packages` in the config.",
    );
  }
  const cloud = platforms().find(({ capabilities }) => capabilities.machines)?.name;
  throw new UsageError(
    `Cannot ${doing}: the workers of a local cluster are processes in your own Python`,
    `Install there what your jobs need; images are for a cluster in a cloud: \`xcore -c NAME init ${cloud}\`.`,
  );
}

/** A machine like the workers', so that it is of their architecture, and is there to be had. */
async function machineFor({ config, provider }: Cluster, gpu: boolean): Promise<BuildMachine> {
  const { capabilities, gpuHint } = platformOf(config);
  const offerings = gpu ? await provider.offerings(workerTypesOf(config)) : undefined;
  const pools = poolsOf(config, offerings && { offerings });
  const pool = gpu ? pools.find(({ acceleratorCount }) => acceleratorCount > 0) : pools[0];
  if (pool === undefined) {
    throw new UsageError(
      "Cannot build an image for GPUs: no workers have one, and the driver is chosen by the GPU it is for",
      gpuHint,
    );
  }
  // One that is part of a type is not attached to it.
  const attached = gpu && capabilities.attachesAccelerators ? pool.accelerator : null;
  return {
    type: pool.type,
    accelerator: attached,
    acceleratorCount: attached === null ? 0 : pool.acceleratorCount,
  };
}
