/**
 * Whether the machine types exist, fit the image, are to be had in the zones, and how many cores
 * they come to.
 * @module
 */

import type { AwsConfig } from "../../config/config.ts";
import { poolsOf, workerTypesOf } from "../../config/pools_of.ts";
import { type CheckResult, failed, passed, warning } from "../check_result.ts";
import type { Image } from "./images.ts";
import { describeTypes, type Ec2Type, likelyTypes, zonesByType } from "./offerings.ts";
import type { Session } from "./session.ts";

/** What a check reads. */
export interface CheckContext {
  readonly session: Session;
  readonly config: AwsConfig;
}

/** One result for the types, one for the zones, one for the quota. */
export async function machineChecks(
  { session, config }: CheckContext,
  image: Image | null,
): Promise<CheckResult[]> {
  const names = [...new Set([config.schedulerType, ...workerTypesOf(config)])];
  const types = await describeTypes(session, names);
  const unknown = names.filter((name) => types[name] === undefined);
  if (unknown.length > 0) return [await unknownTypes(session, config, unknown)];
  const mismatched = names.filter((name) =>
    image !== null && !types[name]!.architectures.includes(image.architecture)
  );
  return [
    mismatched.length > 0 && image !== null
      ? mismatch(types, mismatched, image)
      : passed("Machine types", listOf(types)),
    zoneCheck(config, await zonesByType(session, names)),
    quotaCheck(config, types),
  ];
}

function listOf(types: Readonly<Record<string, Ec2Type>>): string {
  return Object.values(types).map(({ name, cores, accelerator, acceleratorCount }) =>
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

function zoneCheck(config: AwsConfig, zones: ReadonlyMap<string, readonly string[]>): CheckResult {
  const name = "Zones";
  const types = workerTypesOf(config);
  const wanted = config.zones.length > 0 ? config.zones : [...new Set([...zones.values()].flat())].sort();
  const lacking = types.map((type) => ({
    type,
    in: wanted.filter((zone) => !(zones.get(type) ?? []).includes(zone)),
  })).filter((lack) => lack.in.length > 0);
  if (lacking.length === 0) return passed(name, `${types.join(", ")} in ${wanted.join(", ")}`);
  const words = lacking.map((lack) => `${lack.type} in ${lack.in.join(", ")}`).join("; ");
  const nowhere = lacking.find((lack) => lack.in.length === wanted.length);
  if (nowhere === undefined) {
    return warning(name, `not offered: ${words}`, "Nothing to do: the other zones are used.");
  }
  const better = zones.get(nowhere.type) ?? [];
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
  const scheduler = types[config.schedulerType]?.cores ?? 0;
  const pools = poolsOf(config, { offerings: { zones: [], types } });
  const sum = (gpu: boolean) =>
    pools.filter(({ acceleratorCount }) => acceleratorCount > 0 === gpu)
      .reduce(
        (all, { type, maxWorkers }) => all + (types[type]?.cores ?? 0) * maxWorkers,
        gpu ? 0 : scheduler,
      );
  const [plain, withGpu] = [sum(false), sum(true)];
  const asked = `all workers and the scheduler have ${plain} vCPUs${
    withGpu > 0 ? `, those with a GPU ${withGpu}` : ""
  }`;
  if (plain <= FIRST_QUOTA_VCPUS && withGpu === 0) {
    return passed(name, `${asked}: within any account's quota`);
  }
  return warning(
    name,
    `${asked}; what your account may have is known to Service Quotas alone`,
    `See https://console.aws.amazon.com/servicequotas/home/services/ec2/quotas, "Running On-Demand ${
      withGpu > 0 ? "G and VT" : "Standard"
    } instances".`,
  );
}
