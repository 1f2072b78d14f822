/** `xcore config`: reads and changes a cluster's settings. @module */

import { type Config, isPlace, keysForRestart } from "../config/config.ts";
import { type Edit, type Edited, readAll, readKey } from "../config/edit.ts";
import { loadMadeConfig, readConfigText, replaceConfigText, updateConfig } from "../config/load_config.ts";
import { parseConfig } from "../config/parse_config.ts";
import { concerns, defaultOn, settingOf } from "../config/settings.ts";
import { ConfigError, ConflictError, PrerequisiteError } from "../errors.ts";
import { platformOf, providerFor } from "../platform/platforms.ts";
import { unknownRegion } from "../platform/unknown_region.ts";
import { asMade } from "../platform/terraform/state_file.ts";
import { keptPrices } from "../price/cluster_prices.ts";
import { mostText } from "../price/price_text.ts";
import { probePython } from "../python/python_environment.ts";
import { shellWord } from "../util/shell_word.ts";
import type { Scope } from "./cluster.ts";

/**
 * The value of a key; its default if the file has none.
 *
 * @param key as in config.yaml, nested ones with dots
 * @throws {ConfigError} no such key, or a file with mistakes
 * @throws {NotRunningError} there is no config
 */
export async function getSetting({ runtime, home, told }: Scope, key: string): Promise<unknown> {
  return await readKey(await readConfigText(runtime, home, told), key);
}

/**
 * The values of all keys that have an effect with the cluster's provider, with defaults, in the
 * order of the file.
 *
 * @throws {ConfigError} a file with mistakes
 * @throws {NotRunningError} there is no config
 */
export async function listSettings({ runtime, home, told }: Scope): Promise<Record<string, unknown>> {
  return await readAll(await readConfigText(runtime, home, told));
}

/**
 * Changes keys, all of them or none.
 *
 * @returns what to know about the changes, one line each
 *
 * @param edits key and value, the value as it would stand in the file
 * @throws {ConfigError} no such key, a value that is not allowed, a machine type or an accelerator
 * that is not offered, or a file with mistakes
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
      if (value === String(defaultOn(setting, provider))) return []; // no change
      return [`${key} is set, but has no effect with provider ${provider}.`];
    }
    if (waiting.includes(whole)) return [restartNote(key)];
    return [];
  });
  if (edits.some(([key]) => key === "region_name")) notes.push(...regionNotes(config));
  notes.push(...await costNote(scope, config, edits));
  const isNamed = python !== null && edits.some(([key]) => key === "python");
  return isNamed ? [...notes, ...await complaintAbout(scope, python)] : notes;
}

/** What `xcore config edit` did. */
export interface EditedSettings {
  readonly changed: boolean;
  /** What to know about the changes, one line each. */
  readonly notes: readonly string[];
}

/**
 * Opens a copy of config.yaml in an editor, and takes its text if that is a valid configuration of
 * the same cluster. A text that is not taken stays in the copy, and the next edit goes on with it.
 *
 * @param editor a command as a shell reads it, which is given the file
 * @throws {ConfigError} the text has mistakes, names another cluster, or a machine type that is not offered
 * @throws {ConflictError} config.yaml has been changed meanwhile
 * @throws {PrerequisiteError} the editor has failed
 */
export async function editSettings(scope: Scope, editor: string): Promise<EditedSettings> {
  const { runtime, home, told = () => {} } = scope;
  const { files } = runtime;
  const text = await readConfigText(runtime, home, told);
  const before = await parseConfig(text, home.config).catch(() => null); // an edit may be what corrects it
  const draft = home.editedConfig;
  if (await files.exists(draft)) told(`Going on with the text that was not taken: ${draft}`);
  else await files.writeText(draft, text);
  // As git and crontab do: the variable may have options in it.
  const code = await runtime.runOnTerminal(["sh", "-c", `${editor} "$1"`, "sh", draft]);
  const again = `Your text is in ${
    shellWord(draft)
  }: run \`xcore config edit\` again to go on with it, or remove it.`;
  if (code !== 0) {
    throw new PrerequisiteError(
      `Cannot take the text: the editor, ${editor}, ended with exit code ${code}`,
      `Set EDITOR to one that is here. ${again}`,
    );
  }
  if (await files.kind(draft) !== "file") {
    throw new PrerequisiteError(
      `Cannot take the text: the editor, ${editor}, left no file at ${draft}`,
      `Nothing was changed. Set EDITOR to one that saves the file it is given; remove what is at ${
        shellWord(draft)
      } if there is something.`,
    );
  }
  const edited = await files.readText(draft);
  if (edited === text) {
    await files.remove(draft);
    return { changed: false, notes: [] };
  }
  try {
    const config = await parseConfig(edited, draft);
    if (before !== null) refuseAnother(before, config);
    await refuseUnavailable(scope, { before, config });
    await replaceConfigText(runtime, home, text, edited);
    await files.remove(draft);
    const known = before === null ? [] : regionNotes(before);
    const regional = regionNotes(config).filter((note) => !known.includes(note));
    return { changed: true, notes: [...await waitingNotes(scope, before, config), ...regional] };
  } catch (error) {
    if (error instanceof ConflictError) {
      const merge = `Put that change into your text, ${
        shellWord(draft)
      }, and run \`xcore config edit\` again.`;
      throw new ConflictError(error.message, merge, error);
    }
    if (error instanceof ConfigError) throw new ConfigError(error.message, again, error.mistakes, error);
    throw error;
  }
}

