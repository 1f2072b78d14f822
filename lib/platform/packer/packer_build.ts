/** Runs Packer in a cluster's folder, and reads what it says. @module */

import { join } from "node:path";
import { InterruptedError, PrerequisiteError, XcoreError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { withoutVariables } from "../../util/without_variables.ts";
import { isOlder } from "../../util/is_older.ts";
import { oneLine } from "../../util/one_line.ts";
import type { Progress } from "../base.ts";
import { type Interruption, longRun } from "../interruption.ts";
import type { Classify } from "../terraform/terraform_event.ts";

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
    env: { ...withoutVariables(runtime, FOR_OTHER_BUILDS), ...env, ...PACKER_ENV },
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

/** A person's values for templates of their own; those of xcore's templates come from a file. */
const FOR_OTHER_BUILDS = /^PKR_VAR_/;

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

/** A message that this project goes by. */
export type PackerMessage =
  /** What it is at. */
  | { readonly is: "step"; readonly text: string }
  /** What the machine says that is to be the image, see provision.sh. */
  | { readonly is: "machine"; readonly text: string }
  | {
    readonly is: "error";
    readonly text: string; /** Of a build and not of what it runs. */
    readonly final: boolean;
  };

/** A boot script's line, wherever it comes through: `xcore 09:30:00.123: installing …` */
const MACHINE = /xcore \d\d:\d\d:\d\d\.\d+: (.*)$/m;

/** The message in a line; null when this project does not use it. */
export function parseMessage(line: string): PackerMessage | null {
  const [, target, type, ...data] = line.split(",");
  if (type === undefined) return null;
  const text = unescaped(data.at(-1) ?? "");
  if (type === "error" && target !== "") return { is: "error", text: text.trim(), final: true };
  if (type !== "ui") return null;
  const [, said] = MACHINE.exec(text) ?? [];
  if (said !== undefined) return { is: "machine", text: said.trim() };
  if (data[0] === "error") return { is: "error", text: text.trim(), final: false };
  const [, step] = /^==> [\w.-]+: (.*)$/.exec(text.trim()) ?? [];
  return data[0] === "say" && step !== undefined ? { is: "step", text: step.replace(/\.{3}$/, " …") } : null;
}

function unescaped(text: string): string {
  return text.replaceAll("%!(PACKER_COMMA)", ",").replaceAll("\\n", "\n").replaceAll("\\r", "");
}

/** What was made. */
export interface BuiltArtifact {
  readonly name: string;
  /** As the cloud has it. */
  readonly id: string;
}

/**
 * The image of the last run.
 *
 * @throws {XcoreError} there is none
 */
export function imageIn(manifest: string | null): BuiltArtifact {
  try {
    const { builds, last_run_uuid } = JSON.parse(manifest ?? "");
    const [build] = builds.filter((one: { packer_run_uuid: string }) =>
      one.packer_run_uuid === last_run_uuid
    );
    const { artifact_id, custom_data: { image_name } } = build;
    // Some clouds put the region before it.
    const id = String(artifact_id).split(":").at(-1);
    if (id && typeof image_name === "string") return { name: image_name, id };
  } catch {
    // said below
  }
  throw new XcoreError(
    "Cannot tell which image was built: Packer's manifest does not name one",
    "`xcore image list` shows those there are; take one with `xcore config set image_name NAME`.",
  );
}

/** Longest part of a message that is shown. */
const LONGEST = 300;

/** Exit codes above this are signals'. */
const KILLED = 128;

/** What a boot script says of a failure that it has told of already. */
const PASSED_ON = /^line \d+ failed: return\b/;

/** What failed and how. */
export interface PackerFailure {
  /** `build the image`; completes "Cannot …". */
  readonly doing: string;
  readonly messages: readonly PackerMessage[];
  readonly code: number;
  /** Where all of it can be read. */
  readonly logPath: string;
}

/** The error for a run that did not succeed. */
export function packerFailure(
  { doing, messages, code, logPath }: PackerFailure,
  classify: Classify,
): XcoreError {
  if (code > KILLED) {
    return new XcoreError(
      `Cannot ${doing}: Packer was killed in the middle`,
      "`xcore doctor` finds the machine that it may have left, and `xcore doctor --fix` removes it.",
    );
  }
  const errors = messages.filter((message) => message.is === "error");
  const error = errors.find(({ final }) => final) ?? errors[0];
  const hint = `All that it said is in ${logPath}.`;
  if (error === undefined) {
    return new XcoreError(`Cannot ${doing}: Packer ended with exit code ${code}`, hint);
  }
  const meaning = classify(error.text, doing);
  if (meaning !== null) return meaning;
  const words = messages.findLast(({ is, text }) => is === "machine" && !PASSED_ON.test(text));
  // That its script failed says nothing; what the script said last, why.
  const found = /^Script exited/.test(error.text) && words !== undefined
    ? words.text
    : oneLine(error.text.trim().replace(/^Error: /, ""), LONGEST);
  return new XcoreError(`Cannot ${doing}: ${found}`, hint, error.text);
}
