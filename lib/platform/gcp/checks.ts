/**
 * Whether this account and project can run the cluster; reports all that is wrong at once.
 * @module
 */

import type { GcpConfig } from "../../config/config.ts";
import { poolsOf, workerTypesOf } from "../../config/pools_of.ts";
import type { Pool } from "../../model/mod.ts";
import type { Runtime } from "../../runtime.ts";
import { nearest } from "../../util/nearest.ts";
import { type CheckResult, failed, guarded, passed, warning } from "../check_result.ts";
import { gpuChecks, type TypeGpus } from "../gpu_checks.ts";
import { typesFor } from "../placement.ts";
import type { GceImage } from "./catalog.ts";
import { existingNetwork } from "./existing_network.ts";
import { attachesGpus, limits } from "./limits.ts";
import { lastPart, regionOf } from "./list_instances.ts";
import { isGpu } from "./machine_types.ts";
import { permissionChecks } from "./permission_checks.ts";
import { quotaCheck } from "./quota_check.ts";
import { FOR_TERRAFORM, type Session } from "./session.ts";

/** What a check reads. */
export interface CheckContext {
  readonly session: Session;
  readonly runtime: Pick<Runtime, "env">;
  readonly config: GcpConfig;
}

/** See `Provider.check`. */
export async function* checks(checked: CheckContext): AsyncIterable<CheckResult> {
  const account = await guarded("Google credentials", () => accountCheck(checked));
  yield account;
  const zones = zonesOf(checked.config);
  const named = zonesNamed(zones);
  // Without credentials no call would be answered: all that is wrong besides is shown with them.
  const project = account.outcome === "failed"
    ? projectNamed(checked)
    : await guarded("Project", () => projectCheck(checked));
  if (project !== null) yield project;
  if (account.outcome === "failed" || project?.outcome === "failed") {
    if (named !== null) yield named;
    return;
  }
  yield* permissionChecks(checked.session, checked.config.serviceAccount);
  const found = named ?? await guarded("Zones", () => zoneCheck(checked, zones));
  yield found;
  if (found.outcome === "failed") return;
  if (checked.config.network !== null || checked.config.subnetwork !== null) {
    yield await guarded("Network", () => networkCheck(checked));
  }
  const image = await imageCheck(checked);
  yield image.result;
  yield* machineChecks(checked, zones, image.found);
}

async function accountCheck(checked: CheckContext): Promise<CheckResult> {
  const name = "Google credentials";
  const { env } = checked.runtime;
  if (env("GOOGLE_OAUTH_ACCESS_TOKEN") !== undefined) {
    return passed(name, "an access token, from GOOGLE_OAUTH_ACCESS_TOKEN");
  }
  const account = await checked.session.ask("find credentials", ({ access }) => access.account());
  const from = [...FOR_TERRAFORM, "GOOGLE_APPLICATION_CREDENTIALS"].find((variable) => env(variable)) ??
    "application-default credentials";
  return passed(name, `${account ?? "your own account"}, from ${from}`);
}

/** What is wrong with the project where there are no credentials that could name one; null: nothing. */
function projectNamed({ config, runtime: { env } }: CheckContext): CheckResult | null {
  const variables = ["GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"];
  if (config.projectName !== null || variables.some((variable) => env(variable))) return null;
  return failed(
    "Project",
    "no project is named, and there are no credentials that name one",
    "Name it: `xcore config set project_name ID`.",
  );
}

/** The first call that needs the API and the project. */
async function projectCheck(checked: CheckContext): Promise<CheckResult> {
  const name = "Project";
  const [project, quotas] = await checked.session.ask(
    "ask for the project",
    async (google) => [google.project, await google.catalog.projectQuotas()] as const,
  );
  if (quotas !== null) return passed(name, `${project}, Compute Engine is enabled`);
  return failed(
    name,
    `there is no project ${project}, or this account may not see it`,
    "Name another: `xcore config set project_name ID`; `gcloud projects list` shows yours.",
  );
}

async function networkCheck({ session, config }: CheckContext): Promise<CheckResult> {
  const found = await session.ask(
    "find the network",
    ({ catalog, project }) => existingNetwork(catalog, config, project),
  );
  return passed("Network", `${found?.network}, subnetwork ${lastPart(found?.subnetwork ?? "")}`);
}

