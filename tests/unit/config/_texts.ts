/** Texts of config.yaml, and what is said of them. @module */

import assert from "node:assert/strict";
import { ConfigError, type ConfigMistake } from "../../../lib/errors.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";

export const ID = "cluster_id: xcore-0a1b2c3d\n";
/** The least a config may say; two lines each. */
export const LOCAL = `provider: local\n${ID}`;
export const AWS = `provider: aws\n${ID}`;
export const GCP = `provider: gcp\n${ID}`;

/** A further pool as a config has it. */
export const GPU_POOL = {
  name: "gpu",
  workerType: null,
  diskGb: null,
  diskType: null,
  acceleratorType: null,
  acceleratorCount: 0,
  resources: { GPU: 1 },
  maxWorkers: 2,
  minWorkers: 0,
  market: null,
};

export const PATH = "/home/ann/.xcore/config.yaml";

/** The error that a text is answered with. */
export async function errorOf(text: string): Promise<ConfigError> {
  const error = await parseConfig(text, PATH).then(() => null, (thrown) => thrown);
  assert.ok(
    error instanceof ConfigError,
    `no ConfigError but ${error} for ${JSON.stringify(text.slice(0, 200))}`,
  );
  return error;
}

/** The mistakes found in a text. */
export async function mistakesOf(text: string): Promise<readonly ConfigMistake[]> {
  return (await errorOf(text)).mistakes;
}

/** The only mistake in a text. */
export async function mistakeOf(text: string): Promise<ConfigMistake> {
  const mistakes = await mistakesOf(text);
  assert.equal(mistakes.length, 1, JSON.stringify(mistakes, null, 1));
  return mistakes[0]!;
}

/** Where a mistake is: `line 3, max_workers` or `line 3, column 9`. */
export function placeOf({ line, key, message }: ConfigMistake): string {
  const column = /\(column (\d+)\)/.exec(message)?.[1];
  return [line && `line ${line}`, key, column && `column ${column}`].filter((part) => part).join(", ");
}
