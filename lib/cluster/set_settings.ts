/** `xcore config`: reading and changing a cluster's settings. @module */

import { keysForRestart } from "../config/changes.ts";
import type { Config } from "../config/config.ts";
import { type Edit, type Edited, readAll, readKey } from "../config/edit.ts";
import { loadMadeConfig, readConfigText, updateConfig } from "../config/load.ts";
import { concerns, defaultOn, settingOf } from "../config/settings.ts";
import { ConfigError, PrerequisiteError } from "../errors.ts";
import { providerFor } from "../platform/platforms.ts";
import { probePython } from "../python/python_environment.ts";
import type { Scope } from "./cluster.ts";

/**
 * The value of a key, its default where the file has none.
 *
 * @param key as in config.yaml, nested ones with dots
 * @throws {ConfigError} no such key, or a file with mistakes
 * @throws {NotRunningError} there is no config
 */
export async function getSetting({ runtime, home, told }: Scope, key: string): Promise<unknown> {
  return await readKey(await readConfigText(runtime, home, told), key);
}

/**
 * The values of all keys that concern the cluster's provider, defaults where the file has none, in the order of the file.
 *
 * @throws {ConfigError} a file with mistakes
 * @throws {NotRunningError} there is no config
 */
export async function listSettings({ runtime, home, told }: Scope): Promise<Record<string, unknown>> {
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
  scope: Scope,
  edits: readonly Edit[],
): Promise<string[]> {
  const { runtime, home, told } = scope;
  const config = await updateConfig(runtime, home, edits, told, (edited) => refuseUnavailable(scope, edited));
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
  return isNamed ? [...notes, ...await complaintAbout(scope, python)] : notes;
}

/** Why nothing can start with this Python, in lines for people: it is recorded, for it may be installed later. */
async function complaintAbout({ runtime }: Scope, python: string): Promise<string[]> {
  try {
    await probePython(runtime, python);
    return [];
  } catch (error) {
    if (!(error instanceof PrerequisiteError)) throw error;
    return [`${error.message}.`, error.hint];
  }
}

/** What a config names, and the key that names it, as `config set` takes it. */
interface Named {
  readonly key: string;
  readonly name: string;
}

/**
 * Looks for what the edits add. A provider that cannot be asked, and a file that is just being mended, are no reason to
 * refuse.
 *
 * @throws {ConfigError} it cannot be had
 */
export async function refuseUnavailable({ runtime, home }: Scope, { before, config }: Edited): Promise<void> {
  if (before === null) return;
  const types = added(typesIn, before, config);
  const accelerators = added(acceleratorsIn, before, config);
  if (types.length + accelerators.length === 0) return;
  const provider = await providerFor({ runtime, home, config });
  const offerings = await provider.offerings(namesOf(types), namesOf(accelerators)).catch(() => null);
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

function added(namedIn: (config: Config) => Named[], before: Config, after: Config): Named[] {
  const known = namedIn(before);
  return namedIn(after).filter(({ key, name }) =>
    !known.some((other) => other.key === key && other.name === name)
  );
}

function typesIn({ schedulerType, workerType, fallbackWorkerTypes, pools }: Config): Named[] {
  return [
    ...named("scheduler_type", schedulerType),
    ...named("worker_type", workerType),
    ...fallbackWorkerTypes.flatMap((type) => named("fallback_worker_types", type)),
    ...pools.flatMap(({ name, workerType }) => named(`pools.${name}.worker_type`, workerType)),
  ];
}

function acceleratorsIn({ acceleratorType, pools }: Config): Named[] {
  return [
    ...named("accelerator_type", acceleratorType),
    ...pools.flatMap(({ name, acceleratorType }) => named(`pools.${name}.accelerator_type`, acceleratorType)),
  ];
}

function named(key: string, name: string | null): Named[] {
  return name === null ? [] : [{ key, name }];
}

function namesOf(named: readonly Named[]): string[] {
  return named.map(({ name }) => name);
}