async function imageCheck(checked: CheckContext): Promise<{ result: CheckResult; found: GceImage | null }> {
  const name = "Image";
  const { imageName, imageOwner } = checked.config;
  let found: GceImage | null = null;
  const result = await guarded(name, async () => {
    found = await checked.session.ask(
      "find the image",
      ({ catalog }) => catalog.image(imageOwner, imageName),
    );
    if (found !== null) {
      return passed(name, `${found.name}${found.architecture && ` (${found.architecture})`}`);
    }
    return failed(
      name,
      `${imageOwner} has neither an image nor a family ${imageName}`,
      "Name another with `xcore config set image_name NAME image_owner PROJECT`.",
    );
  });
  return { result, found };
}

/** The scheduler's zone first, then those that workers may be in. */
function zonesOf({ zoneName, zones }: GcpConfig): string[] {
  return [...new Set([...(zoneName === null ? [] : [zoneName]), ...zones])];
}

/** What is wrong with the zones as they are named; null: nothing. */
function zonesNamed(zones: readonly string[]): CheckResult | null {
  const name = "Zones";
  if (zones.length === 0) {
    return failed(name, "no zone is named", "Name one: `xcore config set zone_name europe-west2-b`.");
  }
  const regions = new Set(zones.map(regionOf));
  if (regions.size > 1) {
    return failed(
      name,
      `${zones.join(", ")} are in ${regions.size} regions, and a cluster's network is in one`,
      "Name zones of one region with `xcore config set zones '[ZONE, ZONE]'`.",
    );
  }
  return null;
}

async function zoneCheck(checked: CheckContext, zones: readonly string[]): Promise<CheckResult> {
  const name = "Zones";
  const unknown = await checked.session.ask("find the zones", async ({ catalog }) => {
    const there = await Promise.all(zones.map((zone) => catalog.hasZone(zone)));
    return zones.filter((_, i) => !there[i]);
  });
  if (unknown.length === 0) return passed(name, zones.join(", "));
  return failed(
    name,
    `there is no zone ${unknown.join(", ")}`,
    "Name another: `xcore config set zone_name ZONE`; `gcloud compute zones list` shows those there are.",
  );
}

/** One result for the types, one for each pool with accelerators, one for the quota. */
async function* machineChecks(
  checked: CheckContext,
  zones: readonly string[],
  image: GceImage | null,
): AsyncIterable<CheckResult> {
  yield await guarded("Machine types", () => typeCheck(checked, zones, image));
  yield* await acceleratorChecks(checked, zones);
  yield* [
    await guarded(
      "GPU",
      async () => gpuChecks(await gpusOf(checked, workerZones(checked.config, zones)[0]!)),
    ),
  ].flat();
  yield await guarded("Quota", () => quotaCheck(checked.session, checked.config, zones));
}

/** Each type in one of its zones at least, and of the image's architecture. */
async function typeCheck(
  checked: CheckContext,
  zones: readonly string[],
  image: GceImage | null,
): Promise<CheckResult> {
  const name = "Machine types";
  const { config } = checked;
  const [home = ""] = zones;
  const workers = workerZones(config, zones);
  const places = [
    { type: await schedulerType(checked, home), in: [home], key: "scheduler_type" },
    ...workerTypesOf(config).map((type) => ({ type, in: workers, key: "worker_type" })),
  ];
  const facts = await checked.session.ask(
    "find the machine types",
    ({ catalog }) =>
      Promise.all(places.map(async (place) => ({
        ...place,
        found: await Promise.all(place.in.map((zone) => catalog.machineType(zone, place.type))),
      }))),
  );
  const nowhere = facts.find(({ found }) => found.every((type) => type === null));
  if (nowhere !== undefined) {
    const offered = await checked.session.ask(
      "list the machine types",
      ({ catalog }) => catalog.machineTypes(nowhere.in[0]!),
    );
    const near = nearest(nowhere.type, offered);
    return failed(
      name,
      `${nowhere.in.join(", ")} has no ${nowhere.type}${near === null ? "" : ` (${near} is there)`}`,
      `Choose another with \`xcore config set ${nowhere.key} TYPE\`.`,
    );
  }
  const mismatch = facts.find(({ found }) =>
    found.some((type) =>
      image?.architecture && type?.architecture && type.architecture !== image.architecture
    )
  );
  if (mismatch !== undefined) {
    return failed(
      name,
      `${mismatch.type} is not ${image?.architecture}, which the image is`,
      "Choose a type of the image's architecture, or another image with `xcore config set image_name NAME`.",
    );
  }
  const words = [
    ...new Map(facts.map(({ type, found }) => [type, found.find((fact) => fact !== null)!.guestCpus])),
  ];
  return passed(name, words.map(([type, cores]) => `${type} (${cores} vCPU)`).join(", "));
}

