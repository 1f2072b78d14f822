/** What Terraform's own record in a folder says, without Terraform. @module */

import { join } from "node:path";
import type { Files } from "../../runtime.ts";

/** Where Terraform keeps it, unless a person's override says otherwise. */
const STATE_FILE = "terraform.tfstate";

/**
 * Whether Terraform knows of anything: `none` where it was never run, `some` too when that cannot be told, since then it
 * has to be asked.
 */
export async function stateFile(files: Files, folder: string): Promise<"none" | "empty" | "some"> {
  const text = await files.readTextIfExists(join(folder, STATE_FILE));
  if (text === null) {
    // A state that is kept elsewhere leaves this behind.
    return await files.exists(join(folder, ".terraform", STATE_FILE)) ? "some" : "none";
  }
  try {
    const { resources } = JSON.parse(text);
    return Array.isArray(resources) && resources.every(({ mode }) => mode !== "managed") ? "empty" : "some";
  } catch {
    return "some";
  }
}
