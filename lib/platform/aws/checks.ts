/**
 * Whether this account and region can run the cluster; reports all that is wrong at once.
 * @module
 */

import type { AwsConfig } from "../../config/config.ts";
import { poolsOf, workerTypesOf } from "../../config/pools_of.ts";
import { NotFoundError, XcoreError } from "../../errors.ts";
import { type CheckResult, failed, guarded, passed, warning } from "../check_result.ts";
import { gpuChecks, type TypeGpus } from "../gpu_checks.ts";
import { typesFor } from "../placement.ts";
import { unknownRegion } from "../unknown_region.ts";
import type { Client } from "./client.ts";
import { codeOf } from "./errors.ts";
import { findImage, type Image } from "./images.ts";
import { limits } from "./limits.ts";
import { describeTypes, type Ec2Type, likelyTypes, singleGpuType, zoneFacts } from "./machine_types.ts";
import { placements, type ZoneFacts } from "./placements.ts";
import { REGIONS } from "./regions.ts";
import type { Session } from "./session.ts";

/** What a check reads. */
export interface CheckContext {
  readonly session: Session;
  readonly config: AwsConfig;
}

/** See `Provider.check`. */
export async function* checks(checked: CheckContext): AsyncIterable<CheckResult> {
  const region = await regionCheck(checked);
  yield region;
  if (region.outcome === "failed") return yield await credentialsFound(checked);
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
    const unknown = unknownRegion(region, REGIONS);
    if (unknown !== null) return warning(name, unknown.message, unknown.hint);
    // Of one in the config there is no telling here where `init` has found it.
    return passed(name, config.regionName === null ? `${region}, from AWS's own settings` : region);
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

const CREDENTIALS = "AWS credentials";

function credentialsCheck({ session }: CheckContext): Promise<CheckResult> {
  return guarded(CREDENTIALS, async () => {
    const source = await sourceOf(session);
    const { Arn, Account } = await session.ask("ask AWS who this is", (aws) => aws.identity());
    return passed(
      CREDENTIALS,
      `${Arn} in account ${Account}${source === undefined ? "" : `, from ${source}`}`,
    );
  });
}

/** Without a region no call can be made: only whether there are credentials is known. */
function credentialsFound({ session }: CheckContext): Promise<CheckResult> {
  return guarded(CREDENTIALS, async () => {
    const source = await sourceOf(session);
    return passed(
      CREDENTIALS,
      `found${source === undefined ? "" : ` in ${source}`}, not tried without a region`,
    );
  });
}

/** Where the credentials are found; undefined: not known. */
async function sourceOf(session: Session): Promise<string | undefined> {
  const marks = await session.ask("find credentials", (aws) => aws.credentialSource());
  const mark = Object.keys(SOURCES).find((mark) => marks.includes(mark));
  return mark === undefined ? undefined : SOURCES[mark];
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
      RunInstances: () => aws.dryRuns.RunInstances(launchOf(config, image)),
      ImportKeyPair: () => aws.dryRuns.ImportKeyPair(SOME_KEY),
    }));
  if (refused.length === 0) return passed(name, "machines, network, firewall and key may be made");
  const passRole = refused.includes("RunInstances") && config.instanceProfile !== null
    ? `, and iam:PassRole for the role of ${config.instanceProfile} allowed`
    : "";
  return failed(
    name,
    `AWS refuses ${refused.join(", ")}`,
    `Have the policy that \`xcore init aws --policy\` prints, or AmazonEC2FullAccess, attached to this user or role${passRole}.`,
  );
}

/** A launch as a worker's will be: a policy may allow some subnets, profiles or markets only. */
function launchOf(config: AwsConfig, image: Image | null): Parameters<Client["dryRuns"]["RunInstances"]>[0] {
  const { instanceProfile, market, subnetIds, workerType } = config;
  return {
    ImageId: image?.id ?? "ami-00000000000000000",
    InstanceType: workerType as never,
    ...(subnetIds[0] !== undefined && { SubnetId: subnetIds[0] }),
    ...(instanceProfile !== null && { IamInstanceProfile: { Name: instanceProfile } }),
    ...(market !== "on-demand" && { InstanceMarketOptions: { MarketType: "spot" as const } }),
  };
}

