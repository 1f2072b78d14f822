/** The Python tool's config.yaml (version 0.0.1): how one knows it, and what became of its keys. @module */

import { type ConfigKey, fieldOf } from "./fields.ts";

/** The parts it had; its keys were in them, today's are flat. */
export const OLD_PARTS: readonly string[] = ["terraform_config", "adaptive_config", "dask_config"];

/** Keys that have another name today. Those that stand neither here nor below are called what they were called. */
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

/** Whether the text is a config.yaml of the Python tool, right or wrong. */
export function isOldConfig(text: string): boolean {
  return OLD_PARTS.some((part) => hasKey(text, part)) && !hasKey(text, "provider");
}

function hasKey(text: string, key: string): boolean {
  return new RegExp(`^["']?${key}["']?\\s*:`, "m").test(text);
}

/** What a key of the Python tool is called today; null when there is no use for it. */
export function todaysKey(name: string): ConfigKey | null {
  if (Object.hasOwn(RENAMED, name)) return RENAMED[name]!;
  const field = fieldOf(name);
  // Which cluster it is, an old file cannot know.
  return field === undefined || field.identity ? null : name as ConfigKey;
}

/** Why there is no use for a key. */
export function whyUnused(name: string): string {
  return Object.hasOwn(UNUSED, name) ? UNUSED[name]! : "xcore knows no such key";
}
