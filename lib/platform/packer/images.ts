/** Machine images that Packer builds, on whichever cloud. @module */

import { join } from "node:path";
import type { CloudConfig } from "../../config/config.ts";
import { ConflictError, NotFoundError } from "../../errors.ts";
import type { BuiltImage, ImageOrder, Images, Progress } from "../base.ts";
import { imageScript } from "../boot/mod.ts";
import { softwareFacts } from "../boot/node_facts.ts";
import { Interruption } from "../interruption.ts";
import type { PlatformOptions } from "../platform.ts";
import type { Site, Variables } from "../terraform/site.ts";
import { newImageName, type Origin, originOf } from "./origin.ts";
import { packerBuild } from "./packer.ts";
import { findPacker } from "./program.ts";
import { layPacker } from "./templates.ts";

/** The cluster's images. Nothing is asked before a method is called. */
export function packerImages<V extends Variables>(
  options: PlatformOptions<CloudConfig>,
  site: Site<V>,
): Images {
  const { cloud } = site;
  return {
    build: (order, progress) => exclusively(options, () => build(options, site, order, progress)),
    isBuilding: () => options.runtime.files.isLocked(lockOf(options)),
    list: () => cloud.images(),
    remove: (image) => cloud.removeImage(image),
  };
}

async function build<V extends Variables>(
  { runtime, home, config, interruption }: PlatformOptions<CloudConfig>,
  { cloud, classify, templates, imageVariables }: Site<V>,
  { machine, nvidia }: ImageOrder,
  progress: Progress,
): Promise<BuiltImage> {
  const program = await findPacker(runtime);
  const origin = await originOf(runtime.files, home.packer, config);
  const software = await softwareFacts(runtime, config, templates, "machine image");
  const name = newImageName(config, runtime.clock.nowMs());
  const variables = await imageVariables({ name, machine, origin });
  if (variables === null) throw noOrigin(origin);
  const owner = await cloud.owner(); // before and not after: credentials may expire meanwhile
  await layPacker(runtime, home.packer, templates, {
    variables,
    script: imageScript({ ...software, nvidia }),
    fetchesPlugins: program.fetchesPlugins,
  });
  await runtime.files.mkdir(home.logs);
  progress(`Building ${name} of ${origin.imageName} on a ${machine.type}, which takes some minutes …`);
  const made = await packerBuild({
    runtime,
    program,
    folder: home.packer,
    logPath: join(home.logs, "packer.log"),
    env: await cloud.credentials(),
    interruption: interruption ?? new Interruption(),
    classify,
  }, progress);
  return { ...made, owner };
}

function noOrigin({ imageName, imageOwner }: Origin): NotFoundError {
  return new NotFoundError(
    `Cannot build an image: ${imageOwner} has no image ${imageName} to build it on`,
    "Name another with `xcore config set image_name NAME image_owner OWNER`.",
  );
}

/** Two builds would write over each other's files. */
async function exclusively<T>(options: PlatformOptions, work: () => Promise<T>): Promise<T> {
  const { runtime: { files }, home } = options;
  await files.mkdir(home.packer);
  const lock = await files.tryLock(lockOf(options));
  if (lock === null) {
    throw new ConflictError(
      "Cannot build an image: another build of this cluster's is at work",
      "Wait until it has ended, then run this again.",
    );
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

function lockOf({ home }: PlatformOptions): string {
  return join(home.packer, "build.lock");
}
