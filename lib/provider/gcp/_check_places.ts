/** Whether the zones are there, and have the machine types and accelerators that the config names. @module */

import type { GcpConfig } from "../../config/config.ts";
import { nearest } from "../../util/nearest.ts";
import { poolsOf, workerTypesOf } from "../../config/pools.ts";
import type { Pool } from "../../model/mod.ts";
import type { CheckResult } from "../provider.ts";
import { failed, guarded, passed, warning } from "../results.ts";
import type { Checked } from "./_checked.ts";
import type { GceImage } from "./_survey.ts";
import { regionOf } from "./zones.ts";

/** The scheduler's zone first, then those that workers may be in. */
export function zonesOf({ zoneName, zones }: GcpConfig): string[] {
  return [...new Set([...(zoneName === null ? [] : [zoneName]), ...zones])];
}

/** All of one region, and there. */
export async function zoneCheck(checked: Checked, zones: readonly string[]): Promise<CheckResult> {
  const name = "Zones";
  if (zones.length === 0) {
    return failed(name, "no zone is named", "Set GOOGLE_DEFAULT_AVAILABILITY_ZONE, such as europe-west2-b.");
  }
  const regions = new Set(zones.map(regionOf));
  if (regions.size > 1) {
    return failed(
      name,
      `${zones.join(", ")} are in ${regions.size} regions, and a cluster's network is in one`,
      "Name zones of one region with `xcore config set zones '[ZONE, ZONE]'`.",
    );
  }
  const unknown = await checked.session.ask("look for the zones", async ({ survey }) => {
    const there = await Promise.all(zones.map((zone) => survey.hasZone(zone)));
    return zones.filter((_, i) => !there[i]);
  });
  if (unknown.length === 0) return passed(name, zones.join(", "));
  return failed(
    name,
    `there is no zone ${unknown.join(", ")}`,
    "`gcloud compute zones list` shows those there are.",
  );
}

/** Each type in one of its zones at least, and of the image's architecture. */
export async function typeCheck(
  checked: Checked,
  zones: readonly string[],
  image: GceImage | null,
): Promise<CheckResult> {
  const name = "Machine types";
  const { config } = checked;
  const [home = ""] = zones;
  const workers = workerZones(config, zones);
  const places = [
    { type: config.schedulerType, in: [home], key: "scheduler_type" },
    ...workerTypesOf(config).map((type) => ({ type, in: workers, key: "worker_type" })),
  ];
  const facts = await checked.session.ask(
    "look for the machine types",
    ({ survey }) =>
      Promise.all(places.map(async (place) => ({
        ...place,
        found: await Promise.all(place.in.map((zone) => survey.machineType(zone, place.type))),
      }))),
  );
  const nowhere = facts.find(({ found }) => found.every((type) => type === null));
  if (nowhere !== undefined) {
    const offered = await checked.session.ask(
      "list the machine types",
      ({ survey }) => survey.machineTypes(nowhere.in[0]!),
    );
    const near = nearest(nowhere.type, offered);
    return failed(
      name,
      `${nowhere.in.join(", ")} has no ${nowhere.type}${near === null ? "" : ` (${near} is there)`}`,
      `Choose another with \`xcore config set ${nowhere.key} TYPE\`.`,
    );
  }
  const misfit = facts.find(({ found }) =>
    found.some((type) =>
      image?.architecture && type?.architecture && type.architecture !== image.architecture
    )
  );
  if (misfit !== undefined) {
    return failed(
      name,
      `${misfit.type} is not ${image?.architecture}, which the image is`,
      "Choose a type of the image's architecture, or another image with `xcore config set image_name NAME`.",
    );
  }
  const words = [
    ...new Map(facts.map(({ type, found }) => [type, found.find((fact) => fact !== null)!.guestCpus])),
  ];
  return passed(name, words.map(([type, cores]) => `${type} (${cores} vCPU)`).join(", "));
}

function workerZones({ zones: named }: GcpConfig, zones: readonly string[]): readonly string[] {
  return named.length > 0 ? named : zones;
}

/** One result for each pool that attaches accelerators. */
export async function acceleratorChecks(checked: Checked, zones: readonly string[]): Promise<CheckResult[]> {
  const wanted = poolsOf(checked.config).filter(({ accelerator }) => accelerator !== null);
  return await Promise.all(
    wanted.map((pool) =>
      guarded("Accelerator", () => acceleratorCheck(checked, pool, workerZones(checked.config, zones)))
    ),
  );
}

async function acceleratorCheck(
  checked: Checked,
  pool: Pool,
  zones: readonly string[],
): Promise<CheckResult> {
  const name = "Accelerator";
  const accelerator = pool.accelerator!;
  const offered = await checked.session.ask(
    "list the accelerators",
    ({ survey }) =>
      Promise.all(zones.map(async (zone) => ({ zone, types: await survey.acceleratorTypes(zone) }))),
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
