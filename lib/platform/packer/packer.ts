/** Running Packer in a cluster's folder. @module */

import { join } from "node:path";
import { InterruptedError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import type { Progress } from "../base.ts";
import type { Interruption } from "../interruption.ts";
import { longRun } from "../long_run.ts";
import type { Classify } from "../terraform/failure.ts";
import { packerFailure } from "./failure.ts";
import { imageIn, type Manifested } from "./manifest.ts";
import { type PackerMessage, parseMessage } from "./messages.ts";
import { type PackerProgram, QUIET } from "./program.ts";

/** What a Packer is run with. */
export interface PackerOptions {
  readonly runtime: Runtime;
  readonly program: PackerProgram;
  /** The folder with the templates. */
  readonly folder: string;
  /** The file that all it says is appended to. */
  readonly logPath: string;
  /** Variables of its environment: credentials. */
  readonly env: Readonly<Record<string, string>>;
  readonly interruption: Interruption;
  readonly classify: Classify;
}

const MANIFEST = "manifest.json";

/**
 * Builds the image that the folder's template describes. At a person's wish to stop Packer removes what it has made.
 *
 * @throws {InterruptedError} a person wished to stop
 * @throws {XcoreError} it cannot be built; its class says why
 */
export async function packerBuild(options: PackerOptions, progress: Progress): Promise<Manifested> {
  const { runtime: { files }, program, folder } = options;
  if (program.fetchesPlugins) {
    progress("Fetching Packer's plugin, unless it is here …");
    await packer(options, "prepare Packer", ["init", "-machine-readable", folder], () => {});
  }
  await files.remove(join(folder, MANIFEST));
  await packer(
    options,
    "build the image",
    ["build", "-machine-readable", "-color=false", folder],
    (message) => {
      if (message.is !== "error") progress(message.text);
    },
  );
  return imageIn(await files.readTextIfExists(join(folder, MANIFEST)));
}

async function packer(
  { runtime, folder, logPath, env, interruption, classify }: PackerOptions,
  doing: string,
  args: readonly string[],
  told: (message: PackerMessage) => void,
): Promise<void> {
  const messages: PackerMessage[] = [];
  const run = { command: ["packer", ...args], cwd: folder, env: { ...env, ...QUIET }, logPath, interruption };
  const code = await longRun(runtime, run, (line) => {
    const message = parseMessage(line);
    if (message === null) return;
    messages.push(message);
    told(message);
  });
  if (interruption.wish.aborted) {
    throw new InterruptedError(`Cannot ${doing}: it was interrupted`, "Run the same command again.");
  }
  if (code !== 0) throw packerFailure({ doing, messages, code, logPath }, classify);
}
