/** What a build has made, from the manifest that Packer's post-processor of that name writes. Pure. @module */

import { XcoreError } from "../../errors.ts";

/** What was made. */
export interface Manifested {
  readonly name: string;
  /** As the cloud has it. */
  readonly id: string;
}

/**
 * The image of the last run.
 *
 * @throws {XcoreError} there is none
 */
export function imageIn(manifest: string | null): Manifested {
  try {
    const { builds, last_run_uuid } = JSON.parse(manifest ?? "");
    const [build] = builds.filter((one: { packer_run_uuid: string }) =>
      one.packer_run_uuid === last_run_uuid
    );
    const { artifact_id, custom_data: { image_name } } = build;
    // On AWS the region stands before it.
    const id = String(artifact_id).split(":").at(-1);
    if (id && typeof image_name === "string") return { name: image_name, id };
  } catch {
    // said below
  }
  throw new XcoreError(
    "Cannot tell which image was built: Packer's manifest does not name one",
    "`xcore image list` shows those there are; take one with `xcore config set image_name NAME`.",
  );
}
