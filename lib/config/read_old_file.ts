/**
 * A config.yaml of the Python tool 0.0.1: its keys, those of use today and the others, and their
 * values.
 * @module
 */

import { resolve } from "node:path";
import { fileFailure, type Mistake } from "./mistakes.ts";
import { V0_PARTS, yamlOf } from "./parse_config.ts";
import {
  CLOUDS,
  concerns,
  type ConfigKey,
  defaultOn,
  type ProviderName,
  settingOf,
  SETTINGS,
} from "./settings.ts";
import { orOf, type ValueType, ZodMiniNumber, ZodMiniString } from "./value_type.ts";
import { flowOf, type Found, type YamlFile } from "./yaml_file.ts";

/** A key in the old file. */
export interface OldKey {
  readonly name: string;
  /** With the part it is in: `adaptive_config.max_workers`. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  /** In the form of today's file. */
  readonly value: unknown;
  /** Key and value as they stood, on one line. */
  readonly shown: string;
}

/** A key that there is no use for. */
export interface UnusedKey extends OldKey {
  readonly why: string;
}

/** What the old file says. */
export interface OldFile {
  readonly provider: ProviderName;
  /** By today's name. */
  readonly used: ReadonlyMap<ConfigKey, OldKey>;
  readonly unused: readonly UnusedKey[];
}

const LONGEST_SHOWN = 160;

/**
 * Reads an old file.
 *
 * @throws {ConfigError} it is no YAML, has a key twice, or does not say which cloud it is for
 */
export async function readOldFile(text: string, path: string): Promise<OldFile> {
  const { entries, mistakes } = entriesOf(await yamlOf(text, path));
  const used = new Map<ConfigKey, OldKey>();
  const unused: UnusedKey[] = [];
  for (const entry of entries) {
    const key = todaysKey(entry.name);
    const old = oldKey(entry, key);
    const earlier = key === null ? undefined : used.get(key);
    if (key === null) unused.push({ ...old, why: whyUnused(entry.name) });
    else if (earlier === undefined) used.set(key, old);
    else {
      const found = `found a second value for ${key} (first in line ${earlier.line})`;
      mistakes.push({
        line: old.line,
        key: old.path,
        message: `${found}, allowed once: remove one of them`,
      });
    }
  }
  const provider = CLOUDS.find((name) => name === used.get("provider")?.value);
  if (provider === undefined) mistakes.push(noProvider(used.get("provider")));
  if (provider === undefined || mistakes.length > 0) throw fileFailure(path, mistakes);
  for (const [key, old] of used) {
    if (concerns(SETTINGS[key], provider)) continue;
    used.delete(key);
    unused.push({ ...old, why: `it means nothing on ${provider}` });
  }
  return { provider, used, unused };
}

interface Entry {
  /** With a dot behind it; empty: outside of any part. */
  readonly part: string;
  readonly name: string;
  readonly value: unknown;
  readonly found: Found;
}

/** The keys of all parts, and those outside. */
function entriesOf(file: YamlFile): { entries: Entry[]; mistakes: Mistake[] } {
  const mistakes: Mistake[] = [...file.repeated];
  const entries = Object.entries(file.values as Readonly<Record<string, unknown>>).flatMap(
    ([name, value]) => {
      const found = file.at([name])!;
      if (!V0_PARTS.includes(name)) return [{ part: "", name, value, found }];
      if (found.shape === "map") {
        return Object.entries(value as object).map(([inner, value]) => (
          { part: `${name}.`, name: inner, value, found: file.at([name, inner])! }
        ));
      }
      if (value !== null) {
        const what = found.shape === "list" ? "a list" : "a text";
        const message = `found ${what}, allowed keys and values, each indented`;
        mistakes.push({ line: found.line, key: name, message });
      }
      return [];
    },
  );
  return { entries, mistakes };
}

