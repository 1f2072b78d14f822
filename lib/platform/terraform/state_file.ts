/**
 * The files in a cluster's Terraform folder: templates and variables, which xcore writes, and the
 * outputs and the state, which Terraform writes.
 * @module
 */

import { join } from "node:path";
import { EMBEDDED } from "../../_embedded.ts";
import type { Config } from "../../config/config.ts";
import type { Home } from "../../config/home.ts";
import { XcoreError } from "../../errors.ts";
import type { Files, Runtime } from "../../runtime.ts";
import { ObjectReader, ShapeError } from "../../util/object_reader.ts";
import { oneLine } from "../../util/one_line.ts";
import { writeIfNew } from "../../util/write_if_new.ts";

/**
 * Where it is written down: what `terraform output -json` prints, word for word, after each apply.
 */
export function outputsFile(home: Home): string {
  return join(home.terraform, "outputs.json");
}

/**
 * The outputs as they were last applied; null when nothing has been, or all of it destroyed.
 *
 * @param read throws ShapeError for what it does not find
 * @throws {XcoreError} the file is damaged
 */
export async function readOutputs<T>(
  runtime: Runtime,
  home: Home,
  read: (outputs: Outputs) => T,
): Promise<T | null> {
  const file = outputsFile(home);
  const text = await runtime.files.readTextIfExists(file);
  if (text === null) return null;
  try {
    const outputs = new ObjectReader(JSON.parse(text), "the outputs");
    return outputs.keys().length === 0 ? null : read(new Outputs(outputs));
  } catch (error) {
    if (!(error instanceof ShapeError || error instanceof SyntaxError)) throw error;
    throw new XcoreError(
      `Cannot read ${JSON.stringify(file)}: ${oneLine(error.message)}`,
      "Run `xcore start`: it has Terraform write the file again.",
      error,
    );
  }
}

/** Outputs by their names. */
class Outputs {
  readonly #outputs: ObjectReader;

  constructor(outputs: ObjectReader) {
    this.#outputs = outputs;
  }

  text(name: string): string {
    return this.#outputs.object(name).text("value");
  }

  /** Terraform leaves an output out when it is null. */
  textOrNull(name: string): string | null {
    return this.#outputs.raw(name) === undefined ? null : this.text(name);
  }

  /** A map whose values are texts. */
  texts(name: string): Record<string, string> {
    const map = this.#outputs.object(name).object("value");
    return Object.fromEntries(map.keys().map((key) => [key, map.text(key)]));
  }
}

/** Where Terraform keeps it, unless a person's override says otherwise. */
const STATE_FILE = "terraform.tfstate";

/** The path of the state in a cluster's Terraform folder. */
export function statePath(folder: string): string {
  return join(folder, STATE_FILE);
}

/** The tag, or label, that the templates give to all that can have one. */
const CLUSTER_TAG = "xcore-cluster";

/** What is known of a state file; {@linkcode stateFile} has what it means. */
export type StateFile = "none" | "empty" | "some" | "damaged" | "foreign";

/**
 * What Terraform knows of: `none` where it was never run, `empty` where it has removed all, `some` too
 * where a state is kept elsewhere. `damaged`: the file is empty, as one is left by a Terraform that is
 * killed while it plans, or cut short; `foreign`: it has a resource that carries another cluster's tag,
 * as in a folder that was copied, and a destroy would remove that. Neither proves anything of this
 * cluster: the cloud has to be asked.
 *
 * @param clusterId null: not known
 */
export async function stateFile(files: Files, folder: string, clusterId: string | null): Promise<StateFile> {
  const text = await files.readTextIfExists(statePath(folder));
  if (text === null) {
    // A state that is kept elsewhere leaves this behind.
    return await files.exists(join(folder, ".terraform", STATE_FILE)) ? "some" : "none";
  }
  try {
    const { resources } = JSON.parse(text);
    if (!Array.isArray(resources)) return "damaged";
    if (!resources.every(({ mode }) => mode === "managed" || mode === "data")) return "damaged";
    const managed = resources.filter(({ mode }) => mode === "managed");
    if (managed.length === 0) return "empty";
    const owners = managed.flatMap(({ instances }) => instances ?? []).flatMap(ownersOf);
    return clusterId === null || owners.every((owner) => owner === clusterId) ? "some" : "foreign";
  } catch {
    return "damaged";
  }
}

/** The clusters that an instance of a resource, as a state has it, is tagged with. */
function ownersOf({ attributes }: { readonly attributes?: Readonly<Record<string, unknown>> }): unknown[] {
  const tags = [
    attributes?.tags,
    attributes?.labels,
  ] as (Readonly<Record<string, unknown>> | null | undefined)[];
  return tags.flatMap((each) => each?.[CLUSTER_TAG] ?? []);
}

/** Puts a damaged or foreign state away, so that Terraform begins a new one; an empty one it takes for new. */
export async function putStateAway(files: Files, folder: string): Promise<void> {
  const path = statePath(folder);
  if ((await files.size(path) ?? 0) > 0) await files.rename(path, `${path}.damaged`);
}

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

/** What `terraform plan` writes for an apply; there are secrets in it. */
export const PLAN_FILE = "xcore.tfplan";

/** Leaves the folder as it was before a plan that is not applied. */
export async function forgetPlan(
  { files }: Pick<Runtime, "files">,
  folder: string,
  given: object | null,
): Promise<void> {
  await files.remove(join(folder, PLAN_FILE));
  if (given === null) await files.remove(join(folder, VARIABLES));
  else await files.writeText(join(folder, VARIABLES), JSON.stringify(given, null, 2));
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

/**
 * The config with the type that the scheduler was made as, where another was refused; what it costs
 * goes by that.
 */
export async function asMade<C extends Config>(runtime: Runtime, home: Home, config: C): Promise<C> {
  const given = await givenVariables(runtime, home.terraform);
  const { scheduler_type: type } = (given ?? {}) as { readonly scheduler_type?: unknown };
  return typeof type === "string" && config.provider !== "local"
    ? { ...config, schedulerType: type }
    : config;
}
