/** `xcore config`: reading and changing a cluster's settings. @module */

import { type Edit, readKey } from "../config/edit.ts";
import { concerns, defaultOf, fieldOf } from "../config/fields.ts";
import { loadConfig, readConfigText, updateConfig } from "../config/load.ts";
import { daemonPresence } from "../daemon/presence.ts";
import { ConfigError } from "../errors.ts";
import { openCluster, type Place } from "./cluster.ts";

/**
 * The value of a key, its default where the file has none.
 *
 * @param key as in config.yaml, nested ones with dots
 * @throws {ConfigError} no such key, or a file with mistakes
 * @throws {NotRunningError} there is no config
 */
export async function getSetting({ runtime, home, told }: Place, key: string): Promise<unknown> {
  return await readKey(await readConfigText(runtime, home, told), key);
}

/**
 * Changes keys, all of them or none, and says what a person should know of it, one line each.
 *
 * @param edits key and value, the value as it would stand in the file
 * @throws {ConfigError} no such key, a value that is not allowed, a machine type or an accelerator that cannot be had, or a file with mistakes
 * @throws {NotRunningError} there is no config
 */
export async function setSettings(
  place: Place,
  edits: readonly Edit[],
): Promise<string[]> {
  const { runtime, home, told } = place;
  await refuseMissing(place, edits);
  await updateConfig(runtime, home, edits, told);
  const { provider } = await loadConfig(runtime, home);
  const running = await daemonPresence(runtime, home) !== null;
  return edits.flatMap(([key, value]) => {
    const field = fieldOf(key.split(".")[0] ?? key);
    if (field === undefined) return [];
    if (!concerns(field, provider)) {
      if (value === String(defaultOf(field, provider))) return []; // as if it had not been said
      return [`${key} is recorded; it has no effect with provider ${provider}.`];
    }
    if (field.scheduler && running) return [`${key} takes effect at the next \`xcore restart\`.`];
    return [];
  });
}

const TYPE_KEYS = /^(scheduler_type|worker_type|fallback_worker_types|pools\.\d+\.worker_type)$/;

const ACCELERATOR_KEYS = /^(pools\.\d+\.)?accelerator_type$/;

/** A provider that cannot be asked, and a file that is just being mended, are no reason to refuse. */
async function refuseMissing(place: Place, edits: readonly Edit[]): Promise<void> {
  const types = namesIn(edits, TYPE_KEYS);
  const accelerators = namesIn(edits, ACCELERATOR_KEYS);
  if (types.length + accelerators.length === 0) return;
  const cluster = await openCluster(place).catch(() => null);
  const names = (asked: typeof types) => asked.map(({ name }) => name);
  const offerings = await cluster?.provider.offerings(names(types), names(accelerators)).catch(() => null);
  for (const { key, name } of types) {
    const likely = offerings?.missing?.[name];
    if (likely === undefined) continue;
    throw new ConfigError(
      `Cannot set ${key}: there is no machine type ${name} in this region`,
      likely.length === 0
        ? "Your cloud's console lists those there are."
        : `Did you mean ${likely.join(" or ")}?`,
    );
  }
  for (const { key, name } of accelerators) {
    const others = offerings?.lacking?.[name];
    if (others === undefined) continue;
    const zones = offerings!.zones.join(" and ");
    throw new ConfigError(
      `Cannot set ${key}: there is no ${name} in ${zones}, only ${
        others.join(", ") || "machines without any"
      }`,
      "`gcloud compute accelerator-types list` shows which zones have it; name them under `zones`.",
    );
  }
}

/** What the edits of these keys name. */
function namesIn(edits: readonly Edit[], keys: RegExp): { readonly key: string; readonly name: string }[] {
  return edits.filter(([key]) => keys.test(key)).flatMap(([key, value]) =>
    (value.match(/[\w.-]+/g) ?? []).filter((name) => name !== "null").map((name) => ({ key, name }))
  );
}
