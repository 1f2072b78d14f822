/** What may be typed in place of an argument or an option. @module */

import { homesOf } from "../../config/home.ts";
import { DAEMON, SCHEDULER, SHUTDOWN } from "../../model/instance.ts";
import { type Context, scopeOf } from "../context.ts";

/** Something that may be typed next. */
export interface Candidate {
  readonly value: string;
  /** What it is, in a few words; some shells show it. */
  readonly about?: string;
}

/** What may be typed next; `files`: the shell completes a path. */
export type Suggestions = "files" | readonly Candidate[];

/** What is known of the command line. */
export interface Asked {
  /** The command's arguments before this one. */
  readonly args: readonly string[];
  /** What is typed of this one; suggestions that do not begin with it are left out afterwards. */
  readonly prefix: string;
}

/**
 * Suggests values of an argument or an option. The context has the options of the line that is
 * being typed, such as `-c`. If it throws, nothing is suggested.
 */
export type Completer = (asked: Asked, context: Context) => Promise<Suggestions> | Suggestions;

/** Suggests paths. */
export const files: Completer = () => "files";

/** Suggests these words. */
export function oneOf(words: readonly string[]): Completer {
  return () => words.map((value) => ({ value }));
}

/** Names of the clusters that have a folder, for `-c`. */
export const clusterNames: Completer = async (_asked, { runtime }) => {
  const homes = await homesOf(runtime);
  return homes.flatMap(({ cluster }) => cluster === null ? [] : [{ value: cluster }]);
};

/** Names of pools, from the config. */
export const poolNames: Completer = async (_asked, context) => {
  const { poolsNamed } = await import("./keys_and_values.ts");
  const text = await context.runtime.files.readTextIfExists((await scopeOf(context)).home.config) ?? "";
  return ["default", ...await poolsNamed(text)].map((value) => ({ value }));
};

/** How long Tab waits for a daemon that hangs. */
const ANSWER_WITHIN_MS = 300;

/** Suggests names of workers, with their states; none if no daemon answers. */
export const workerNames: Completer = (_asked, context) => workers(context);

/** Suggests names of machines: workers and the scheduler. */
export const machineNames: Completer = async (_asked, context) => [
  ...await workers(context),
  { value: SCHEDULER },
];

/** Suggests names of everything that has a log. */
export const printerNames: Completer = async (
  _asked,
  context,
) => [...await workers(context), { value: SCHEDULER }, { value: DAEMON }, { value: SHUTDOWN }];

async function workers(context: Context): Promise<readonly Candidate[]> {
  const { askStatus } = await import("../../daemon/control.ts");
  const { runtime, home } = await scopeOf(context);
  const found = (await askStatus(runtime, home, ANSWER_WITHIN_MS))?.workers ?? [];
  return found.map(({ name, state }) => ({ value: name, about: state }));
}
