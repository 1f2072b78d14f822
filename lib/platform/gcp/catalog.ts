/**
 * What is asked of Google beside the cluster's own machines: what there is to choose from, and
 * images.
 * @module
 */

import { answerOf, type ClientFor, ifThere } from "./compute.ts";

/** A limit of the account. https://cloud.google.com/compute/resource-usage */
export interface Quota {
  /** `CPUS`, `NVIDIA_T4_GPUS`, … */
  readonly metric: string;
  readonly limit: number;
  readonly usage: number;
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
  /** Cores and architecture of a machine type in a zone. */
  machineType(
    zone: string,
    name: string,
  ): Promise<{ readonly guestCpus: number; readonly architecture: string } | null>;
  /** Names of the machine types of a zone. */
  machineTypes(zone: string): Promise<readonly string[]>;
  /** Names of the accelerator types of a zone. */
  acceleratorTypes(zone: string): Promise<readonly string[]>;
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
