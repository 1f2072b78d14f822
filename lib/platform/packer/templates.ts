/** Laying out what Packer is given. @module */

import { join } from "node:path";
import { EMBEDDED } from "../../_embedded.ts";
import type { Runtime } from "../../runtime.ts";
import { writeIfNew } from "../write_if_new.ts";

/** What the template is given, and runs. */
export interface PackerInput {
  /** By the names of the variables in the template. */
  readonly variables: object;
  /** What the machine runs that is to be the image. */
  readonly script: string;
  /** Whether Packer fetches plugins, and is told which. */
  readonly fetchesPlugins: boolean;
}

/** Writes a provider's template, its variables and its script into the folder. Other files there are left alone. */
export async function layPacker(
  { files }: Runtime,
  folder: string,
  provider: "aws" | "gcp",
  { variables, script, fetchesPlugins }: PackerInput,
): Promise<void> {
  await files.mkdir(folder);
  const write = (name: string, text: string) => writeIfNew(files, join(folder, name), text);
  const template = (name: string) => write(name, EMBEDDED[`packer/${name}`] ?? "");
  await template(`${provider}.pkr.hcl`);
  const plugins = `${provider}.plugins.pkr.hcl`;
  if (fetchesPlugins) await template(plugins);
  else await files.remove(join(folder, plugins));
  await write("provision.sh", script);
  // Loaded by itself, as its name says.
  await write("xcore.auto.pkrvars.json", JSON.stringify(variables, null, 2));
}
