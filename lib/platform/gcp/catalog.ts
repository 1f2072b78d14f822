/**
 * What is asked of Google beside the cluster's own instances: what there is to choose from, images,
 * and a cluster's resources by kind.
 * @module
 */

import type { CloudResource } from "../cloud.ts";
import {
  answerOf,
  type ClientFor,
  type GceMachineType,
  GoogleRefusal,
  ifThere,
  listEverywhere,
} from "./compute.ts";
import { clusterFilter, isOfCluster, isWorkerOf, mayHold } from "./list_instances.ts";

/** A limit of the account. https://cloud.google.com/compute/resource-usage */
export interface Quota {
  /** `CPUS`, `NVIDIA_T4_GPUS`, … */
  readonly metric: string;
  readonly limit: number;
  readonly usage: number;
}

/** A machine type in a zone. */
export interface MachineFacts extends Pick<GceMachineType, "guestCpus" | "accelerators"> {
  readonly architecture: string;
}

/** A network, as far as it is read here. */
export interface GceNetwork {
  readonly name: string;
  /** Links of them, in all regions. */
  readonly subnetworks?: readonly string[];
}

/** https://cloud.google.com/compute/docs/reference/rest/v1/subnetworks, as far as it is read here. */
export interface GceSubnetwork {
  readonly name: string;
  /** Link of the network that it is a part of. */
  readonly network: string;
  /** What it is for: `PRIVATE` for machines. */
  readonly purpose?: string;
}

/** An image as it is offered. */
export interface GceImage {
  readonly name: string;
  readonly selfLink: string;
  /** `X86_64`, `ARM64`, or empty for what was made before Google wrote it down. */
  readonly architecture: string;
}

/** An image of the project's own. https://cloud.google.com/compute/docs/reference/rest/v1/images */
export interface OwnImage {
  readonly name: string;
  readonly id: string | number;
  /** RFC 3339. */
  readonly creationTimestamp: string;
  readonly archiveSizeBytes?: string | number;
  readonly diskSizeGb?: string | number;
}

/**
 * Questions about a project and what Google offers to it. Null answers: there is none of that name.
 */
export interface Catalog {
  /** The project's own limits. */
  projectQuotas(): Promise<readonly Quota[] | null>;
  regionQuotas(region: string): Promise<readonly Quota[] | null>;
  hasZone(zone: string): Promise<boolean>;
  /** Cores, architecture and accelerators of a machine type in a zone. */
  machineType(zone: string, name: string): Promise<MachineFacts | null>;
  /** Names of the machine types of a zone. */
  machineTypes(zone: string): Promise<readonly string[]>;
  /** Names of the accelerator types of a zone. */
  acceleratorTypes(zone: string): Promise<readonly string[]>;
  network(project: string, name: string): Promise<GceNetwork | null>;
  subnetwork(project: string, region: string, name: string): Promise<GceSubnetwork | null>;
  /** The image of that name, or the newest of the family of that name. */
  image(owner: string, name: string): Promise<GceImage | null>;
  /** The project's own images that the filter takes. */
  images(filter: string): Promise<readonly OwnImage[]>;
  /** Accepts; no such image is success. */
  deleteImage(name: string): Promise<void>;
}

/** The questions, asked with Google's client; each part of it is loaded when it is needed. */
export function catalogCalls(clientFor: ClientFor, project: string): Catalog {
  const names = async (answer: unknown): Promise<string[]> => {
    const [items] = await answerOf<[readonly { readonly name: string }[]]>(answer);
    return items.map(({ name }) => name);
  };
  return {
    projectQuotas: async () => {
      const found = await ifThere<{ quotas: Quota[] }>((await clientFor("ProjectsClient")).get!({ project }));
      return found?.quotas ?? null;
    },
    regionQuotas: async (region) => {
      const found = await ifThere<{ quotas: Quota[] }>(
        (await clientFor("RegionsClient")).get!({ project, region }),
      );
      return found?.quotas ?? null;
    },
    hasZone: async (zone) => await ifThere((await clientFor("ZonesClient")).get!({ project, zone })) !== null,
    machineType: async (zone, machineType) =>
      await ifThere((await clientFor("MachineTypesClient")).get!({ project, zone, machineType })),
    machineTypes: async (zone) =>
      await names((await clientFor("MachineTypesClient")).list!({ project, zone })),
    acceleratorTypes: async (zone) =>
      await names((await clientFor("AcceleratorTypesClient")).list!({ project, zone })),
    network: async (project, network) =>
      await ifThere((await clientFor("NetworksClient")).get!({ project, network })),
    subnetwork: async (project, region, subnetwork) =>
      await ifThere((await clientFor("SubnetworksClient")).get!({ project, region, subnetwork })),
    image: async (owner, name) => {
      const images = await clientFor("ImagesClient");
      return await ifThere<GceImage>(images.get!({ project: owner, image: name })) ??
        await ifThere<GceImage>(images.getFromFamily!({ project: owner, family: name }));
    },
    images: async (filter) => {
      const [items] = await answerOf<[readonly OwnImage[]]>(
        (await clientFor("ImagesClient")).list!({ project, filter }),
      );
      return items;
    },
    deleteImage: async (image) => {
      await ifThere((await clientFor("ImagesClient")).delete!({ project, image }));
    },
  };
}

