/** The text of a new config.yaml. @module */

import type { Snake } from "./_case.ts";
import { fileFormOf } from "./_file_form.ts";
import { flowOf } from "./_flow.ts";
import type { Config } from "./config.ts";
import { commentOf, concerns, type ConfigKey, defaultOf, FIELDS, KEYS, type ProviderName } from "./fields.ts";

/** Values under the file's names, in the code's form (null for `hold_results_s: unlimited`). */
export type InitialValues = { readonly [Property in keyof Config as Snake<Property>]?: Config[Property] };

/** What a new config.yaml says. */
export interface InitialConfig {
  readonly provider: ProviderName;
  readonly clusterName: string;
  readonly clusterId: string;
  /** Those that are not the default; one that does not concern the provider is not written. */
  readonly values?: InitialValues;
}

const WIDTH = 100;

/**
 * The text of a new config.yaml: every key that concerns the provider, each below its comment. The values are written
 * as they are given; {@linkcode import("./parse.ts").parseConfig} says whether they are allowed.
 *
 * @example
 * ```ts
 * import { initialConfig } from "./write.ts";
 * const text = initialConfig({ provider: "local", clusterName: "xcore", clusterId: "xcore-0a1b2c3d" });
 * console.assert(text.includes("max_workers: 1\n"));
 * ```
 */
export function initialConfig({ provider, clusterName, clusterId, values = {} }: InitialConfig): string {
  const given = { ...values, provider, cluster_name: clusterName, cluster_id: clusterId };
  let heading = "";
  const parts: string[] = [];
  for (const key of KEYS) {
    const { title } = FIELDS[key];
    if (title !== undefined) heading = `\n# ---- ${title} ----\n`;
    if (!concerns(FIELDS[key], provider)) continue;
    const value = given[key] === undefined ? defaultOf<unknown>(FIELDS[key], provider) : given[key];
    parts.push(`${heading}\n${entryText(key, value, provider)}`);
    heading = "";
  }
  return `${HEADER}${parts.join("")}`;
}

const HEADER = `# The configuration of a crosscore cluster. Change a value behind its colon, or say
# \`xcore config set KEY VALUE\`. The daemon follows within seconds, without a restart, except where
# a comment ends with (restart): such a change waits for \`xcore restart\`.
`;

/** A key with its comment above; the value in the code's form. */
function entryText(key: ConfigKey, value: unknown, provider: ProviderName): string {
  return `${commentText(key, provider)}${key}: ${flowOf(fileFormOf(FIELDS[key].kind, value))}\n`;
}

/** A key's comment, as lines. */
export function commentText(key: ConfigKey, provider: ProviderName): string {
  const field = FIELDS[key];
  const words = commentOf(field, provider).split(" ");
  if (field.scheduler === true && field.identity !== true) words.push("(restart)");
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`# ${word}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}