function oldKey({ part, name, value, found }: Entry, key: ConfigKey | null): OldKey {
  const type = key === null ? null : SETTINGS[key].type;
  const today = type === null ? value : valueFor(type, value, found);
  const shown = `${flowOf(name)}: ${flowOf(type instanceof ZodMiniString ? today : value)}`;
  return {
    name,
    path: part + name,
    line: found.line,
    value: today,
    shown: shown.length > LONGEST_SHOWN ? `${shown.slice(0, LONGEST_SHOWN)}…` : shown,
  };
}

/**
 * The Python tool had texts for some numbers: `accelerator_count: "1"`. And PyYAML writes the text
 * 099720109477 without quotes: a number in today's YAML, without its first digit.
 */
function valueFor(type: ValueType, value: unknown, { source }: Found): unknown {
  if (type instanceof ZodMiniString) return typeof value === "number" ? source : value;
  return type instanceof ZodMiniNumber && typeof value === "string" && /^\d+$/.test(value)
    ? Number(value)
    : value;
}

function noProvider(old: OldKey | undefined): Mistake {
  const clouds = orOf(CLOUDS);
  if (old === undefined) {
    return { line: null, key: "terraform_config.cloud_provider", message: `missing; write ${clouds}` };
  }
  return { line: old.line, key: old.path, message: `found ${flowOf(old.value)}, allowed ${clouds}` };
}

/**
 * Keys that have another name today. Those that stand neither here nor below are called what they
 * were called.
 */
const RENAMED: Readonly<Record<string, ConfigKey>> = {
  cloud_provider: "provider",
  image_id: "image_name",
  max_idle_time: "max_idle_time_s",
  poll_interval: "poll_interval_s",
};

/** Keys that there is no use for any more, and what does their work. */
const UNUSED: Readonly<Record<string, string>> = {
  scheduler_name: "the scheduler is named after cluster_id",
  worker_names: "the cloud itself is asked which workers there are",
  key_name: "the SSH key is named after cluster_id; its file is public_key_path",
  sg_name: "the firewall is named after cluster_id",
  scheduler_url: "`xcore url` says it",
};

/** What a key of the Python tool is called today; null when there is no use for it. */
function todaysKey(name: string): ConfigKey | null {
  if (Object.hasOwn(RENAMED, name)) return RENAMED[name]!;
  const setting = settingOf(name);
  // Which cluster it is, an old file cannot know.
  return setting === undefined || setting.identity ? null : name as ConfigKey;
}

/** Why there is no use for a key. */
function whyUnused(name: string): string {
  return Object.hasOwn(UNUSED, name) ? UNUSED[name]! : "xcore knows no such key";
}

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

/**
 * Keys that the old file cannot have, where what the Python tool did was not what is usual today.
 */
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

/**
 * As Terraform took it: `~` is the person's home, and what does not begin with `/` is below its own
 * folder.
 */
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

/**
 * `md`, `my-lab/md`, `projects/my-lab/global/images/family/md`, and that with https://… before it.
 */
const FORM = new RegExp(
  "^(?:https://[^/]+/compute/\\w+/)?(?:(?:projects/)?(?!global/|family/)([^/]+)/)?" +
    "(?:global/images/)?(?:family/)?([^/]+)$",
);

/**
 * Terraform looked for these in projects of their own; the Python tool's start-up scripts ran on no
 * others.
 */
const PUBLIC_PROJECTS: readonly (readonly [prefix: string, project: string])[] = [
  ["ubuntu-", "ubuntu-os-cloud"],
  ["debian-", "debian-cloud"],
];

/** The image that a text means, or null when it is in none of Terraform's forms. */
function googleImage(value: unknown): GoogleImage | null {
  const [, project = null, name = null] = typeof value === "string" ? FORM.exec(value) ?? [] : [];
  return name === null ? null : { name, project };
}

/**
 * The project that an image is in, `own` where nothing says otherwise; null when it cannot be told.
 */
function ownerOf(value: unknown, own: unknown): string | null {
  const image = googleImage(value);
  if (image === null) return null;
  const known = image.project ?? PUBLIC_PROJECTS.find(([prefix]) => image.name.startsWith(prefix))?.[1];
  return known ?? (typeof own === "string" ? own : null);
}
