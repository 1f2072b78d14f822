/** Laying the templates out where Terraform can see them. @module */

import { join } from "node:path";
import { EMBEDDED } from "../../_embedded.ts";
import type { Runtime } from "../../runtime.ts";
import { writeIfNew } from "../../util/write_if_new.ts";

/** Loaded by Terraform by itself. */
const VARIABLES = "xcore.auto.tfvars.json";

/**
 * Writes a provider's templates into the folder, those only that are missing or of another version
 * of xcore. All else that is there is left alone: the state, and a person's `*_override.tf` and
 * `*_override.tf.json`.
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
  // 0600: the scheduler's user data is among them.
  await writeIfNew(files, join(folder, VARIABLES), JSON.stringify(variables, null, 2));
}

/** What the templates were given last; null when nothing was, or what is there is none. */
export async function givenVariables(
  { files }: Pick<Runtime, "files">,
  folder: string,
): Promise<object | null> {
  try {
    const given: unknown = JSON.parse(await files.readTextIfExists(join(folder, VARIABLES)) ?? "null");
    return typeof given === "object" ? given : null;
  } catch {
    return null; // a person has edited it: the next start writes it anew
  }
}