/** @throws {ConfigError} the text is of another cluster */
function refuseAnother(before: Config, config: Config): void {
  for (
    const [key, was, is] of [
      ["provider", before.provider, config.provider],
      ["cluster_id", before.clusterId, config.clusterId],
    ]
  ) {
    if (was === is) continue;
    throw new ConfigError(`Cannot change ${key} from ${was} to ${is}: it says which cluster this is`, "");
  }
}

/** Which of the changes wait for a new scheduler. */
async function waitingNotes(
  { runtime, home }: Scope,
  before: Config | null,
  config: Config,
): Promise<string[]> {
  const made = await loadMadeConfig(runtime, home).catch(() => null);
  if (made === null) return [];
  const waited = before === null ? [] : keysForRestart(made, before);
  return keysForRestart(made, config).filter((key) => !waited.includes(key)).map(restartNote);
}

function restartNote(key: string): string {
  const how = isPlace(key) ? ", which shuts the cluster down where it is, and starts a new one there" : "";
  return `${key} takes effect with \`xcore restart\`${how}.`;
}

/** A region may be newer than this program: it is set anyway. */
function regionNotes(config: Config): string[] {
  if (config.provider === "local" || config.regionName === null) return [];
  const unknown = unknownRegion(config.regionName, platformOf(config).traits.regions);
  return unknown === null ? [] : [`${unknown.message}.`, unknown.hint];
}

/** Keys by which the most that a cluster may cost an hour changes. */
const COSTLY = [
  "worker_type",
  "accelerator_type",
  "accelerator_count",
  "max_workers",
  "market",
  "pools",
  "disk_gb",
];

/** What the cluster may cost from now on, where that has changed and the prices are known. */
async function costNote({ runtime, home }: Scope, config: Config, edits: readonly Edit[]): Promise<string[]> {
  if (config.provider === "local") return [];
  if (!edits.some(([key]) => COSTLY.includes(key.split(".")[0]!))) return [];
  const extras = platformOf(config).traits.extraPrices;
  const prices = await keptPrices(runtime, home, await asMade(runtime, home, config), {
    extras,
    spot: {},
    types: {},
  });
  const most = prices === null ? "" : mostText(config, prices);
  return most === "" ? [] : [`The cluster costs ${most} an hour from now on.`];
}

/** The accelerators of a worker. */
export interface WorkerTypeOptions {
  /**
   * `nvidia-tesla-t4`; undefined: none. Only for platforms where a machine type does not include
   * them.
   */
  readonly acceleratorType?: string;
  /** Accelerators per worker; 1 when a type is given. */
  readonly acceleratorCount?: number;
}

/**
 * Sets the machine type of workers together with their accelerators: without an accelerator type
 * they have none.
 *
 * @returns what to know about the changes, one line each
 * @throws {ConfigError} the platform does not offer one of them
 * @throws {NotRunningError} there is no config
 */
export async function setWorkerType(
  scope: Scope,
  type: string,
  { acceleratorType, acceleratorCount = 1 }: WorkerTypeOptions = {},
): Promise<string[]> {
  const accelerators: Edit[] = acceleratorType === undefined
    ? [["accelerator_count", "0"]]
    : [["accelerator_type", acceleratorType], ["accelerator_count", String(acceleratorCount)]];
  return await setSettings(scope, [["worker_type", type], ...accelerators]);
}

/**
 * Why this Python cannot be used, in lines: it is set anyway, as packages may be installed later.
 */
async function complaintAbout({ runtime }: Scope, python: string): Promise<string[]> {
  try {
    await probePython(runtime, python);
    return [];
  } catch (error) {
    if (!(error instanceof PrerequisiteError)) throw error;
    return [`${error.message}.`, error.hint];
  }
}

/** A machine type or accelerator in a config, and its key for `config set`. */
interface Named {
  readonly key: string;
  readonly name: string;
}

/**
 * Refuses machine types and accelerators that the edits add and the platform does not offer. If the
 * platform does not answer, or the file had mistakes before, it refuses nothing.
 *
 * @throws {ConfigError} the platform does not offer one
 */
async function refuseUnavailable(
  { runtime, home }: Scope,
  { before, config }: Pick<Edited, "before" | "config">,
): Promise<void> {
  if (before === null) return;
  const types = added(typesIn, before, config);
  const accelerators = added(acceleratorsIn, before, config);
  if (types.length + accelerators.length === 0) return;
  const provider = await providerFor({ runtime, home, config });
  const machineTypes = await provider.machineTypes(namesOf(types), namesOf(accelerators)).catch(() => null);
  for (const { key, name } of types) {
    const likely = machineTypes?.missing?.[name];
    if (likely === undefined) continue;
    throw new ConfigError(
      `Cannot set ${key}: there is no machine type ${name} in this region`,
      likely.length === 0
        ? "The console of your cloud lists the types of this region."
        : `Did you mean ${likely.join(" or ")}?`,
    );
  }
  for (const { key, name } of accelerators) {
    const others = machineTypes?.lacking?.[name];
    if (others === undefined) continue;
    const zones = machineTypes!.zones.join(" and ");
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
