/** The system image that a config means. @module */

import type { Config } from "../../config/config.ts";
import type { Session } from "./_session.ts";

/** A system image. */
export interface Image {
  readonly id: string;
  readonly name: string;
  /** `x86_64` or `arm64`. */
  readonly architecture: string;
}

/** The newest image of that name and owner; null when there is none. */
export async function findImage(session: Session, { imageName, imageOwner }: Config): Promise<Image | null> {
  const { Images = [] } = await session.ask("find the image", (aws) =>
    aws.describeImages({
      ...(imageOwner !== null && { Owners: [imageOwner] }),
      Filters: [
        { Name: "name", Values: [imageName ?? ""] },
        { Name: "state", Values: ["available"] },
      ],
    }));
  const made = (image: typeof Images[number]) => image.CreationDate ?? "";
  const newest = Images.toSorted((a, b) => made(a) < made(b) ? 1 : -1)[0];
  if (newest === undefined) return null;
  return { id: newest.ImageId ?? "", name: newest.Name ?? "", architecture: newest.Architecture ?? "" };
}
