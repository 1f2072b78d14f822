/** A config.yaml of the Python tool, converted, with the old one kept beside it. @module */

import { basename, join } from "node:path";
import { ConflictError } from "../errors.ts";
import type { Files, Runtime } from "../runtime.ts";
import { oneLine } from "./_failure.ts";
import { type Conversion, convertConfig } from "./convert.ts";
import type { Home } from "./home.ts";

/**
 * Converts the text and keeps it as config.yaml.0.0.1; the new text is the caller's to write, under the config's lock.
 * Whoever is stopped in between does the same again.
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

/** Its daemon would write the old file again, or stumble over the new one and leave its workers running. */
async function refuseWhileAtWork({ files, isAlive }: Runtime, home: Home): Promise<void> {
  const pidFile = join(home.dir, "daemon", "xcore-daemon.pid");
  const pid = Number.parseInt(await files.readTextIfExists(pidFile) ?? "", 10);
  if (!(pid > 0) || !isAlive(pid)) return;
  throw new ConflictError(
    `Cannot convert ${oneLine(home.config)}: the Python tool's daemon (process ${pid}) is at work with it`,
    `End its cluster with the Python tool's \`xcore shutdown\` first. If process ${pid} is something else, ` +
      `remove ${oneLine(pidFile)}. Nothing was changed.`,
  );
}
