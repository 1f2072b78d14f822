/** Terraform with AWS's templates, and what it is given. @module */

import { join } from "node:path";
import { type AwsCloud, meaningOfText } from "../../provider/aws/cloud.ts";
import type { Progress } from "../base.ts";
import { Interruption } from "../interruption.ts";
import { allowedRanges } from "../own_address.ts";
import { readPublicKey } from "../public_key.ts";
import type { BaseOptions } from "../registry.ts";
import { schedulerUserDataOf } from "../scheduler_user_data.ts";
import { findTerraform } from "../terraform/program.ts";
import { stateFile } from "../terraform/state_file.ts";
import { layTemplates } from "../terraform/templates.ts";
import { type Planned, Terraform } from "../terraform/terraform.ts";
import { type AwsVariables, awsVariables, schedulerTypeOf } from "./variables.ts";

/** The addresses in terraform/aws that are named here. */
export const FIREWALL = "aws_security_group.this";
const SCHEDULER = "aws_instance.scheduler";

/** What EC2 takes (EC2 User Guide, Create a key pair). */
export const KEY_KINDS: readonly string[] = ["ssh-ed25519", "ssh-rsa"];

/** A Terraform that is ready to plan, and what it was given. */
export interface Readied {
  readonly terraform: Terraform;
  readonly variables: AwsVariables;
}

/** The cluster's Terraform, with the credentials that were found here. */
export async function awsTerraform(
  { runtime, home, interruption }: BaseOptions,
  cloud: AwsCloud,
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
    classify: meaningOfText,
  });
}

/** Lays out the templates and fetches the providers they need. */
export async function prepare(options: BaseOptions, cloud: AwsCloud, progress: Progress): Promise<void> {
  await layTemplates(options.runtime, options.home.terraform, "aws", null);
  await (await awsTerraform(options, cloud)).init(progress);
}

/** The same, with all that the templates are given. */
export async function readied(options: BaseOptions, cloud: AwsCloud, progress: Progress): Promise<Readied> {
  const { runtime, home } = options;
  const terraform = await awsTerraform(options, cloud);
  const variables = await variablesOf(options, cloud);
  await layTemplates(runtime, home.terraform, "aws", variables);
  await terraform.init(progress);
  return { terraform, variables };
}

/** What is missing. A scheduler is replaced that others would not know: made with other certificates or packages. */
export async function toMake(
  options: BaseOptions,
  cloud: AwsCloud,
  progress: Progress,
): Promise<Readied & { readonly planned: readonly Planned[] }> {
  const { terraform, variables } = await readied(options, cloud, progress);
  const isOutdated = await stateFile(options.runtime.files, options.home.terraform) === "some" &&
    (await terraform.resources()).some(({ address, values }) =>
      address === SCHEDULER && values.user_data_base64 !== variables.user_data
    );
  return { terraform, variables, planned: await terraform.plan({ replace: isOutdated ? [SCHEDULER] : [] }) };
}

async function variablesOf(options: BaseOptions, cloud: AwsCloud): Promise<AwsVariables> {
  const { runtime, home, config } = options;
  const [region, zones, ranges, userData] = await Promise.all([
    cloud.region(),
    cloud.zonesWith(schedulerTypeOf(config)),
    allowedRanges(config),
    schedulerUserDataOf(runtime, home, config, "aws"),
  ]);
  const publicKey = config.publicKeyPath === null
    ? null
    : await readPublicKey(runtime, config.publicKeyPath, KEY_KINDS);
  return awsVariables(config, { region, schedulerZones: zones, allowedRanges: ranges, publicKey, userData });
}