type DryRuns = { readonly [Action in keyof Client["dryRuns"]]: () => Promise<unknown> };

async function refusedAmong(calls: DryRuns): Promise<string[]> {
  const answers = Object.entries(calls).map(async ([action, call]) => {
    const code = await call().then(() => "", codeOf);
    return REFUSALS.has(code) ? [action] : [];
  });
  return (await Promise.all(answers)).flat();
}

/** One result for the types, one for the zones, one for the quota. */
async function machineChecks(
  { session, config }: CheckContext,
  image: Image | null,
): Promise<CheckResult[]> {
  const schedulerTypes = typesFor(config.schedulerType, limits.successors);
  const wanted = [...new Set([...schedulerTypes, ...workerTypesOf(config)])];
  const types = await describeTypes(session, [...wanted, FREE_PLAN_TYPE]);
  // One of the scheduler's types is enough.
  const scheduler = schedulerTypes.find((name) => types[name] !== undefined) ?? config.schedulerType;
  const names = [...new Set([scheduler, ...workerTypesOf(config)])];
  const unknown = names.filter((name) => types[name] === undefined);
  if (unknown.length > 0) return [await unknownTypes(session, config, unknown)];
  const mismatched = names.filter((name) =>
    image !== null && !types[name]!.architectures.includes(image.architecture)
  );
  return [
    mismatched.length > 0 && image !== null
      ? mismatch(types, mismatched, image)
      : passed("Machine types", listOf(names.map((name) => types[name]!))),
    zoneCheck(
      config,
      // That there are no such subnets is for their own check to say.
      await zoneFacts(session, wanted, config.subnetIds).catch(() => zoneFacts(session, wanted, [])),
    ),
    ...gpuChecks(await gpusOf(session, workerTypesOf(config).flatMap((name) => types[name] ?? []))),
    quotaCheck(config, types),
    ...freePlanCheck(names, types),
  ];
}

/** A type of the Free plan that accounts have which were made since July 2025; of older ones it is none. */
const FREE_PLAN_TYPE = "t3.small";

/**
 * Only a launch shows on which plan the account is: no dry run does. The scheduler is made as
 * another type by itself.
 */
function freePlanCheck(
  names: readonly string[],
  types: Readonly<Record<string, Ec2Type>>,
): CheckResult[] {
  const refused = names.filter((name) => !types[name]!.freeTier && limits.successors[name] === undefined);
  if (types[FREE_PLAN_TYPE]?.freeTier !== true || refused.length === 0) return [];
  return [warning(
    "Free plan",
    `an account on AWS's Free plan may not launch ${refused.join(", ")}`,
    `Nothing to do on the paid plan; on the Free plan choose ${FREE_PLAN_TYPE} or c7i-flex.large.`,
  )];
}

function gpusOf(session: Session, types: readonly Ec2Type[]): Promise<TypeGpus[]> {
  return Promise.all(types.map(async ({ name, accelerator, acceleratorCount, otherGpus }) => ({
    ...{ type: name, gpu: accelerator, count: acceleratorCount, others: otherGpus },
    single: acceleratorCount > 1 ? await singleGpuType(session, name) : null,
  })));
}

function listOf(types: readonly Ec2Type[]): string {
  return types.map(({ name, cores, accelerator, acceleratorCount }) =>
    `${name} (${cores} vCPU${acceleratorCount > 0 ? `, ${acceleratorCount} × ${accelerator}` : ""})`
  ).join(", ");
}

async function unknownTypes(
  session: Session,
  config: AwsConfig,
  unknown: readonly string[],
): Promise<CheckResult> {
  const words = Object.entries(await likelyTypes(session, unknown)).map(([name, [likely]]) =>
    likely === undefined ? name : `${name} (${likely} is)`
  );
  const key = unknown[0] === config.schedulerType ? "scheduler_type" : "worker_type";
  return failed(
    "Machine types",
    `not offered in this region: ${words.join(", ")}`,
    `Choose another with \`xcore config set ${key} TYPE\`.`,
  );
}