/** The one that the scheduler would be made as; the config's where the zone has none of them. */
async function schedulerType({ session, config }: CheckContext, zone: string): Promise<string> {
  const types = typesFor(config.schedulerType, limits.successors);
  const offered = await session.ask(
    "find the machine types",
    ({ catalog }) => Promise.all(types.map((type) => catalog.machineType(zone, type))),
  );
  return types.find((_, i) => offered[i] !== null) ?? config.schedulerType;
}

function workerZones({ zones: named }: GcpConfig, zones: readonly string[]): readonly string[] {
  return named.length > 0 ? named : zones;
}

/** One result for each pool that attaches accelerators. */
async function acceleratorChecks(
  checked: CheckContext,
  zones: readonly string[],
): Promise<CheckResult[]> {
  const wanted = poolsOf(checked.config).filter(({ accelerator }) => accelerator !== null);
  return await Promise.all(
    wanted.map((pool) =>
      guarded("Accelerator", () => acceleratorCheck(checked, pool, workerZones(checked.config, zones)))
    ),
  );
}

async function acceleratorCheck(
  checked: CheckContext,
  pool: Pool,
  zones: readonly string[],
): Promise<CheckResult> {
  const name = "Accelerator";
  const accelerator = pool.accelerator!;
  const facts = await checked.session.ask(
    "find the machine types",
    ({ catalog }) => catalog.machineType(zones[0]!, pool.type),
  );
  const builtIn = facts?.accelerators.filter(isGpu).map(({ guestAcceleratorType: card }) => card) ?? [];
  if (builtIn.includes(accelerator)) return passed(name, `${accelerator} is part of ${pool.type}`);
  if (!attachesGpus(pool.type)) {
    return failed(
      name,
      builtIn.length === 0
        ? `${pool.type} cannot have a ${accelerator}: GPUs are attached to N1 machines only`
        : `${pool.type} cannot have a ${accelerator}: it has its own, ${builtIn.join(", ")}`,
      `Choose a type that can: \`xcore config set ${
        pool.name === "default" ? "" : `pools.${pool.name}.`
      }worker_type n1-standard-4\`.`,
    );
  }
  const offered = await checked.session.ask(
    "list the accelerators",
    ({ catalog }) =>
      Promise.all(zones.map(async (zone) => ({ zone, types: await catalog.acceleratorTypes(zone) }))),
  );
  const having = offered.filter(({ types }) => types.includes(accelerator)).map(({ zone }) => zone);
  if (having.length === zones.length) return passed(name, `${accelerator} in ${zones.join(", ")}`);
  if (having.length > 0) {
    return warning(
      name,
      `${accelerator} only in ${having.join(", ")}`,
      "Nothing to do: the other zones are not used for it.",
    );
  }
  const known = offered.flatMap(({ types }) => types);
  const near = nearest(accelerator, known);
  return failed(
    name,
    `${zones.join(", ")} has no ${accelerator}${near === null ? "" : ` (${near} is there)`}`,
    "`gcloud compute accelerator-types list` shows which zones do; name them with `xcore config set zones '[ZONE]'`.",
  );
}

/** The GPUs of each worker type, those that are attached to it and those that are part of it. */
async function gpusOf({ session, config }: CheckContext, zone: string): Promise<TypeGpus[]> {
  const pools = [...Map.groupBy(poolsOf(config), ({ type }) => type).values()].map((ofType) => ofType[0]!);
  return await session.ask(
    "find the machine types",
    ({ catalog }) =>
      Promise.all(pools.map(async ({ type, accelerator, acceleratorCount }): Promise<TypeGpus> => {
        if (accelerator !== null) {
          return {
            type,
            gpu: accelerator,
            count: acceleratorCount,
            others: [],
            single: "accelerator_count 1",
          };
        }
        const cards = (await catalog.machineType(zone, type))?.accelerators ?? [];
        const card = cards.find(isGpu);
        const count = card?.guestAcceleratorCount ?? 0;
        const family = type.replace(/-\w+$/, "");
        // https://cloud.google.com/compute/docs/gpus: the smallest of a family is `-1g`, of G2 `-4`.
        const smallest = count < 2
          ? []
          : (await catalog.machineTypes(zone)).filter((name) =>
            name === `${family}-1g` || name === `${family}-4`
          );
        return {
          ...{ type, gpu: card?.guestAcceleratorType ?? null, count },
          others: cards.filter((each) => !isGpu(each)).map((each) => each.guestAcceleratorType),
          single: smallest[0] ?? null,
        };
      })),
  );
}
