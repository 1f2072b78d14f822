/** What the base asks of AWS beside what Terraform does for it. @module */

import type { AwsConfig } from "../../config/config.ts";
import { XcoreError } from "../../errors.ts";
import type { Cloud, InstanceLife, Remnant } from "../cloud.ts";
import type { PlatformOptions } from "../platform.ts";
import { consoleOf } from "./console.ts";
import { isGone, meaningOf } from "./errors.ts";
import { findImage, imagesOf, removeImage } from "./images.ts";
import { zonesByType } from "./offerings.ts";
import { type Thing, THINGS } from "./resources.ts";
import { awsSession, type Session } from "./session.ts";
import { readTags, TAG, WORKER } from "./instances.ts";

/** AWS as the base sees it. */
export interface AwsCloud extends Cloud {
  /** The region everything is in. */
  region(): Promise<string>;
  /** The zones that have a machine type, sorted. */
  zonesWith(type: string): Promise<readonly string[]>;
  /** The newest image of that name and owner; null: there is none. */
  image(
    wanted: Pick<AwsConfig, "imageName" | "imageOwner">,
  ): Promise<{ readonly id: string; readonly rootDeviceName: string } | null>;
}

/** The cluster's AWS. Nothing is asked before a method is called. */
export function awsCloud({ runtime, config }: PlatformOptions<AwsConfig>): AwsCloud {
  const session = awsSession(runtime.clock, config.regionName);
  return {
    things: THINGS,
    region: () => session.ask("choose a region", (aws) => aws.region()),
    credentials: () => credentials(session),
    zonesWith: async (type) => (await zonesByType(session, [type])).get(type) ?? [],
    image: (wanted) => findImage(session, wanted),
    owner: async () => {
      const { Account = "" } = await session.ask("find out whose account this is", (aws) => aws.identity());
      return Account;
    },
    images: () => imagesOf(session, config.clusterId),
    removeImage: (image) => removeImage(session, image, isGone),
    clockAheadMs: () =>
      session.ask("ask AWS what time it is", async (aws) => {
        await aws.identity(); // any answer has the time
        return aws.clockOffsetMs();
      }),
    lifeOf: (id) => lifeOf(session, id),
    console: (id, after) => consoleOf(session, id, after),
    remnants: () => remnants(session, config.clusterId),
    async remove({ thing, id }) {
      await session.ask(`remove ${thing} ${id}`, async (aws) => {
        try {
          await aws.things[thing as Thing].remove(id);
        } catch (error) {
          if (!isGone(error)) throw error;
        }
      });
    },
  };
}

/** What a cloud said through somebody else, by the code of AWS's in it; null when there is none that is known. */
export function meaningOfText(text: string, doing: string): XcoreError | null {
  for (const [, code = ""] of text.matchAll(/\b([A-Z][A-Za-z]+(?:\.[A-Z][A-Za-z]+)*)\b(?=: )/g)) {
    const said = Object.assign(new Error(text), { name: code, $metadata: { httpStatusCode: 400 } });
    const meaning = meaningOf(said, doing);
    if (meaning instanceof XcoreError && meaning.constructor !== XcoreError) return meaning;
  }
  return null;
}

async function credentials(session: Session): Promise<Readonly<Record<string, string>>> {
  const found = await session.ask("find credentials", (aws) => aws.credentials());
  return {
    AWS_ACCESS_KEY_ID: found.accessKeyId,
    AWS_SECRET_ACCESS_KEY: found.secretAccessKey,
    AWS_SESSION_TOKEN: found.sessionToken ?? "",
    AWS_PROFILE: "", // it has been used to find these, and older programs cannot follow every kind
  };
}

async function lifeOf(session: Session, id: string): Promise<InstanceLife> {
  const state = await session.ask("look at the scheduler's instance", async (aws) => {
    try {
      const { Reservations = [] } = await aws.describeInstances({ InstanceIds: [id] });
      return Reservations[0]?.Instances?.[0]?.State?.Name;
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  });
  if (state === "pending" || state === "running") return state;
  return state === undefined || state === "terminated" ? "gone" : "ending";
}

async function remnants(session: Session, clusterId: string): Promise<Remnant[]> {
  const filters = [{ Name: `tag:${TAG.cluster}`, Values: [clusterId] }];
  const lists = await Promise.all(THINGS.map(async (thing) => {
    const found = await session.ask("list what is there", (aws) => aws.things[thing].list(filters));
    return found.filter(({ Tags }) => readTags(Tags)[TAG.role] !== WORKER)
      .map(({ id }) => ({ thing, id }));
  }));
  return lists.flat();
}
