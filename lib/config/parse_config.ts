/** Text → Config. @module */

import type { ConfigError } from "../errors.ts";
import { camelKeys } from "../protocol/camel_of.ts";
import type { Config } from "./config.ts";
import { fileFailure, type Mistakes } from "./mistakes.ts";
import type { YamlFile } from "./yaml_file.ts";

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
 * import { parseConfig } from "./parse_config.ts";
 * const config = await parseConfig("provider: local\ncluster_id: xcore-0a1b2c3d\n", "config.yaml");
 * console.assert(config.maxWorkers === 1);
 * ```
 */
export async function parseConfig(text: string, path: string): Promise<Config> {
  return await configOf(await yamlOf(text, path), path);
}

/**
 * The configuration in a file that has been parsed.
 *
 * @throws {ConfigError} with all mistakes
 */
export async function configOf(file: YamlFile, path: string): Promise<Config> {
  const [{ schemaOn }, { providerIn }] = await Promise.all([
    import("./config_schema.ts"),
    import("./settings.ts"),
  ]);
  const schema = schemaOn(providerIn(file.values));
  const result = schema.safeParse(file.values);
  if (result.success && file.repeated.length === 0) {
    const { pools, ...values } = result.data;
    return { ...camelKeys(values), pools: pools.map(camelKeys) } as unknown as Config;
  }
  const { valueMistakes } = await import("./value_mistakes.ts");
  const mistakes: Mistakes = [
    ...file.repeated,
    ...result.success ? [] : valueMistakes(result.error.issues, schema, file),
  ];
  throw fileFailure(path, mistakes.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)));
}

/**
 * A text that is YAML and has keys, right or wrong.
 *
 * @throws {ConfigError} it is not, or has none
 */
export async function yamlOf(text: string, path: string): Promise<YamlFile> {
  const fail = (message: string) => fileFailure(path, [{ line: null, key: "", message }]);
  if (text.length > LONGEST_CONFIG_BYTES) throw tooLong(path, text.length);
  if (text.includes("\0")) throw fail("found bytes that are not text, allowed a text file");
  const { YamlFile } = await import("./yaml_file.ts");
  const file = new YamlFile(text);
  if (file.mistakes.length > 0) throw fileFailure(path, file.mistakes);
  if (file.values === null) throw fail("found an empty file, allowed keys and values");
  if (typeof file.values === "object" && !Array.isArray(file.values)) return file;
  const { slipsIn } = await import("./syntax_mistakes.ts");
  const slips = slipsIn(text);
  if (slips.length > 0) throw fileFailure(path, slips);
  const found = Array.isArray(file.values)
    ? "a list (lines that begin with a hyphen)"
    : "a text without any key";
  throw fail(`found ${found}, allowed keys and values, such as max_workers: 4`);
}

/** The error for a file that is too long to be a config. */
export function tooLong(path: string, bytes: number): ConfigError {
  const size = bytes > 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
  const message = `found ${size}, allowed up to ${LONGEST_CONFIG_BYTES / 1024} kB`;
  return fileFailure(path, [{ line: null, key: "", message }]);
}

/**
 * The parts of a config.yaml of the Python tool 0.0.1; its keys stand in them, today's are flat.
 */
export const V0_PARTS: readonly string[] = ["terraform_config", "adaptive_config", "dask_config"];

/** Whether a text is a config.yaml of the Python tool 0.0.1, right or wrong. */
export function isV0Config(text: string): boolean {
  return V0_PARTS.some((part) => hasKey(text, part)) && !hasKey(text, "provider");
}

function hasKey(text: string, key: string): boolean {
  return new RegExp(`^["']?${key}["']?\\s*:`, "m").test(text);
}
