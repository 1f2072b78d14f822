/** A cluster's config.yaml on disk. @module */

import { join } from "node:path";
import { ConfigError, ConflictError, NotRunningError, XcoreError } from "../errors.ts";
import type { FileLock, Runtime } from "../runtime.ts";
import { pollUntil } from "../util/poll_until.ts";
import type { Config, ProviderName } from "./config.ts";
import type { Edit, Edited } from "./edit.ts";
import type { Home } from "./home.ts";
import { fileFailure, shownPath } from "./mistakes.ts";
import { isV0Config, LONGEST_CONFIG_BYTES, parseConfig, tooLong } from "./parse_config.ts";

/** An edit takes milliseconds; a process that holds the lock this long was stopped in the middle. */
const LOCK_WITHIN_MS = 10_000;
const LOCK_RETRY_MS = 20;

/** Told what reading a config.yaml of the Python tool has changed in it, one line at a time. */
export type Told = (line: string) => void;

const silently: Told = () => {};

/**
 * The cluster's configuration.
 *
 * @throws {NotRunningError} there is no config.yaml
 * @throws {ConfigError} it cannot be read, or has mistakes: all of them
 */
export async function loadConfig(runtime: Runtime, home: Home, told: Told = silently): Promise<Config> {
  return await parseConfig(await readConfigText(runtime, home, told), home.config);
}

/**
 * The configuration that the running scheduler was made with; null when that is not known.
 *
 * @throws {ConfigError} it has mistakes, as one of another version may
 */
export async function loadMadeConfig({ files }: Runtime, home: Home): Promise<Config | null> {
  const text = await files.readTextIfExists(home.madeConfig);
  return text === null ? null : await parseConfig(text, home.madeConfig);
}

/** What is known of the configuration that the running scheduler was made with. */
export interface MadeConfig {
  /** Null: not known. */
  readonly config: Config | null;
  /** Why the file that has it cannot be used; null where it can, and where there is none. */
  readonly error: ConfigError | null;
}

/** The same as {@linkcode loadMadeConfig} for what has to go on with a file that is damaged. */
export async function madeConfigOf(runtime: Runtime, home: Home): Promise<MadeConfig> {
  try {
    return { config: await loadMadeConfig(runtime, home), error: null };
  } catch (thrown) {
    const found = thrown instanceof Error ? thrown.message : String(thrown);
    const error = new ConfigError(
      `Cannot read the settings of the last start, and goes by config.yaml: ${found}`,
      "If its region, project or network has changed since, change that back; `xcore restart` writes the file again.",
      [],
      thrown,
    );
    return { config: null, error };
  }
}

/**
 * The text of the cluster's config.yaml. One of the Python tool is converted and kept beside it
 * first.
 *
 * @param told what the conversion changed
 * @throws {NotRunningError} there is none
 * @throws {ConfigError} it is no text file, too long for one of ours, may not be read, or cannot be
 * converted
 * @throws {ConflictError} the Python tool is at work with it
 */
export async function readConfigText(runtime: Runtime, home: Home, told: Told = silently): Promise<string> {
  const text = await textOnDisk(runtime, home);
  return isV0Config(text) ? await convertedOnDisk(runtime, home, told) : text;
}

async function convertedOnDisk(runtime: Runtime, home: Home, told: Told): Promise<string> {
  const lock = await locked(runtime, home);
  try {
    const old = await textOnDisk(runtime, home);
    if (!isV0Config(old)) return old; // another process was first
    const { convertKeeping } = await import("./convert_config.ts");
    const { provider, text, notes } = await convertKeeping(runtime, home, old).catch((error) => {
      throw writeFailure(error, home);
    });
    // The config last: a process that is stopped before does all of it again.
    await writeSchema(runtime, home, provider);
    await write(runtime, home, text);
    notes.forEach(told);
    return text;
  } finally {
    lock.release();
  }
}

