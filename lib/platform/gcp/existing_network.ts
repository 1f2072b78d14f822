/** A network that is there already, and which of its subnetworks machines go into. @module */

import type { GcpConfig } from "../../config/config.ts";
import { NotFoundError, UsageError } from "../../errors.ts";
import type { Catalog, GceSubnetwork } from "./catalog.ts";
import { clusterRegion, lastPart } from "./list_instances.ts";

/** Where machines go in a network that xcore did not make. */
export interface ExistingNetwork {
  /** `projects/PROJECT/global/networks/NAME`. */
  readonly network: string;
  /** `projects/PROJECT/regions/REGION/subnetworks/NAME`. */
  readonly subnetwork: string;
  /** What both belong to: the cluster's project, or the host project of a shared VPC. */
  readonly project: string;
}

/** Settings that name one. */
type Named = Pick<GcpConfig, "network" | "subnetwork" | "regionName" | "zoneName">;

/**
 * The project that the settings name by `projects/PROJECT/…`: the host project of a shared VPC;
 * null: the cluster's own.
 */
export function hostProjectOf({ network, subnetwork }: Pick<Named, "network" | "subnetwork">): string | null {
  const [, project = null] = /\bprojects\/([^/]+)\//.exec(`${subnetwork} ${network}`) ?? [];
  return project;
}

/**
 * The network that the settings name; null: they name none, and xcore makes one.
 *
 * @throws {NotFoundError} there is none of that name, or none in the region for machines
 * @throws {UsageError} several may be meant
 */
export async function existingNetwork(
  catalog: Pick<Catalog, "network" | "subnetwork">,
  config: Named,
  ownProject: string,
): Promise<ExistingNetwork | null> {
  if (config.network === null && config.subnetwork === null) return null;
  const project = hostProjectOf(config) ?? ownProject;
  const region = clusterRegion(config) ?? "";
  const subnetwork = config.subnetwork !== null
    ? await namedSubnetwork(catalog, project, region, config.subnetwork)
    : await onlySubnetwork(catalog, project, region, config.network!);
  const network = lastPart(subnetwork.network);
  if (config.network !== null && lastPart(config.network) !== network) {
    throw new UsageError(
      `Cannot use the subnetwork ${subnetwork.name}: it is in the network ${network}, not in ${
        lastPart(config.network)
      }`,
      "Name the network alone or the subnetwork alone: `xcore config set network null`.",
    );
  }
  return {
    network: `projects/${project}/global/networks/${network}`,
    subnetwork: `projects/${project}/regions/${region}/subnetworks/${subnetwork.name}`,
    project,
  };
}

/**
 * Proxies, NAT and service endpoints have subnetworks of their own, which take no machine.
 * https://cloud.google.com/compute/docs/reference/rest/v1/subnetworks (purpose)
 */
function isForMachines({ purpose }: GceSubnetwork): boolean {
  return [undefined, "", "PRIVATE", "PRIVATE_RFC_1918"].includes(purpose);
}

async function namedSubnetwork(
  catalog: Pick<Catalog, "subnetwork">,
  project: string,
  region: string,
  path: string,
): Promise<GceSubnetwork> {
  const [, itsRegion = region] = /\bregions\/([^/]+)\//.exec(path) ?? [];
  const name = lastPart(path);
  if (itsRegion !== region) {
    throw new UsageError(
      `Cannot use the subnetwork ${name}: it is in ${itsRegion}, and the cluster in ${region}`,
      `Name one in ${region}, or a zone in ${itsRegion}: \`xcore config set zone_name ZONE region_name ${itsRegion}\`.`,
    );
  }
  const found = await catalog.subnetwork(project, region, name);
  if (found === null) {
    throw new NotFoundError(
      `Cannot find the subnetwork ${name}: the project ${project} has none of that name in ${region}`,
      `\`gcloud compute networks subnets list --project=${project}\` shows those there are.`,
    );
  }
  if (isForMachines(found)) return found;
  throw new UsageError(
    `Cannot use the subnetwork ${name}: its purpose is ${found.purpose}, not machines`,
    "Name another: `xcore config set subnetwork NAME`.",
  );
}

async function onlySubnetwork(
  catalog: Pick<Catalog, "network" | "subnetwork">,
  project: string,
  region: string,
  path: string,
): Promise<GceSubnetwork> {
  const name = lastPart(path);
  const found = await catalog.network(project, name);
  if (found === null) {
    throw new NotFoundError(
      `Cannot find the network ${name}: the project ${project} has none of that name`,
      "Name another: `xcore config set network NAME`; one of another project is projects/PROJECT/global/networks/NAME.",
    );
  }
  const links = found.subnetworks ?? [];
  const here = links.filter((link) => link.includes(`/regions/${region}/`)).map(lastPart);
  const all = await Promise.all(here.map((each) => catalog.subnetwork(project, region, each)));
  const usable = all.filter((each) => each !== null && isForMachines(each)) as GceSubnetwork[];
  const [only, ...others] = usable;
  if (only === undefined) {
    const regions = [...new Set(links.map((link) => /\/regions\/([^/]+)\//.exec(link)?.[1] ?? ""))]
      .filter((each) => each !== region).sort();
    throw new NotFoundError(
      `Cannot use the network ${name}: it has no subnetwork for machines in ${region}${
        regions.length === 0 ? "" : `, only in ${regions.join(", ")}`
      }`,
      "Make one with `gcloud compute networks subnets create`, or choose a zone of another region.",
    );
  }
  if (others.length === 0) return only;
  throw new UsageError(
    `Cannot use the network ${name}: it has ${usable.length} subnetworks in ${region} (${
      usable.map((each) => each.name).sort().join(", ")
    })`,
    `Name one: \`xcore config set subnetwork ${usable.map((each) => each.name).sort()[0]}\`.`,
  );
}
