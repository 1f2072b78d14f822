/** `xcore config`: reading and changing a cluster's settings. @module */

import { keysForRestart } from "../config/changes.ts";
import { type Edit, readAll, readKey } from "../config/edit.ts";
import { concerns, defaultOn, settingOf } from "../config/settings.ts";
import { PrerequisiteError } from "../errors.ts";
import { probePython } from "../python/environment.ts";
import { loadMadeConfig, readConfigText, updateConfig } from "../config/load.ts";
import { refuseMissing } from "./_missing_machines.ts";
import type { Place } from "./cluster.ts";

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
 * The values of all keys that concern the cluster's provider, defaults where the file has none, in the order of the file.
 *
 * @throws {ConfigError} a file with mistakes
 * @throws {NotRunningError} there is no config
 */
export async function listSettings({ runtime, home, told }: Place): Promise<Record<string, unknown>> {
  return await readAll(await readConfigText(runtime, home, told));
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
  const config = await updateConfig(runtime, home, edits, told, (edited) => refuseMissing(place, edited));
  const { provider, python } = config;
  const made = await loadMadeConfig(runtime, home).catch(() => null);
  const waiting: readonly string[] = made === null ? [] : keysForRestart(made, config);
  const notes = edits.flatMap(([key, value]) => {
    const [whole = key] = key.split(".");
    const setting = settingOf(whole);
    if (setting === undefined) return [];
    if (!concerns(setting, provider)) {
      if (value === String(defaultOn(setting, provider))) return []; // as if it had not been said
      return [`${key} is recorded; it has no effect with provider ${provider}.`];
    }
    if (waiting.includes(whole)) return [`${key} takes effect at the next \`xcore restart\`.`];
    return [];
  });
  const isNamed = python !== null && edits.some(([key]) => key === "python");
  return isNamed ? [...notes, ...await complaintAbout(place, python)] : notes;
}

/** Why nothing can start with this Python, in lines for people: it is recorded, for it may be installed later. */
async function complaintAbout({ runtime }: Place, python: string): Promise<string[]> {
  try {
    await probePython(runtime, python);
    return [];
  } catch (error) {
    if (!(error instanceof PrerequisiteError)) throw error;
    return [`${error.message}.`, error.hint];
  }
}