function mismatch(
  types: Readonly<Record<string, Ec2Type>>,
  mismatched: readonly string[],
  { name, architecture }: Image,
): CheckResult {
  const words = mismatched.map((type) => `${type} is ${types[type]!.architectures.join(" or ")}`);
  return failed(
    "Machine types",
    `${words.join(", ")}, and the image ${name} is ${architecture}`,
    "Choose types of the image's architecture, or another image with `xcore config set image_name NAME`.",
  );
}

function zoneCheck(config: AwsConfig, facts: ZoneFacts): CheckResult {
  const name = "Zones";
  try {
    placements(config, facts);
  } catch (error) {
    if (!(error instanceof XcoreError)) throw error;
    return failed(name, error.message, error.hint);
  }
  const { offered, regional, subnets } = facts;
  const types = workerTypesOf(config);
  const wanted = config.zones.length > 0 ? config.zones : subnets ?? regional;
  const lacking = types.map((type) => ({
    type,
    in: wanted.filter((zone) => !(offered.get(type) ?? []).includes(zone)),
  })).filter((lack) => lack.in.length > 0);
  if (lacking.length === 0) return passed(name, `${types.join(", ")} in ${wanted.join(", ")}`);
  const words = lacking.map((lack) => `${lack.type} in ${lack.in.join(", ")}`).join("; ");
  const nowhere = lacking.find((lack) => lack.in.length === wanted.length);
  if (nowhere === undefined) {
    const others = `not offered: ${words}`;
    return config.zones.length === 0
      ? passed(name, `${others}; the other zones are used`)
      : warning(name, others, "Nothing to do: the other zones are used.");
  }
  const better = offered.get(nowhere.type) ?? [];
  return failed(
    name,
    `not offered: ${words}`,
    better.length > 0 && config.zones.length > 0
      ? `Use \`xcore config set zones '[${better.join(", ")}]'\`, or another worker_type.`
      : "Choose another with `xcore config set worker_type TYPE`.",
  );
}

/**
 * The quota itself is told by another service, which EC2's permissions do not reach; AWS gives a
 * new account 5 vCPUs of standard types, and none with a GPU (EC2 User Guide, Amazon EC2 instance
 * type quotas).
 */
const FIRST_QUOTA_VCPUS = 5;

function quotaCheck(config: AwsConfig, types: Readonly<Record<string, Ec2Type>>): CheckResult {
  const name = "Quota";
  const scheduler = typesFor(config.schedulerType, limits.successors).find((type) =>
    types[type] !== undefined
  );
  const schedulerCores = types[scheduler ?? ""]?.cores ?? 0;
  const pools = poolsOf(config, { machineTypes: { zones: [], types } });
  const sum = (gpu: boolean) =>
    pools.filter(({ acceleratorCount }) => acceleratorCount > 0 === gpu)
      .reduce(
        (all, { type, maxWorkers }) => all + (types[type]?.cores ?? 0) * maxWorkers,
        gpu ? 0 : schedulerCores,
      );
  const [plain, withGpu] = [sum(false), sum(true)];
  const asked = `all workers and the scheduler have ${plain} vCPUs${
    withGpu > 0 ? `, those with a GPU ${withGpu}` : ""
  }`;
  if (plain <= FIRST_QUOTA_VCPUS && withGpu === 0) {
    return passed(name, `${asked}; accounts have ${FIRST_QUOTA_VCPUS} at first, and some new ones 1`);
  }
  return warning(
    name,
    `${asked}; what your account may have is known to Service Quotas alone`,
    `See https://console.aws.amazon.com/servicequotas/home/services/ec2/quotas, "Running On-Demand ${
      withGpu > 0 ? "G and VT" : "Standard"
    } instances".`,
  );
}
