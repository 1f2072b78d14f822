/**
 * Whether this account and region can run the cluster; reports all that is wrong at once.
 * @module
 */

import { NotFoundError } from "../../errors.ts";
import { type CheckResult, failed, guarded, passed } from "../check_result.ts";
import type { Client } from "./client.ts";
import { codeOf } from "./errors.ts";
import { findImage, type Image } from "./images.ts";
import { type CheckContext, machineChecks } from "./machine_checks.ts";

/** See `Provider.check`. */
export async function* checks(checked: CheckContext): AsyncIterable<CheckResult> {
  const region = await regionCheck(checked);
  yield region;
  if (region.outcome === "failed") return;
  const credentials = await credentialsCheck(checked);
  yield credentials;
  if (credentials.outcome === "failed") return; // no call would be answered
  const image = await imageCheck(checked);
  yield await guarded("EC2 permissions", () => permissionCheck(checked, image.found));
  yield image.result;
  yield* [await guarded("Machine types", () => machineChecks(checked, image.found))].flat();
  if (checked.config.subnetIds.length > 0) yield await subnetCheck(checked);
}

function regionCheck({ session, config }: CheckContext): Promise<CheckResult> {
  const name = "AWS region";
  return guarded(name, async () => {
    const region = await session.ask("choose a region", (aws) => aws.region());
    const from = config.regionName === null ? "from AWS's own settings" : "region_name";
    return passed(name, `${region}, ${from}`);
  });
}

/** Where credentials come from, by the mark that the SDK gives them. */
const SOURCES: Readonly<Record<string, string>> = {
  CREDENTIALS_ENV_VARS: "environment variables",
  CREDENTIALS_PROFILE_STS_WEB_ID_TOKEN: "a web identity token",
  CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN: "a web identity token",
  CREDENTIALS_PROFILE_SSO: "single sign-on",
  CREDENTIALS_PROFILE_SSO_LEGACY: "single sign-on",
  CREDENTIALS_SSO: "single sign-on",
  CREDENTIALS_SSO_LEGACY: "single sign-on",
  CREDENTIALS_PROFILE_PROCESS: "a credential_process",
  CREDENTIALS_PROCESS: "a credential_process",
  CREDENTIALS_PROFILE_LOGIN: "`aws login`",
  CREDENTIALS_LOGIN: "`aws login`",
  CREDENTIALS_STS_ASSUME_ROLE: "an assumed role",
  CREDENTIALS_PROFILE: "the shared credentials file",
  CREDENTIALS_HTTP: "this container's role",
  CREDENTIALS_IMDS: "this machine's role",
};

function credentialsCheck({ session }: CheckContext): Promise<CheckResult> {
  const name = "AWS credentials";
  return guarded(name, async () => {
    const marks = await session.ask("find credentials", (aws) => aws.credentialSource());
    const { Arn, Account } = await session.ask("ask AWS who this is", (aws) => aws.identity());
    const source = Object.keys(SOURCES).find((mark) => marks.includes(mark));
    const from = source === undefined ? "" : `, from ${SOURCES[source]}`;
    return passed(name, `${Arn} in account ${Account}${from}`);
  });
}

async function imageCheck(
  { session, config }: CheckContext,
): Promise<{ result: CheckResult; found: Image | null }> {
  const name = "Image";
  let found: Image | null = null;
  const result = await guarded(name, async () => {
    found = await findImage(session, config);
    if (found !== null) return passed(name, `${found.name} (${found.id}, ${found.architecture})`);
    return failed(
      name,
      `${config.imageOwner} has no image ${config.imageName} in this region`,
      "Name another with `xcore config set image_name NAME image_owner ACCOUNT`.",
    );
  });
  return { result, found };
}

function subnetCheck({ session, config }: CheckContext): Promise<CheckResult> {
  const name = "Subnets";
  const fix = "Name subnets of one VPC in this region in `subnet_ids`.";
  const read = async () => {
    const { Subnets = [] } = await session.ask(
      "find the subnets",
      (aws) => aws.describeSubnets(config.subnetIds),
    );
    const networks = new Set(Subnets.map(({ VpcId }) => VpcId));
    const found = Subnets.map(({ SubnetId, AvailabilityZone }) => `${SubnetId} in ${AvailabilityZone}`).join(
      ", ",
    );
    if (networks.size === 1) return passed(name, found);
    return failed(name, `they are of ${networks.size} networks: ${found}`, fix);
  };
  return guarded(name, read, (error) => error instanceof NotFoundError ? fix : error.hint);
}

/**
 * The only answers to a pretended call that are about permissions; all others came after that
 * question.
 */
const REFUSALS = new Set(["UnauthorizedOperation", "AuthFailure"]);

/** Any public key: a dry run does not read it. */
const SOME_KEY = new TextEncoder().encode("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI xcore");

/** Asks for one call of each kind that xcore and its Terraform templates make. */
async function permissionCheck(
  { session, config }: CheckContext,
  image: Image | null,
): Promise<CheckResult> {
  const name = "EC2 permissions";
  const refused = await session.ask("ask for permissions", (aws) =>
    refusedAmong({
      ...aws.dryRuns,
      RunInstances: () => aws.dryRuns.RunInstances(image?.id ?? "ami-00000000000000000", config.workerType),
      ImportKeyPair: () => aws.dryRuns.ImportKeyPair(SOME_KEY),
    }));
  if (refused.length === 0) return passed(name, "machines, network, firewall and key may be made");
  return failed(
    name,
    `AWS refuses ${refused.join(", ")}`,
    "Have the policy AmazonEC2FullAccess attached to this user or role.",
  );
}

type DryRuns = { readonly [Action in keyof Client["dryRuns"]]: () => Promise<unknown> };

async function refusedAmong(calls: DryRuns): Promise<string[]> {
  const answers = Object.entries(calls).map(async ([action, call]) => {
    const code = await call().then(() => "", codeOf);
    return REFUSALS.has(code) ? [action] : [];
  });
  return (await Promise.all(answers)).flat();
}