/**
 * In the order in which they can be removed: each only when what is before it is gone. A disk goes
 * with its instance.
 */
export const RESOURCE_KINDS = ["instance", "firewall", "subnetwork", "network"] as const;

/** A kind of resource. */
export type ResourceKind = typeof RESOURCE_KINDS[number];

/** Resources of a project that are a cluster's. */
export interface Resources {
  /**
   * All there are of these but for the workers.
   *
   * @param region the cluster's; null: unknown
   * @param host the project of its network, where that is another; null: it is not
   * @throws {GoogleRefusal} a part of Google that may have some does not answer
   */
  list(clusterId: string, region: string | null, host: string | null): Promise<readonly CloudResource[]>;
  /** Accepts the removal; one that is gone already is success. */
  remove(resource: CloudResource): Promise<void>;
}

interface Named {
  readonly name: string;
  readonly selfLink: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Which client has a kind, and where resources of it are; requests name one by the kind itself. */
const KINDS: Readonly<
  Record<ResourceKind, { readonly client: string; readonly at: "zone" | "region" | "global" }>
> = {
  instance: { client: "InstancesClient", at: "zone" },
  firewall: { client: "FirewallsClient", at: "global" },
  subnetwork: { client: "SubnetworksClient", at: "region" },
  network: { client: "NetworksClient", at: "global" },
};

/** The project's resources, asked for with Google's client. */
export function resourcesIn(clientFor: ClientFor, project: string): Resources {
  return {
    async list(clusterId, region, host) {
      const ofHost = host === null || host === project ? [] : [{ place: host, kind: "firewall" as const }];
      const places = [...RESOURCE_KINDS.map((kind) => ({ place: project, kind })), ...ofHost];
      const lists = await Promise.all(places.map(async ({ place, kind }) => {
        const found = await listed(clientFor, place, kind, clusterId, region);
        // What is removed is chosen by what the answer says, not by the filter alone.
        return found.filter((one) => isBaseOf(one, kind, clusterId))
          .map(({ selfLink }): CloudResource => ({ kind, id: idIn(selfLink) }));
      }));
      return lists.flat();
    },
    async remove({ kind, id }) {
      const [, itsProject = project, place, name] = PATH.exec(id) ?? [];
      const { client, at } = KINDS[kind as ResourceKind];
      const request = { project: itsProject, [kind]: name, ...(at !== "global" && { [at]: place }) };
      await ifThere((await clientFor(client)).delete!(request));
    },
  };
}

/** Whether a resource of this kind belongs to the cluster, and is no worker of it. */
function isBaseOf({ name, labels = {} }: Named, kind: ResourceKind, clusterId: string): boolean {
  if (kind === "instance") return isOfCluster({ labels }, clusterId) && !isWorkerOf({ labels }, clusterId);
  return new RegExp(`^${RegExp.escape(clusterId)}(-[a-z]+)?$`).test(name);
}

/** `projects/my-lab/zones/europe-west2-b/instances/NAME`; what is global has no place. */
const PATH = /^projects\/([^/]+)\/(?:global|(?:zones|regions)\/([^/]+))\/\w+\/([^/]+)$/;

/**
 * An instance is known by its label, the rest, which has none, by its name: the cluster's id is in
 * it.
 */
async function listed(
  clientFor: ClientFor,
  project: string,
  kind: ResourceKind,
  clusterId: string,
  region: string | null,
): Promise<readonly Named[]> {
  const { client, at } = KINDS[kind];
  const filter = kind === "instance" ? clusterFilter(clusterId) : `name eq '${clusterId}(-[a-z]+)?'`;
  const calls = await clientFor(client);
  if (at === "global") {
    const [items] = await answerOf<[readonly Named[]]>(calls.list!({ project, filter }));
    return items;
  }
  const { found, unreachable } = await listEverywhere<Named>(calls, `${kind}s`, { project, filter });
  const silent = unreachable.filter((scope) => mayHold(scope, region));
  // A server error: whether there is anything is not known.
  if (silent.length > 0) {
    throw new GoogleRefusal(503, { reasons: ["backendError"] }, `${silent.join(", ")} did not answer`);
  }
  return found;
}

/** `https://…/compute/v1/projects/my-lab/…` → `projects/my-lab/…`. */
function idIn(link: string): string {
  return link.slice(link.indexOf("projects/"));
}
