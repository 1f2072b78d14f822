/** Config files of the Python tool, and what they are converted to. @module */

import assert from "node:assert/strict";
import type { Config } from "../../../lib/config/config.ts";
import {
  type Conversion,
  type ConversionOptions,
  convertConfig,
} from "../../../lib/config/convert_config.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { ConfigError } from "../../../lib/errors.ts";
import { PATH } from "./_texts.ts";

/** The text of fixtures/NAME.yaml.0.0.1. */
export function oldFile(name: string): string {
  return Deno.readTextFileSync(new URL(`fixtures/${name}.yaml.0.0.1`, import.meta.url));
}

/** A fixture with one line of it replaced. */
export function oldFileWith(name: string, line: string | RegExp, by: string): string {
  const text = oldFile(name);
  const edited = text.replace(line, by);
  assert.notEqual(edited, text, `${name} has no ${line}`);
  return edited;
}

const OPTIONS: ConversionOptions = {
  path: PATH,
  keptAs: "config.yaml.0.0.1",
  clusterName: "xcore",
  clusterId: "xcore-0a1b2c3d",
  userHome: "/home/ann",
  terraform: "/home/ann/.xcore/terraform",
};

/** What a text is converted to, and the config in it. */
export async function conversionOf(
  text: string,
  options: Partial<ConversionOptions> = {},
): Promise<Conversion & { config: Config }> {
  const conversion = await convertConfig(text, { ...OPTIONS, ...options });
  return { ...conversion, config: await parseConfig(conversion.text, PATH) };
}

/** The note that begins with this, without its indent. */
export function noteOn(key: string, { notes }: Conversion): string {
  const found = notes.map((note) => note.trim()).filter((note) => note.startsWith(`${key}: `));
  assert.equal(found.length, 1, `${found.length} notes on ${key} in\n${notes.join("\n")}`);
  return found[0]!;
}

/** What is wrong with an old file, as `line N, key: message`. */
export async function mistakesIn(text: string): Promise<string[]> {
  const error = await convertConfig(text, OPTIONS).then(() => null, (thrown) => thrown);
  assert.ok(error instanceof ConfigError, String(error));
  return error.mistakes.map(({ line, key, message }) => `line ${line}, ${key}: ${message}`);
}
