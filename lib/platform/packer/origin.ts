/** The image that a cluster's own images are built on. @module */

import { join } from "node:path";
import type { CloudConfig } from "../../config/config.ts";
import { defaultOn, SETTINGS } from "../../config/settings.ts";
import type { Files } from "../../runtime.ts";

/** An image as a config names it. */
export type Origin = Pick<CloudConfig, "imageName" | "imageOwner">;

const FILE = "origin.json";

/**
 * What the config named before an image of this cluster's own took its place: each is built anew from there, and none on
 * another. Kept in the folder; where that is lost it is the provider's default.
 */
export async function originOf(files: Files, folder: string, config: CloudConfig): Promise<Origin> {
  const path = join(folder, FILE);
  const { imageName, imageOwner, provider } = config;
  if (!isOwn(config, imageName)) {
    const origin = { imageName, imageOwner };
    await files.mkdir(folder);
    await files.writeText(path, JSON.stringify(origin));
    return origin;
  }
  const kept = await files.readTextIfExists(path);
  if (kept !== null) return JSON.parse(kept);
  return {
    imageName: defaultOn(SETTINGS.image_name, provider),
    imageOwner: defaultOn(SETTINGS.image_owner, provider),
  };
}

/** A name for a new image, at most 62 characters, of which GCE takes 63. */
export function newImageName({ clusterId }: CloudConfig, nowMs: number): string {
  const [date = "", time = ""] = new Date(nowMs).toISOString().split(/[T.]/);
  return `${clusterId}-image-${date.replaceAll("-", "")}-${time.replaceAll(":", "")}`;
}

function isOwn({ clusterId }: CloudConfig, imageName: string): boolean {
  return imageName.startsWith(`${clusterId}-image-`);
}
