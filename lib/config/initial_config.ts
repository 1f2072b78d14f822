/** The text of a new config.yaml. @module */

import type { Config, PoolConfig } from "./config.ts";
import {
  concerns,
  type ConfigKey,
  defaultOn,
  descriptionOn,
  KEYS,
  POOL_KEYS,
  POOL_SETTINGS,
  type ProviderName,
  type Setting,
  SETTINGS,
} from "./settings.ts";
import { type Camel, camelOf } from "../protocol/camel_of.ts";
import { factsOf, type ValueType } from "./value_type.ts";
import { flowOf } from "./yaml_file.ts";

/** Values under the file's names, in the code's form (null for `hold_results_s: unlimited`). */
export type InitialValues = { readonly [Key in ConfigKey]?: Config[Camel<Key>] };

/** What a new config.yaml says. */
export interface InitialConfig {
  readonly provider: ProviderName;
  readonly clusterName: string;
  readonly clusterId: string;
  /** Those that differ from the default; one that does not concern the provider is not written. */
  readonly values?: InitialValues;
}

const WIDTH = 100;

const HEADER = `# yaml-language-server: $schema=config.schema.json
# The configuration of a crosscore cluster. Change a value here, or run
# \`xcore config set KEY VALUE\`. The daemon applies it within seconds, except where a comment ends
# with (restart): such a change takes effect at the next \`xcore restart\`.
`;

/**
 * The text of a new config.yaml: every setting that concerns the provider, each below its comment.
 * The values are written as they are given; {@linkcode import("./parse_config.ts").parseConfig}
 * says whether they are allowed.
 *
 * @example
 * ```ts
 * import { initialConfig } from "./initial_config.ts";
 * const text = initialConfig({ provider: "local", clusterName: "xcore", clusterId: "xcore-0a1b2c3d"
 * }); console.assert(text.includes("max_workers: 1\n"));
 * ```
 */
export function initialConfig({ provider, clusterName, clusterId, values = {} }: InitialConfig): string {
  const given: Readonly<Record<string, unknown>> = {
    ...values,
    provider,
    cluster_name: clusterName,
    cluster_id: clusterId,
  };
  let heading = "";
  const parts: string[] = [];
  for (const key of KEYS) {
    const setting: Setting = SETTINGS[key];
    if (setting.title !== undefined) heading = `\n# ---- ${setting.title} ----\n`;
    if (!concerns(setting, provider)) continue;
    const value = given[key] === undefined ? defaultOn(setting, provider) : given[key];
    const above = commentLines(key, provider).map((line) => `${line}\n`).join("");
    parts.push(`${heading}\n${above}${key}: ${flowOf(fileFormOf(setting.type, value))}\n`);
    heading = "";
  }
  return `${HEADER}${parts.join("")}`;
}

/** The comment above a setting. */
export function commentLines(key: ConfigKey, provider: ProviderName): string[] {
  const setting: Setting = SETTINGS[key];
  const words = descriptionOn(setting, provider).split(" ");
  if (setting.scheduler === true && setting.identity !== true) words.push("(restart)");
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`# ${word}`);
  }
  return lines;
}

/** A value as the file has it: `unlimited` for null, pools in the file's names. */
export function fileFormOf(type: ValueType, value: unknown): unknown {
  if (value === null) return factsOf(type).nullWord ?? null;
  return Array.isArray(value) ? value.map((item) => isPool(item) ? poolFormOf(item) : item) : value;
}

function isPool(value: unknown): value is PoolConfig {
  return typeof value === "object" && value !== null && "maxWorkers" in value;
}

/** A pool in the file's names, without what is at its default. */
export function poolFormOf(pool: PoolConfig): Record<string, unknown> {
  const values = pool as unknown as Readonly<Record<string, unknown>>;
  const keys = POOL_KEYS.filter((key) => {
    const setting: Setting = POOL_SETTINGS[key];
    return JSON.stringify(values[camelOf(key)]) !== JSON.stringify(setting.default);
  });
  return Object.fromEntries(keys.map((key) => [key, values[camelOf(key)]]));
}