async function textOnDisk({ files }: Runtime, home: Home): Promise<string> {
  const path = home.config;
  try {
    const bytes = await files.size(path);
    if (bytes === null) throw await noConfig(files, home);
    if (bytes > LONGEST_CONFIG_BYTES) throw tooLong(path, bytes);
    return decoded(await files.readFrom(path, 0), path);
  } catch (error) {
    throw await readFailure(error, files, home);
  }
}

/** Looks at an edit before it is written; throws to refuse it. */
export type Approve = (edited: Edited) => Promise<void>;

/**
 * Changes settings of config.yaml, all of them or none, one writer after the other. The file is
 * replaced whole, the one a link points to where config.yaml is a link; comments and order stay.
 *
 * @param edits see {@linkcode import("./edit.ts").editConfigAll}
 * @param told see {@linkcode readConfigText}
 * @param approve may take long: the file is not locked meanwhile
 * @returns the configuration as it is now
 * @throws {UsageError} no such key, or a value that is not allowed for it
 * @throws {NotRunningError} there is no config.yaml
 * @throws {ConfigError} the file has mistakes, or would have
 * @throws {ConflictError} another process has been changing it for 10 s
 * @throws {XcoreError} it cannot be written; it is as it was
 */
export async function updateConfig(
  runtime: Runtime,
  home: Home,
  edits: readonly Edit[],
  told: Told = silently,
  approve: Approve = () => Promise.resolve(),
): Promise<Config> {
  const text = await readConfigText(runtime, home, told); // before a lock file is made where there is no cluster
  const { editConfigAll } = await import("./edit.ts");
  let edited = await editConfigAll(text, edits, home.config);
  await approve(edited);
  const lock = await locked(runtime, home);
  try {
    const now = await textOnDisk(runtime, home);
    if (now !== text) edited = await editConfigAll(now, edits, home.config); // another process was first
    if (edited.text !== now) await write(runtime, home, edited.text);
    return edited.config;
  } finally {
    lock.release();
  }
}

/**
 * Puts a text in the place of config.yaml's.
 *
 * @param before the text that it was made from
 * @throws {ConflictError} config.yaml has another text by now, or another process has been changing
 * it for 10 s
 * @throws {XcoreError} it cannot be written; it is as it was
 */
export async function replaceConfigText(
  runtime: Runtime,
  home: Home,
  before: string,
  text: string,
): Promise<void> {
  const lock = await locked(runtime, home);
  try {
    if (await textOnDisk(runtime, home) !== before) {
      throw new ConflictError(
        `Cannot change ${shownPath(home.config)}: it has been changed meanwhile`,
        "Run the command again.",
      );
    }
    await write(runtime, home, text);
  } finally {
    lock.release();
  }
}

/**
 * Writes the JSON Schema by which an editor completes and checks config.yaml, unless it is there
 * already.
 *
 * @throws {XcoreError} it cannot be written
 */
export async function writeSchema({ files }: Runtime, home: Home, provider: ProviderName): Promise<void> {
  const { jsonSchemaOn } = await import("./config_schema.ts");
  const text = `${JSON.stringify(jsonSchemaOn(provider), null, 2)}\n`;
  try {
    if (await files.readTextIfExists(home.configSchema) !== text) {
      await files.writeText(home.configSchema, text);
    }
  } catch (error) {
    throw writeFailure(error, home);
  }
}

async function write({ files }: Runtime, home: Home, text: string): Promise<void> {
  try {
    await files.writeText(await files.realPath(home.config), text);
  } catch (error) {
    throw writeFailure(error, home);
  }
}

async function locked({ clock, files }: Runtime, home: Home): Promise<FileLock> {
  const path = join(home.dir, "config.yaml.lock");
  const times = { everyMs: LOCK_RETRY_MS, withinMs: LOCK_WITHIN_MS };
  const lock = await pollUntil(clock, times, () =>
    files.tryLock(path).catch((error) => {
      throw writeFailure(error, home);
    }));
  if (lock !== null) return lock;
  throw new ConflictError(
    `Cannot change ${shownPath(home.config)}: another process has been changing it for ${
      LOCK_WITHIN_MS / 1000
    } s`,
    "End the `xcore config set` that hangs, and run the command again.",
  );
}

