/** Terraform with a cloud's templates, and what it is given. @module */

import { join } from "node:path";
import type { Progress } from "../base.ts";
import { Interruption } from "../interruption.ts";
import type { PlatformOptions } from "../platform.ts";
import { findTerraform } from "./program.ts";
import type { Site, Variables } from "./site.ts";
import { stateFile } from "./state_file.ts";
import { layTemplates } from "./templates.ts";
import { type Planned, Terraform } from "./terraform.ts";

/** A Terraform that is ready to plan, and what it was given. */
export interface Readied<V> {
  readonly terraform: Terraform;
  readonly variables: V;
}

/** The cluster's Terraform, with the credentials that were found here. */
export async function terraformOf<V extends Variables>(
  { runtime, home, interruption }: PlatformOptions,
  { cloud, classify, forgetsWhenStopped }: Site<V>,
): Promise<Terraform> {
  const program = await findTerraform(runtime);
  await runtime.files.mkdir(home.logs);
  return new Terraform({
    runtime,
    program,
    folder: home.terraform,
    logPath: join(home.logs, "terraform.log"),
    env: await cloud.credentials(),
    interruption: interruption ?? new Interruption(),
    forgetsWhenStopped,
    classify,
  });
}

/** Lays out the templates and fetches the providers they need. */
export async function prepare<V extends Variables>(
  options: PlatformOptions,
  site: Site<V>,
  progress: Progress,
): Promise<void> {
  await layTemplates(options.runtime, options.home.terraform, site.templates, null);
  await (await terraformOf(options, site)).init(progress);
}

/** The same, with all that the templates are given. */
export async function readied<V extends Variables>(
  options: PlatformOptions,
  site: Site<V>,
  progress: Progress,
): Promise<Readied<V>> {
  const { runtime, home } = options;
  const terraform = await terraformOf(options, site);
  const variables = await site.variables();
  await layTemplates(runtime, home.terraform, site.templates, variables);
  await terraform.init(progress);
  return { terraform, variables };
}

/**
 * What is missing. A scheduler is replaced that others would not know, being made with other certificates or packages,
 * and one that is switched off: no plan sees that.
 */
export async function toMake<V extends Variables>(
  options: PlatformOptions,
  site: Site<V>,
  progress: Progress,
): Promise<Readied<V> & { readonly planned: readonly Planned[] }> {
  const { terraform, variables } = await readied(options, site, progress);
  const scheduler = await stateFile(options.runtime.files, options.home.terraform) === "some"
    ? (await terraform.resources()).find(({ address }) => address === site.scheduler)
    : undefined;
  const isUseless = scheduler !== undefined &&
    (site.isOutdated(scheduler.values, variables) ||
      await site.cloud.lifeOf(String(scheduler.values.id)) === "off");
  return {
    terraform,
    variables,
    planned: await terraform.plan({ replace: isUseless ? [site.scheduler] : [] }),
  };
}
