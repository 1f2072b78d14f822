/** `xcore image`: machine images with everything that scheduler and workers need. @module */

import { loadMadeConfig, madeConfigOf, updateConfig } from "../config/load_config.ts";
import { poolsOf, workerTypesOf } from "../config/pools_of.ts";
import { ConflictError, NotFoundError, UsageError } from "../errors.ts";
import type { BuildMachine, BuiltImage, CloudImage, Images } from "../platform/base.ts";
import { agreeToBuild } from "./agree_to_costs.ts";
import { type Cluster, type Confirm, openCluster, type Progress, type Scope } from "./cluster.ts";
import { wasStarted } from "./existence.ts";
import { platformOf } from "../platform/platforms.ts";

/** What to build. */
export interface ImageOptions {
  /** True: with the NVIDIA driver, built on the machine type of a GPU worker. */
  readonly gpu: boolean;
}

/** A built image that the config names. */
export interface ConfiguredImage extends BuiltImage {
  /** True: a cluster is running, on an older image. */
  readonly needsRestart: boolean;
}

/** An image of this cluster. */
export interface ClusterImage extends CloudImage {
  /** True: the config names it. */
  readonly configured: boolean;
}

/**
 * Builds an image with the packages of the config's Python and the config's `packages`, and writes
 * its name into the config.
 *
 * @param confirm called with what it costs
 * @returns null: the answer was no
 * @throws {UsageError} the provider has no images, or `gpu` and no pool has a GPU
 * @throws {PrerequisiteError} there is no Packer
 */
export async function buildImage(
  scope: Scope,
  { gpu }: ImageOptions,
  confirm: Confirm,
  progress: Progress,
): Promise<ConfiguredImage | null> {
  const { runtime, home } = scope;
  const cluster = await openCluster(scope);
  const images = imagesOf(cluster, "build a machine image");
  const { pool, machine } = await machineFor(cluster, gpu);
  if (!await agreeToBuild(cluster, pool, machine.type, confirm, progress)) return null;
  const built = await images.build({ machine, nvidia: gpu }, progress);
  await nameImage(scope, built.name, built.owner);
  return { ...built, needsRestart: await loadMadeConfig(runtime, home).catch(() => null) !== null };
}

/**
 * The images that were built for this cluster, newest first.
 *
 * @throws {UsageError} the provider has no images
 */
export async function listImages(scope: Scope): Promise<ClusterImage[]> {
  const cluster = await openCluster(scope);
  const images = await imagesOf(cluster, "list machine images").list();
  return images.map((image) => ({ ...image, configured: image.name === cluster.config.imageName }));
}

/**
 * Removes an image that was built for this cluster. Where the config names it, it names again what it
 * did before the first build.
 *
 * @returns what `image_name` was set to; null: it is as it was
 * @throws {UsageError} the provider has no images
 * @throws {NotFoundError} there is no image of that name
 * @throws {ConflictError} a cluster that was started uses it, or would after a restart
 */
export async function removeImage(scope: Scope, name: string): Promise<string | null> {
  return await removeImageOf(await openCluster(scope), name);
}

/** The same for a cluster that is open. */
export async function removeImageOf(cluster: Cluster, name: string): Promise<string | null> {
  const { runtime, home, config } = cluster;
  const images = imagesOf(cluster, `remove ${name}`);
  const image = (await images.list()).find((one) => one.name === name);
  if (image === undefined) {
    throw new NotFoundError(
      `Cannot remove ${name}: this cluster has no such image`,
      "`xcore image list` shows the images of this cluster.",
    );
  }
  const isConfigured = name === config.imageName;
  if (isConfigured && await wasStarted(runtime, home)) {
    throw new ConflictError(
      `Cannot remove ${name}: the setting image_name names it, and the cluster exists`,
      "Run `xcore shutdown` first.",
    );
  }
  const { config: made } = await madeConfigOf(runtime, home);
  if (name === made?.imageName) {
    throw new ConflictError(
      `Cannot remove ${name}: the running cluster uses it`,
      "Run `xcore restart` or `xcore shutdown` first.",
    );
  }
  // First: a config that names what is gone could not start.
  const origin = isConfigured ? await images.origin() : null;
  if (origin !== null) await nameImage(cluster, origin.imageName, origin.imageOwner);
  await images.remove(image);
  return origin?.imageName ?? null;
}

async function nameImage({ runtime, home }: Scope, name: string, owner: string): Promise<void> {
  await updateConfig(runtime, home, [["image_name", name], ["image_owner", `"${owner}"`]]);
}

/** @throws {UsageError} the workers are processes */
function imagesOf({ base, config }: Cluster, doing: string): Images {
  if (base.images !== null) return base.images;
  if (platformOf(config).traits.machines) {
    throw new UsageError(
      `Cannot ${doing}: provider ${config.provider} has no machine images`,
      "Set what your jobs need under `packages` in the config.",
    );
  }
  throw new UsageError(
    `Cannot ${doing}: the workers of a local cluster are processes in your own Python`,
    "Install what your jobs need into that Python; images are for clusters on a cloud.",
  );
}

/** A machine of the workers' type: it has their architecture, and the zone offers it. */
async function machineFor(
  { config, provider }: Cluster,
  gpu: boolean,
): Promise<{ readonly pool: string; readonly machine: BuildMachine }> {
  const { traits, gpuHint } = platformOf(config);
  const machineTypes = gpu ? await provider.machineTypes(workerTypesOf(config)) : undefined;
  const pools = poolsOf(config, machineTypes && { machineTypes });
  const pool = gpu ? pools.find(({ acceleratorCount }) => acceleratorCount > 0) : pools[0];
  if (pool === undefined) {
    throw new UsageError(
      "Cannot build an image for GPUs: no pool has a GPU, which decides the driver",
      gpuHint,
    );
  }
  // Some types include their GPU; others have it attached.
  const attached = gpu && traits.attachesAccelerators ? pool.accelerator : null;
  const acceleratorCount = attached === null ? 0 : pool.acceleratorCount;
  return { pool: pool.name, machine: { type: pool.type, accelerator: attached, acceleratorCount } };
}
