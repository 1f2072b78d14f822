/** A config.yaml of the Python tool 0.0.1 → today's. @module */

import { basename, join } from "node:path";
import { ConfigError, ConflictError } from "../errors.ts";
import type { Files, Runtime } from "../runtime.ts";
import type { Home } from "./home.ts";
import { initialConfig } from "./initial_config.ts";
import { fileFailure, type Mistake, shownPath } from "./mistakes.ts";
import { parseConfig } from "./parse_config.ts";
import type { ConfigKey, ProviderName } from "./settings.ts";
import {
  type Addition,
  additionsFor,
  type Facts,
  type OldFile,
  readOldFile,
  todaysValue,
  type UnusedKey,
} from "./read_old_file.ts";
import { flowOf } from "./yaml_file.ts";
import { shellWord } from "../util/shell_word.ts";

/** What a conversion needs to know besides the text. */
export interface ConversionOptions extends Pick<Facts, "terraform" | "userHome"> {
  /** Of the file, for the messages. */
  readonly path: string;
  /** Name that the old file is kept under, for the notes. */
  readonly keptAs: string;
  readonly clusterName: string;
  readonly clusterId: string;
}

/** What a conversion comes to. */
export interface Conversion {
  readonly provider: ProviderName;
  /** Today's config.yaml, the notes at its head. */
  readonly text: string;
  /** What changed and what did not, one line each. */
  readonly notes: readonly string[];
}

/**
 * Converts a config.yaml of the Python tool. Nothing is lost: of each key the notes say where its
 * value is now, or why there is no use for it.
 *
 * @throws {ConfigError} the file has mistakes: all of them, with their lines in it
 * @example
 * ```ts
 * import { convertConfig } from "./convert_config.ts";
 * const { text } = await convertConfig("terraform_config:\n  cloud_provider: aws\n", {
 *   path: "/home/ann/.xcore/config.yaml",
 *   keptAs: "config.yaml.0.0.1",
 *   clusterName: "xcore",
 *   clusterId: "xcore-0a1b2c3d",
 *   userHome: "/home/ann",
 *   terraform: "/home/ann/.xcore/terraform",
 * });
 * console.assert(text.includes("\nprovider: aws\n"));
 * ```
 */
