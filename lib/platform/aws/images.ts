/** System images: the one that a config means, and those of the account's own. @module */

import type { AwsConfig } from "../../config/config.ts";
import type { Clock } from "../../runtime.ts";
import { pollUntil } from "../../util/poll_until.ts";
import type { BuildMachine, CloudImage } from "../base.ts";
import { codeOf, isGone } from "./errors.ts";
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
export async function images(session: Pick<Session, "ask">, clusterId: string): Promise<CloudImage[]> {
  const { region, Images = [] } = await session.ask("list the machine images", async (aws) => ({
    region: await aws.region(),
    ...await aws.describeImages({
      Owners: ["self"],
      Filters: [{ Name: `tag:${TAG.cluster}`, Values: [clusterId] }],
    }),
  }));
  const found = Images.map(({ ImageId = "", Name = "", CreationDate = "", BlockDeviceMappings = [] }) => ({
    name: Name,
    id: ImageId,
    createdAt: new Date(CreationDate).toISOString(),
    sizeGb: BlockDeviceMappings.reduce((sum, { Ebs }) => sum + (Ebs?.VolumeSize ?? 0), 0),
    removeCommand: [
      `aws ec2 deregister-image --region ${region} --image-id ${ImageId}`,
      ...snapshotsOf(BlockDeviceMappings).map((id) =>
        `aws ec2 delete-snapshot --region ${region} --snapshot-id ${id}`
      ),
    ].join(" && "),
  }));
  return found.toSorted((a, b) => a.createdAt < b.createdAt ? 1 : -1);
}

/** AWS takes the snapshots of an image that has just been removed for in use, for some seconds. */
const SNAPSHOT_FREE_WITHIN_MS = 2 * 60_000;
const POLL_EVERY_MS = 3000;

/** How AWS says of a snapshot that it is deleted, or that another image needs it. */
const DONE: ReadonlySet<string | undefined> = new Set(["success", "skipped"]);

/**
 * Removes an image and the snapshots that it is made of, which would go on costing; what is gone is
 * success. AWS deletes the snapshots in the same call, except those that it cannot delete yet.
 *
 * @throws {XcoreError} AWS refuses, or a snapshot stays in use
 */
export async function removeImage(
  session: Pick<Session, "ask">,
  clock: Pick<Clock, "monotonicMs" | "sleep">,
  { id, name }: CloudImage,
): Promise<void> {
  await session.ask(`remove the image ${name}`, async (aws) => {
    const { Images = [] } = await aws.describeImages({
      Owners: ["self"],
      Filters: [{ Name: "image-id", Values: [id] }],
    });
    const snapshots = Images.flatMap(({ BlockDeviceMappings = [] }) => snapshotsOf(BlockDeviceMappings));
    const answer = await unlessGone(aws.deregisterImage(id));
    const done = (answer?.DeleteSnapshotResults ?? []).filter(({ ReturnCode }) => DONE.has(ReturnCode))
      .map(({ SnapshotId }) => SnapshotId);
    for (const snapshot of snapshots) {
      if (!done.includes(snapshot)) await deleteOnceFree(clock, () => aws.deleteSnapshot(snapshot));
    }
  });
}

function snapshotsOf(disks: readonly { readonly Ebs?: { readonly SnapshotId?: string } }[]): string[] {
  return disks.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
}

async function unlessGone<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

async function deleteOnceFree(
  clock: Pick<Clock, "monotonicMs" | "sleep">,
  remove: () => Promise<unknown>,
): Promise<void> {
  let refusal: unknown;
  const times = { everyMs: POLL_EVERY_MS, withinMs: SNAPSHOT_FREE_WITHIN_MS };
  const done = await pollUntil(clock, times, async () => {
    try {
      await unlessGone(remove());
      return true;
    } catch (error) {
      if (codeOf(error) !== "InvalidSnapshot.InUse") throw error;
      refusal = error;
      return null;
    }
  });
  if (done === null) throw refusal;
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
    // Those that Packer's plugin takes it for.
    unlimited_credits: /^t(2|3a?|4g)\./.test(machine.type),
    disk_gb: config.diskGb,
    disk_kms_key: config.diskKmsKey,
    subnet_id: config.subnetIds[0] ?? null,
    public_ip: config.publicIp,
    allowed_cidr: allowedRanges,
    user_name: config.userName,
    tags: config.tags,
    ec2_endpoint: endpoint ?? null,
  };
}
