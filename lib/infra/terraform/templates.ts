/** Laying the templates out where Terraform can see them. @module */

import { join } from "node:path";
import { EMBEDDED } from "../../_embedded.ts";
import type { Runtime } from "../../runtime.ts";
import { writeIfNew } from "../write_if_new.ts";

/**
 * Writes a provider's templates into the folder, those only that are missing or of another version of xcore. All else
 * that is there is left alone: the state, and a person's `*_override.tf` and `*_override.tf.json`.
 *
 * @param variables what the templates are given, by name; null: what they were given last
 */
export async function layTemplates(
  { files }: Runtime,
  folder: string,
  provider: string,
  variables: object | null,
): Promise<void> {
  await files.mkdir(folder);
  const prefix = `terraform/${provider}/`;
  for (const [path, text] of Object.entries(EMBEDDED)) {
    if (path.startsWith(prefix)) await writeIfNew(files, join(folder, path.slice(prefix.length)), text);
  }
  if (variables === null) return;
  // Loaded by itself, and 0600: the scheduler's user data is among them.
  await writeIfNew(files, join(folder, "xcore.auto.tfvars.json"), JSON.stringify(variables, null, 2));
}
