/** A cluster's resources in Google's cloud, by kind. @module */

import type { CloudResource } from "../cloud.ts";
import { answerOf, type ClientFor, ifThere } from "./compute.ts";
import { clusterFilter, isWorkerOf } from "./list_instances.ts";

/**
 * In the order in which they can be removed: each only when what is before it is gone. A disk goes
 * with its instance.
 */
export const RESOURCE_KINDS = ["instance", "firewall", "subnetwork", "network"] as const;

/** A kind of resource. */
export type ResourceKind = typeof RESOURCE_KINDS[number];

/** Resources of a project that are a cluster's. */
export interface Resources {
  /** All there are of these but for the workers. */
  list(clusterId: string): Promise<readonly CloudResource[]>;
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
    async list(clusterId) {
      const lists = await Promise.all(RESOURCE_KINDS.map(async (kind) => {
        const found = await listed(clientFor, project, kind, clusterId);
        return found.filter(({ labels = {} }) => !isWorkerOf({ labels }, clusterId))
          .map(({ selfLink }): CloudResource => ({ kind, id: idIn(selfLink) }));
      }));
      return lists.flat();
    },
    async remove({ kind, id }) {
      const [, place, name] = PATH.exec(id) ?? [];
      const { client, at } = KINDS[kind as ResourceKind];
      const request = { project, [kind]: name, ...(at !== "global" && { [at]: place }) };
      await ifThere((await clientFor(client)).delete!(request));
    },
  };
}

/** `projects/my-lab/zones/europe-west2-b/instances/NAME`; what is global has no place. */
const PATH = /^projects\/[^/]+\/(?:global|(?:zones|regions)\/([^/]+))\/\w+\/([^/]+)$/;

/**
 * An instance is known by its label, the rest, which has none, by its name: the cluster's id is in
 * it.
 */
async function listed(
  clientFor: ClientFor,
  project: string,
  kind: ResourceKind,
  clusterId: string,
): Promise<readonly Named[]> {
  const { client, at } = KINDS[kind];
  const filter = kind === "instance" ? clusterFilter(clusterId) : `name eq '${clusterId}(-[a-z]+)?'`;
  const calls = await clientFor(client);
  if (at === "global") {
    const [items] = await answerOf<[readonly Named[]]>(calls.list!({ project, filter }));
    return items;
  }
  const found: Named[] = [];
  const pages = calls.aggregatedListAsync!({ project, filter }, { autoPaginate: false }) as AsyncIterable<
    readonly [string, Readonly<Record<string, readonly Named[] | undefined>>]
  >;
  await answerOf(
    (async () => {
      for await (const [, scope] of pages) found.push(...scope[`${kind}s`] ?? []);
    })(),
  );
  return found;
}

/** `https://…/compute/v1/projects/my-lab/…` → `projects/my-lab/…`. */
function idIn(link: string): string {
  return link.slice(link.indexOf("projects/"));
}
