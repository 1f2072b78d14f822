/** Text → Config. @module */

import { ConfigError } from "../errors.ts";
import { fileFailure } from "./_failure.ts";
import { Reading } from "./_read.ts";
import type { Known } from "./_known.ts";
import { breachesOf } from "./_rules.ts";
import { slipsIn } from "./_syntax.ts";
import { entryOf, type Mapping, type Mistake, type Node } from "./_tree.ts";
import type { Config } from "./config.ts";
import { PROVIDERS } from "./fields.ts";

/** Longer than any config; a file that is longer is something else. */
export const LONGEST_CONFIG_BYTES = 256 * 1024;

/**
 * The configuration in a text, defaults filled in.
 *
 * @param text of config.yaml
 * @param path of the file, for the messages
 * @throws {ConfigError} with all mistakes
 * @example
 * ```ts
 * import { parseConfig } from "./parse.ts";
 * const config = await parseConfig("provider: local\ncluster_id: xcore-0a1b2c3d\n", "config.yaml");
 * console.assert(config.maxWorkers === 1);
 * ```
 */
export async function parseConfig(text: string, path: string): Promise<Config> {
  const root = await mappingOf(text, path);
  const { fits } = await import("./_zod.ts");
  const provider = PROVIDERS.find((name) => name === valueOf(root, "provider")) ?? null;
  const reading = new Reading(fits, provider);
  const known: Known = reading.config(root);
  const broken = breachesOf(known).map(({ keys, message }): Mistake => {
    const key = keys.find((key) => lineOf(root, key) !== null) ?? keys[0]!;
    return { key, line: lineOf(root, key), message };
  });
  const mistakes = [...reading.mistakes, ...broken].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  if (mistakes.length > 0) throw fileFailure(path, mistakes);
  return known as Config; // nothing was left out
}

/**
 * The tree of a text that is YAML and has keys, right or wrong.
 *
 * @throws {ConfigError} it is not, or has none
 */
export async function mappingOf(text: string, path: string): Promise<Mapping> {
  const fail = (message: string) => fileFailure(path, [{ line: null, key: "", message }]);
  if (text.length > LONGEST_CONFIG_BYTES) throw tooLong(path, text.length);
  if (text.includes("\0")) throw fail("found bytes that are not text, allowed a text file");
  const { readYaml } = await import("./_yaml.ts");
  const { root, mistakes } = readYaml(text);
  if (mistakes.length > 0) throw fileFailure(path, mistakes);
  if (root === null) throw fail("found an empty file, allowed keys and values");
  if (root.shape === "mapping") return root;
  const slips = slipsIn(text);
  if (slips.length > 0) throw fileFailure(path, slips);
  const found = root.shape === "list" ? "a list (lines that begin with a hyphen)" : "a text without any key";
  throw fail(`found ${found}, allowed keys and values, such as max_workers: 4`);
}

/** The error for a file that is too long to be a config. */
export function tooLong(path: string, bytes: number): ConfigError {
  const size = bytes > 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
  const message = `found ${size}, allowed up to ${LONGEST_CONFIG_BYTES / 1024} kB`;
  return fileFailure(path, [{ line: null, key: "", message }]);
}

function valueOf(root: Mapping, key: string): unknown {
  const value = entryOf(root, key)?.value;
  return value?.shape === "scalar" ? value.value : undefined;
}

/** The line a key path stands in, or null when it is not in the file. */
function lineOf(root: Mapping, path: string): number | null {
  const [first = "", ...rest] = path.split(".");
  let entry = entryOf(root, first);
  let line = entry?.line ?? null;
  let node: Node | undefined = entry?.value;
  while (node !== undefined && rest.length > 0) {
    if (node.shape === "list") {
      node = node.items[Number(rest.shift())];
      line = node?.line ?? null;
    } else if (node.shape === "mapping") {
      // The rest is one name where names may have dots, as tags' and prices' do.
      entry = entryOf(node, rest.join(".")) ?? entryOf(node, rest[0]!);
      rest.splice(0, entry?.key === rest.join(".") ? rest.length : 1);
      node = entry?.value;
      line = entry?.line ?? null;
    } else return line;
  }
  return line;
}
