/** System images: the one that a config means, and those of the account's own. @module */

import type { AwsConfig } from "../../config/config.ts";
import type { BuildMachine, CloudImage } from "../base.ts";
import { TAG } from "./list_instances.ts";
import type { Session } from "./session.ts";

/** A system image. */
export interface Image {
  readonly id: string;
  readonly name: string;
  /** `x86_64` or `arm64`. */
  readonly architecture: string;
  /** `/dev/sda1` */
  readonly rootDeviceName: string;
}

/** The newest image of that name and owner; null when there is none. */
export async function findImage(
  session: Session,
  { imageName, imageOwner }: Pick<AwsConfig, "imageName" | "imageOwner">,
): Promise<Image | null> {
  const { Images = [] } = await session.ask("find the image", (aws) =>
    aws.describeImages({
      Owners: [imageOwner],
      Filters: [
        { Name: "name", Values: [imageName] },
        { Name: "state", Values: ["available"] },
      ],
    }));
  const made = (image: typeof Images[number]) => image.CreationDate ?? "";
  const newest = Images.toSorted((a, b) => made(a) < made(b) ? 1 : -1)[0];
  if (newest === undefined) return null;
  return {
    id: newest.ImageId ?? "",
    name: newest.Name ?? "",
    architecture: newest.Architecture ?? "",
    rootDeviceName: newest.RootDeviceName ?? "",
  };
}

/** The account's images that carry the cluster's id, the newest first. */
export async function images(session: Session, clusterId: string): Promise<CloudImage[]> {
  const { Images = [] } = await session.ask("list the machine images", (aws) =>
    aws.describeImages({
      Owners: ["self"],
      Filters: [{ Name: `tag:${TAG.cluster}`, Values: [clusterId] }],
    }));
  const found = Images.map(({ ImageId = "", Name = "", CreationDate = "", BlockDeviceMappings = [] }) => ({
    name: Name,
    id: ImageId,
    createdAt: new Date(CreationDate).toISOString(),
    sizeGb: BlockDeviceMappings.reduce((sum, { Ebs }) => sum + (Ebs?.VolumeSize ?? 0), 0),
  }));
  return found.toSorted((a, b) => a.createdAt < b.createdAt ? 1 : -1);
}

/**
 * Removes an image and the snapshots that it is made of, which would go on costing; what is gone is
 * success.
 */
export async function removeImage(
  session: Session,
  { id, name }: CloudImage,
  isGone: (error: unknown) => boolean,
): Promise<void> {
  await session.ask(`remove the image ${name}`, async (aws) => {
    const unlessGone = async (call: Promise<unknown>) => {
      try {
        await call;
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    };
    const { Images = [] } = await aws.describeImages({
      Owners: ["self"],
      Filters: [{ Name: "image-id", Values: [id] }],
    });
    const devices = Images.flatMap(({ BlockDeviceMappings = [] }) => BlockDeviceMappings);
    await unlessGone(aws.deregisterImage(id));
    for (const { Ebs } of devices) {
      if (Ebs?.SnapshotId) await unlessGone(aws.deleteSnapshot(Ebs.SnapshotId));
    }
  });
}

/** What the config does not say by itself. */
export interface ImageFacts {
  /** Of the new image. */
  readonly name: string;
  readonly machine: BuildMachine;
  readonly region: string;
  /** The image to build on. */
  readonly source: { readonly id: string; readonly rootDeviceName: string };
  /** Ranges of addresses, none of them `auto`. */
  readonly allowedRanges: readonly string[];
  /** Another address of EC2 than AWS's. */
  readonly endpoint: string | undefined;
}

/** The variables there, by their names. */
export function awsImageVariables(config: AwsConfig, facts: ImageFacts): Readonly<Record<string, unknown>> {
  const { name, machine, region, source, allowedRanges, endpoint } = facts;
  return {
    cluster_id: config.clusterId,
    image_name: name,
    source_image: source.id,
    root_device_name: source.rootDeviceName,
    region_name: region,
    machine_type: machine.type,
    disk_gb: config.diskGb,
    subnet_id: config.subnetIds[0] ?? null,
    public_ip: config.publicIp,
    allowed_cidr: allowedRanges,
    user_name: config.userName,
    tags: config.tags,
    ec2_endpoint: endpoint ?? null,
  };
}
