/**
 * Whether any part of a cluster exists: before an uninstall removes its files, and after Ctrl-C.
 * @module
 */

import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { parseConfig } from "../config/parse_config.ts";
import { daemonPresence } from "../daemon/presence.ts";
import { asXcoreError, ConfigError } from "../errors.ts";
import type { CloudImage } from "../platform/base.ts";
import { stateFile, statePath } from "../platform/terraform/state_file.ts";
import { platformOf } from "../platform/platforms.ts";
import type { Runtime } from "../runtime.ts";
import { type Cluster, clusterOf, openCluster, type Scope } from "./cluster.ts";

/** Whether a cluster exists. */
export type Existence =
  /** No; but machine images are kept on purpose. */
  | { readonly is: "gone"; readonly images: readonly CloudImage[] }
  /** Yes: `what` lists it. */
  | { readonly is: "there"; readonly what: string }
  /** Unknown: why, and what to do. */
  | { readonly is: "unknown"; readonly why: string; readonly hint: string };

/** A cluster that has files in a home. */
export interface FoundCluster {
  readonly home: Home;
  /** Null: there is no config, or it cannot be read. */
  readonly config: Config | null;
  readonly existence: Existence;
}

const GONE: Existence = { is: "gone", images: [] };

/** Finds the cluster of a home; changes nothing. Null: there never was one. */
export async function findCluster(runtime: Runtime, home: Home): Promise<FoundCluster | null> {
  let text: string | null;
  try {
    text = await runtime.files.readTextIfExists(home.config);
  } catch (error) {
    const { message } = asXcoreError(error, `read ${home.config}`);
    const existence: Existence = { is: "unknown", why: message, hint: `Restore ${home.config}` };
    return { home, config: null, existence };
  }
  if (text === null) {
    const trace = await traceOf(runtime, home) ?? await damageOf(runtime, home);
    if (trace === null) return null;
    const existence: Existence = {
      is: "unknown",
      why: `${home.dir} has ${trace} and no config.yaml`,
      hint: `Restore ${home.config}`,
    };
    return { home, config: null, existence };
  }
  try {
    const config = await parseConfig(text, home.config);
    return { home, config, existence: await existenceOf({ runtime, home }, config) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { home, config: null, existence: { is: "unknown", why: error.message, hint: error.hint } };
  }
}

/** Whether the home has a trace of a cluster that was started and not shut down. */
export async function wasStarted(runtime: Runtime, home: Home): Promise<boolean> {
  return await traceOf(runtime, home) !== null;
}

/** A trace of a cluster that was started and not shut down, in words; null if there is none. */
async function traceOf({ files }: Runtime, home: Home): Promise<string | null> {
  if (await files.exists(home.madeConfig)) return "the settings of a cluster that was started";
  if (await stateFile(files, home.terraform, null) === "some") {
    return "a Terraform state with resources in it";
  }
  return null;
}

/** A Terraform state of which nothing can be told, in words; null if there is none. */
async function damageOf({ files }: Runtime, home: Home): Promise<string | null> {
  const isDamaged = await stateFile(files, home.terraform, null) === "damaged";
  return isDamaged ? `a Terraform state that is empty or cut short (${statePath(home.terraform)})` : null;
}

async function existenceOf(scope: Scope, config: Config): Promise<Existence> {
  const { runtime, home } = scope;
  if (await daemonPresence(runtime, home) !== null) return { is: "there", what: "its daemon is running" };
  // A shutdown removes it last.
  const trace = await traceOf(runtime, home);
  if (trace !== null) return { is: "there", what: "it was started and not shut down" };
  if (platformOf(config).traits.machines && !await wasUsed(runtime, home)) return GONE;
  return await askExistence(await clusterOf(scope, config));
}

/** Whether a daemon, Terraform or Packer ever ran for it: otherwise nothing can be in the cloud. */
async function wasUsed({ files }: Runtime, home: Home): Promise<boolean> {
  return await files.exists(home.history) || await files.exists(home.packer) ||
    await stateFile(files, home.terraform, null) !== "none";
}

/** Asks the platform, once. */
export async function askExistence({ provider, base }: Cluster): Promise<Existence> {
  try {
    if (await base.images?.isBuilding()) return { is: "there", what: "an image is being built" };
    const [{ instances, complete }, { state }, resources, images] = await Promise.all([
      provider.list(),
      base.describe(),
      base.resources(),
      base.images?.list() ?? [],
    ]);
    const there = [
      ...instances.map(({ name }) => name),
      ...(state === "down" ? [] : ["the scheduler"]),
      ...resources,
    ];
    if (there.length > 0) return { is: "there", what: there.join(", ") };
    if (complete) return { is: "gone", images };
    return { is: "unknown", why: "a part of the cloud does not answer", hint: "Wait a minute" };
  } catch (error) {
    const { message, hint } = asXcoreError(error, "find the cluster");
    return { is: "unknown", why: message, hint };
  }
}

/**
 * What exists of a cluster at this moment: `worker-0`, `the scheduler`, `the daemon`; empty if
 * nothing does.
 */
export async function existingParts(scope: Scope): Promise<string[]> {
  if (!await scope.runtime.files.exists(scope.home.config)) return [];
  const { base, provider, runtime, home } = await openCluster(scope);
  const [{ instances }, { state }, resources, daemon] = await Promise.all([
    provider.list(),
    base.describe(),
    base.resources(),
    daemonPresence(runtime, home),
  ]);
  return [
    ...instances.map(({ name }) => name),
    ...(resources.length > 0 || state === "down" ? resources : ["the scheduler"]),
    ...(daemon === null ? [] : ["the daemon"]),
  ];
}
