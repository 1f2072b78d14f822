/** Where today's values and defaults differ from those of the Python tool 0.0.1. @module */

import { resolve } from "node:path";
import { type ConfigKey, defaultOn, type ProviderName, SETTINGS } from "./settings.ts";

/** What decides about a value besides itself. */
export interface Facts {
  readonly provider: ProviderName;
  /** The old file's values under today's keys, in the form of today's file. */
  readonly values: ReadonlyMap<ConfigKey, unknown>;
  /** The person's home folder, or null when it is not known. */
  readonly userHome: string | null;
  /** Where the Python tool ran Terraform. */
  readonly terraform: string;
}

/** A value for today's file, and why it is this one. */
export interface Today {
  readonly value: unknown;
  readonly why: string;
}

/** A key that the Python tool did not have. */
export interface Addition extends Today {
  readonly key: ConfigKey;
  /** The key that its value was drawn from, if there is one. */
  readonly from?: ConfigKey;
}

const WAYS: Readonly<Partial<Record<ConfigKey, (value: unknown, facts: Facts) => Today | null>>> = {
  image_name: imageName,
  public_key_path: fullPath,
  user_name: (_, { provider }) =>
    provider === "aws"
      ? { value: defaultOn(SETTINGS.user_name, provider), why: "on AWS it had no effect; this is Ubuntu's" }
      : null,
  poll_interval_s: (value) => value === 10 ? { value, why: "1, usual today, starts workers sooner" } : null,
};

/** A key's value for today, or null when it stays as it is. */
export function todaysValue(key: ConfigKey, facts: Facts): Today | null {
  return WAYS[key]?.(facts.values.get(key), facts) ?? null;
}

const OWN_ADDRESS: Addition = {
  key: "allowed_cidr",
  value: ["auto"],
  why: "the whole internet could reach the cluster; now it is this machine",
};

/** Keys that the old file cannot have, where what the Python tool did was not what is usual today. */
export function additionsFor(facts: Facts): Addition[] {
  const additions = facts.provider === "aws" ? ADDITIONS_ON_AWS : [...imageOwner(facts), ...ADDITIONS_ON_GCP];
  return additions.filter(({ key }) => !facts.values.has(key));
}

const ADDITIONS_ON_AWS: readonly Addition[] = [
  { key: "market", value: "spot", why: "the Python tool always took spot instances for workers" },
  {
    key: "instance_profile",
    value: null,
    why: "machines had the role EC2InstanceRole; name it here if tasks need AWS themselves",
  },
  OWN_ADDRESS,
];

const ADDITIONS_ON_GCP: readonly Addition[] = [
  {
    key: "scopes",
    value: [],
    why:
      "machines had the scope cloud-platform; name it here, and a service_account, if tasks need Google Cloud",
  },
  OWN_ADDRESS,
];

/** What the Python tool wrote. */
const OLD_IMAGES: Readonly<Partial<Record<ProviderName, string>>> = {
  aws: "ubuntu/images/hvm-ssd/ubuntu-bionic-18.04-amd64-server-*",
  gcp: "ubuntu-1804-lts",
};

function imageName(value: unknown, { provider, values }: Facts): Today | null {
  const usualOwner = defaultOn(SETTINGS.image_owner, provider);
  const owner = values.get("image_owner") ?? usualOwner;
  if (value === OLD_IMAGES[provider] && owner === usualOwner) {
    return {
      value: defaultOn(SETTINGS.image_name, provider),
      why: "the Python tool's Ubuntu 18.04 is too old by now",
    };
  }
  const image = provider === "gcp" ? googleImage(value) : null;
  if (image === null || image.name === value) return null;
  return { value: image.name, why: "its project is image_owner" };
}

function imageOwner({ values }: Facts): Addition[] {
  const owner = ownerOf(values.get("image_name"), values.get("project_name"));
  if (owner === null || owner === defaultOn(SETTINGS.image_owner, "gcp")) return [];
  return [{ key: "image_owner", value: owner, why: "the project that the image is in", from: "image_name" }];
}

/** As Terraform took it: `~` is the person's home, and what does not begin with `/` is below its own folder. */
function fullPath(value: unknown, { userHome, terraform }: Facts): Today | null {
  if (typeof value !== "string" || value === "" || value.startsWith("/")) return null;
  const why = "a full path is needed";
  if (!value.startsWith("~")) return { value: resolve(terraform, value), why };
  return value.startsWith("~/") && userHome !== null
    ? { value: resolve(userHome, value.slice(2)), why }
    : null;
}

/** An image, or a family of them. */
interface GoogleImage {
  readonly name: string;
  /** Null when the name alone was given. */
  readonly project: string | null;
}

/** `md`, `my-lab/md`, `projects/my-lab/global/images/family/md`, and that with https://… before it. */
const FORM = new RegExp(
  "^(?:https://[^/]+/compute/\\w+/)?(?:(?:projects/)?(?!global/|family/)([^/]+)/)?" +
    "(?:global/images/)?(?:family/)?([^/]+)$",
);

/** Terraform looked for these in projects of their own; the Python tool's start-up scripts ran on no others. */
const PUBLIC_PROJECTS: readonly (readonly [prefix: string, project: string])[] = [
  ["ubuntu-", "ubuntu-os-cloud"],
  ["debian-", "debian-cloud"],
];

/** The image that a text means, or null when it is in none of Terraform's forms. */
function googleImage(value: unknown): GoogleImage | null {
  const [, project = null, name = null] = typeof value === "string" ? FORM.exec(value) ?? [] : [];
  return name === null ? null : { name, project };
}

/** The project that an image is in, `own` where nothing says otherwise; null when it cannot be told. */
function ownerOf(value: unknown, own: unknown): string | null {
  const image = googleImage(value);
  if (image === null) return null;
  const known = image.project ?? PUBLIC_PROJECTS.find(([prefix]) => image.name.startsWith(prefix))?.[1];
  return known ?? (typeof own === "string" ? own : null);
}