export async function convertConfig(text: string, options: ConversionOptions): Promise<Conversion> {
  const { path, keptAs, clusterName, clusterId } = options;
  const old = await readOldFile(text, path);
  const { provider } = old;
  const facts: Facts = {
    ...options,
    provider,
    values: new Map([...old.used].map(([key, { value }]) => [key, value])),
  };
  const additions = additionsFor(facts);
  const values: Record<string, unknown> = {};
  for (const [key, { value }] of old.used) values[key] = (todaysValue(key, facts) ?? { value }).value;
  for (const { key, value } of additions) values[key] = value;

  const notes = [
    `Converted ${shownPath(path)} from the Python tool's form; the old file is kept as ${keptAs}.`,
    ...[
      ...notesOfUsed(old, facts, values),
      ...additions.map(({ key, value, why }) => `${key}: ${flowOf(value)} is new: ${why}`),
      ...old.unused.map(({ shown, why }) => `${shown} is no longer used: ${why}`),
    ].map((line) => `  ${line}`),
    ...(/(^|\s)#/m.test(text) ? [`  Comments were not taken over; they are in ${keptAs}.`] : []),
    ...warningsOf(old.unused, options),
  ];
  const head = notes.map((note) => `# ${note}\n`).join("");
  const converted = `${head}\n${initialConfig({ provider, clusterName, clusterId, values })}`;
  await parseConfig(converted, path).catch((error) => {
    throw error instanceof ConfigError ? inOldFile(error, old, additions, path) : error;
  });
  return { provider, text: converted, notes };
}

/** A line for each value that stands differently now, and one for all that do not. */
function notesOfUsed({ used }: OldFile, facts: Facts, values: Readonly<Record<string, unknown>>): string[] {
  const same: string[] = [];
  const changed: string[] = [];
  for (const [key, { shown }] of used) {
    const now = `${key}: ${flowOf(values[key])}`;
    const why = todaysValue(key, facts)?.why;
    if (now === shown && why === undefined) same.push(now);
    else changed.push(`${shown} → ${now}${why === undefined ? "" : ` (${why})`}`);
  }
  return same.length === 0 ? changed : [...changed, `As they were: ${same.join(", ")}`];
}

/** What a person has to do. */
function warningsOf(unused: readonly UnusedKey[], { terraform }: ConversionOptions): string[] {
  const url = unused.find(({ name }) => name === "scheduler_url")?.value ?? null;
  if (url === null) return [];
  const found = `a cluster that the Python tool made may still run, and cost, at ${flowOf(url)}`;
  const folder = shownPath(terraform) === terraform ? shellWord(terraform) : shownPath(terraform);
  const todo = `End it with \`terraform -chdir=${folder} destroy\`.`;
  return [`Warning: ${found}; xcore does not see it. ${todo}`];
}

/** Mistakes in what was made of the old file, as mistakes in the old file. */
function inOldFile(
  { mistakes }: ConfigError,
  { used }: OldFile,
  additions: readonly Addition[],
  path: string,
): ConfigError {
  const placed = mistakes.map(({ key, message }): Mistake => {
    const first = key.split(".")[0] as ConfigKey;
    const old = used.get(additions.find((addition) => addition.key === first)?.from ?? first);
    return { line: old?.line ?? null, key: old?.path ?? key, message };
  });
  return fileFailure(path, placed.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)));
}

/**
 * Converts the text and keeps it as config.yaml.0.0.1; the new text is the caller's to write, under
 * the config's lock. A process that is stopped in between does the same again.
 *
 * @param text of config.yaml as it is
 * @throws {ConfigError} it has mistakes; nothing was written
 * @throws {ConflictError} the Python tool's daemon runs; nothing was written
 */
export async function convertKeeping(runtime: Runtime, home: Home, text: string): Promise<Conversion> {
  await refuseWhileAtWork(runtime, home);
  const { path, taken } = await placeToKeep(runtime.files, home, text);
  const clusterName = home.cluster ?? "xcore";
  const conversion = await convertConfig(text, {
    path: home.config,
    keptAs: basename(path),
    clusterName,
    clusterId: `${clusterName}-${runtime.random.hex(4)}`,
    userHome: runtime.env("HOME") ?? null,
    terraform: home.terraform,
  });
  if (!taken) await runtime.files.writeText(path, text);
  return conversion;
}

/** config.yaml.0.0.1, or with a number behind it when another file is there already. */
async function placeToKeep(
  files: Files,
  home: Home,
  text: string,
): Promise<{ path: string; taken: boolean }> {
  for (let number = 1;; number++) {
    const path = `${home.config}.0.0.1${number === 1 ? "" : `-${number}`}`;
    const there = await files.readTextIfExists(path);
    if (there === null || there === text) return { path, taken: there !== null };
  }
}

/**
 * Its daemon would write the old file again, or stumble over the new one and leave its workers
 * running.
 */
async function refuseWhileAtWork({ files, isAlive }: Runtime, home: Home): Promise<void> {
  const pidFile = join(home.dir, "daemon", "xcore-daemon.pid");
  const pid = Number.parseInt(await files.readTextIfExists(pidFile) ?? "", 10);
  if (!(pid > 0) || !isAlive(pid)) return;
  throw new ConflictError(
    `Cannot convert ${shownPath(home.config)}: the Python tool's daemon (process ${pid}) is at work with it`,
    `End its cluster with the Python tool's \`xcore shutdown\` first. If process ${pid} is something else, ` +
      `remove ${shownPath(pidFile)}. Nothing was changed.`,
  );
}
