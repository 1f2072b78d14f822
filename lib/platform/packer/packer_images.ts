/** Machine images that Packer builds, on whichever cloud. @module */

import { join } from "node:path";
import { EMBEDDED } from "../../_embedded.ts";
import type { CloudConfig } from "../../config/config.ts";
import { defaultOn, SETTINGS } from "../../config/settings.ts";
import { ConflictError, NotFoundError } from "../../errors.ts";
import type { Files, Runtime } from "../../runtime.ts";
import type { BuiltImage, Images, ImageSpec, Progress } from "../base.ts";
import { imageScript } from "../boot/boot_script.ts";
import { softwareFacts } from "../boot/user_data.ts";
import { Interruption } from "../interruption.ts";
import type { PlatformOptions } from "../platform.ts";
import { writeIfNew } from "../../util/write_if_new.ts";
import type { Origin, TerraformSpec, Variables } from "../terraform/terraform_spec.ts";
import { findPacker, packerBuild } from "./packer_build.ts";

/** The cluster's images. Nothing is asked before a method is called. */
export function packerImages<V extends Variables>(
  options: PlatformOptions<CloudConfig>,
  spec: TerraformSpec<V>,
): Images {
  const { cloud } = spec;
  return {
    build: (image, progress) => exclusively(options, () => build(options, spec, image, progress)),
    isBuilding: () => options.runtime.files.isLocked(lockOf(options)),
    list: () => cloud.images(),
    remove: (image) => cloud.removeImage(image),
    origin: () => keptOrigin(options.runtime.files, options.home.packer, options.config),
  };
}

async function build<V extends Variables>(
  options: PlatformOptions<CloudConfig>,
  { cloud, classify, userData, imageVariables }: TerraformSpec<V>,
  { machine, nvidia }: ImageSpec,
  progress: Progress,
): Promise<BuiltImage> {
  const { runtime, home, config, interruption } = options;
  const program = await findPacker(runtime);
  const origin = await originOf(runtime.files, home.packer, config);
  const software = await softwareFacts(options, userData, "machine image", progress);
  const name = newImageName(config, runtime.clock.nowMs());
  const variables = await imageVariables({ name, machine, origin });
  if (variables === null) throw noOrigin(origin);
  const owner = await cloud.owner(); // before and not after: credentials may expire meanwhile
  await layPackerFiles(runtime, home.packer, userData.cloud, {
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

const FILE = "origin.json";

/**
 * What the config named before an image of this cluster's own took its place: each is built anew
 * from there, and none on another. Kept in the folder; where that is lost it is the provider's
 * default.
 */
export async function originOf(files: Files, folder: string, config: CloudConfig): Promise<Origin> {
  const { imageName, imageOwner } = config;
  if (isOwn(config, imageName)) return await keptOrigin(files, folder, config);
  const origin = { imageName, imageOwner };
  await files.mkdir(folder);
  await files.writeText(join(folder, FILE), JSON.stringify(origin));
  return origin;
}

async function keptOrigin(files: Files, folder: string, { provider }: CloudConfig): Promise<Origin> {
  const kept = await files.readTextIfExists(join(folder, FILE));
  if (kept !== null) return JSON.parse(kept);
  return {
    imageName: defaultOn(SETTINGS.image_name, provider),
    imageOwner: defaultOn(SETTINGS.image_owner, provider),
  };
}

/** A name for a new image, at most 62 characters: a cloud may take no more than 63. */
export function newImageName({ clusterId }: CloudConfig, nowMs: number): string {
  const [date = "", time = ""] = new Date(nowMs).toISOString().split(/[T.]/);
  return `${clusterId}-image-${date.replaceAll("-", "")}-${time.replaceAll(":", "")}`;
}

function isOwn({ clusterId }: CloudConfig, imageName: string): boolean {
  return imageName.startsWith(`${clusterId}-image-`);
}

/** What the template is given, and runs. */
export interface PackerInput {
  /** By the names of the variables in the template. */
  readonly variables: object;
  /** What the machine runs that is to be the image. */
  readonly script: string;
  /** Whether Packer fetches plugins, and is told which. */
  readonly fetchesPlugins: boolean;
}

/** What a Packer that has the builder in itself does not know; a source is in one file. */
const FOR_PLUGINS = /^ *# A Packer with plugins:\n[\s\S]*?^ *# Every Packer:\n\n?/m;

/**
 * Writes a provider's template, its variables and its script into the folder. Other files there are
 * left alone.
 */
export async function layPackerFiles(
  { files }: Runtime,
  folder: string,
  provider: string,
  { variables, script, fetchesPlugins }: PackerInput,
): Promise<void> {
  await files.mkdir(folder);
  const write = (name: string, text: string) => writeIfNew(files, join(folder, name), text);
  const template = (name: string) => EMBEDDED[`packer/${name}`] ?? "";
  const plugins = `${provider}.plugins.pkr.hcl`;
  const main = `${provider}.pkr.hcl`;
  await write(main, fetchesPlugins ? template(main) : template(main).replace(FOR_PLUGINS, ""));
  if (fetchesPlugins) await write(plugins, template(plugins));
  else await files.remove(join(folder, plugins));
  await write("provision.sh", script);
  // Loaded by itself, as its name says.
  await write("xcore.auto.pkrvars.json", JSON.stringify(variables, null, 2));
}