function decoded(bytes: Uint8Array, path: string): string {
  try {
    // The byte order mark is kept: an edit gives back what it was given.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const line = 1 + lineFeedsBefore(bytes, firstInvalid(bytes));
    const message = "found characters that are not UTF-8, allowed UTF-8: save the file in that encoding";
    throw fileFailure(path, [{ line, key: "", message }]);
  }
}

/** How many bytes at the start of these are valid UTF-8. */
function firstInvalid(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let end = 0; end < bytes.length; end++) {
    try {
      decoder.decode(bytes.subarray(end, end + 1), { stream: true });
    } catch {
      return end;
    }
  }
  return bytes.length;
}

function lineFeedsBefore(bytes: Uint8Array, end: number): number {
  return bytes.subarray(0, end).filter((byte) => byte === 0x0a).length;
}

async function noConfig(files: Runtime["files"], home: Home): Promise<XcoreError> {
  const path = home.config;
  if (await files.exists(path)) {
    return new ConfigError(
      `Cannot read ${shownPath(path)}: it is a link to a file that does not exist`,
      `Put that file back, or remove the link and run ${await initOf(home)}.`,
    );
  }
  return new NotRunningError(
    `Cannot read ${shownPath(path)}: there is no such file, so no cluster has been set up here`,
    `Run ${await initOf(home)} to set one up.`,
  );
}

/** Only a mistake loads the settings, and zod with them. */
async function initOf({ cluster }: Home): Promise<string> {
  const { PROVIDERS } = await import("./settings.ts");
  const others = PROVIDERS.filter((provider) => provider !== "local").map((provider) => `or ${provider}`);
  return `\`xcore ${cluster === null ? "" : `-c ${cluster} `}init local\` (${others.join(", ")})`;
}

async function readFailure(error: unknown, files: Runtime["files"], home: Home): Promise<unknown> {
  if (error instanceof XcoreError) return error;
  const path = home.config;
  const cannot = `Cannot read ${shownPath(path)}`;
  // It was removed between two reads.
  if (error instanceof Deno.errors.NotFound) return await noConfig(files, home);
  if (error instanceof Deno.errors.IsADirectory) {
    return new ConfigError(
      `${cannot}: it is a folder`,
      `Move it away and run ${await initOf(home)}.`,
      [],
      error,
    );
  }
  if (error instanceof Deno.errors.NotADirectory) {
    return new ConfigError(
      `${cannot}: a part of this path is a file`,
      "Set XCORE_HOME to a folder, or to where one can be made.",
      [],
      error,
    );
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new ConfigError(
      `${cannot}: you may not`,
      `Say \`chmod u+r ${shownPath(path)}\`, if it is yours.`,
      [],
      error,
    );
  }
  const found = error instanceof Error ? error.message : String(error);
  return new ConfigError(`${cannot}: ${found}`, "Check that the disk is mounted and healthy.", [], error);
}

function writeFailure(error: unknown, home: Home): XcoreError {
  if (error instanceof XcoreError) return error;
  const cannot = `Cannot change ${shownPath(home.config)}`;
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new XcoreError(
      `${cannot}: the disk is full`,
      "Make room and run the command again; the file is as it was.",
      error,
    );
  }
  if (code === "EROFS" || error instanceof Deno.errors.PermissionDenied) {
    return new XcoreError(
      `${cannot}: nothing may be written in its folder`,
      `Say \`chmod u+rwx ${shownPath(home.dir)}\`, if it is yours; the file is as it was.`,
      error,
    );
  }
  const found = error instanceof Error ? error.message : String(error);
  return new XcoreError(`${cannot}: ${found}`, "The file is as it was. Run the command again.", error);
}
