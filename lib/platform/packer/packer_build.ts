/** Running Packer in a cluster's folder. @module */

import { join } from "node:path";
import { InterruptedError, PrerequisiteError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import type { Progress } from "../base.ts";
import type { Interruption } from "../interruption.ts";
import { longRun } from "../long_run.ts";
import type { Classify } from "../terraform/terraform_event.ts";
import { isOlder } from "../../util/is_older.ts";
import {
  type BuiltArtifact,
  imageIn,
  packerFailure,
  type PackerMessage,
  parseMessage,
} from "./packer_message.ts";

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
 * Builds the image that the folder's template describes. At a person's wish to stop Packer removes
 * what it has made.
 *
 * @throws {InterruptedError} a person wished to stop
 * @throws {XcoreError} it cannot be built; its class says why
 */
export async function packerBuild(options: PackerOptions, progress: Progress): Promise<BuiltArtifact> {
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
  const run = {
    command: ["packer", ...args],
    cwd: folder,
    env: { ...env, ...PACKER_ENV },
    logPath,
    interruption,
  };
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

/** Packer as it was found. */
export interface PackerProgram {
  /** `1.11.2` */
  readonly version: string;
  /**
   * Whether builders are plugins that `packer init` fetches; before 1.7 they were part of Packer.
   */
  readonly fetchesPlugins: boolean;
}

/**
 * What the templates say in `required_version`: the first whose templates of this kind can build.
 */
const OLDEST = "1.6.6";
const WITH_PLUGINS = "1.7.0";

const INSTALL = "Install Packer (https://developer.hashicorp.com/packer/install), and run this again.";

/** Nothing is sent anywhere, not even the question whether there is a newer one. */
const PACKER_ENV: Readonly<Record<string, string>> = { CHECKPOINT_DISABLE: "1", PACKER_NO_COLOR: "1" };

/**
 * Finds the program on PATH.
 *
 * @throws {PrerequisiteError} there is none, or it is too old, or another program of that name
 */
export async function findPacker(runtime: Runtime): Promise<PackerProgram> {
  let answer: string;
  try {
    answer = (await runtime.run(["packer", "version"], { env: PACKER_ENV })).stdout;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new PrerequisiteError("Cannot find Packer: packer is not on PATH", INSTALL);
  }
  const [, version] = /^Packer v(\d+\.\d+\.\d+)/m.exec(answer) ?? [];
  if (version === undefined) {
    // cracklib has a program of that name, too.
    throw new PrerequisiteError(
      "Cannot use packer: `packer version` does not tell Packer's version",
      INSTALL,
    );
  }
  if (isOlder(version, OLDEST)) {
    throw new PrerequisiteError(
      `Cannot use Packer ${version}: it takes ${OLDEST} or newer`,
      INSTALL,
    );
  }
  return { version, fetchesPlugins: !isOlder(version, WITH_PLUGINS) };
}
