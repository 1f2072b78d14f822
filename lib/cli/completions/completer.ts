/** How an argument or an option says what may stand in its place. @module */

import { homesOf } from "../../config/home.ts";
import { DAEMON, SCHEDULER } from "../../model/instance.ts";
import { type Context, scopeOf } from "../context.ts";

/** Something that may be typed next. */
export interface Candidate {
  readonly value: string;
  /** What it is, in a few words; shells that show such a thing show it. */
  readonly about?: string;
}

/** What may be typed next; `files`: the shell knows best. */
export type Suggestions = "files" | readonly Candidate[];

/** What is known of the line when it is asked. */
export interface Asked {
  /** The command's arguments before this one. */
  readonly args: readonly string[];
  /** What is typed of this one. What does not begin with it is left out afterwards: no need to look. */
  readonly prefix: string;
}

/**
 * Says what may stand in an argument's or an option's place. The context has the options of the line that is being
 * typed, `-c` among them. It may throw: then there is nothing to suggest.
 */
export type Completer = (asked: Asked, context: Context) => Promise<Suggestions> | Suggestions;

/** The completer of a place where a path stands. */
export const files: Completer = () => "files";

/** The completer of a place where one of some words stands. */
export function oneOf(words: readonly string[]): Completer {
  return () => words.map((value) => ({ value }));
}

/** Names of the clusters that have a folder, for `-c`. */
export const clusterNames: Completer = async (_asked, { runtime }) => {
  const homes = await homesOf(runtime);
  return homes.flatMap(({ cluster }) => cluster === null ? [] : [{ value: cluster }]);
};

/** How long a person who pressed Tab waits for a daemon that hangs. */
const ANSWER_WITHIN_MS = 300;

/** Names of the workers there are, with their states; none where no daemon answers. */
export const workerNames: Completer = (_asked, context) => workers(context);

/** Names of the machines there are: the workers', and the scheduler's. */
export const machineNames: Completer = async (_asked, context) => [
  ...await workers(context),
  { value: SCHEDULER },
];

/** Names of all that prints something. */
export const printerNames: Completer = async (
  _asked,
  context,
) => [...await workers(context), { value: SCHEDULER }, { value: DAEMON }];

async function workers(context: Context): Promise<readonly Candidate[]> {
  const { askStatus } = await import("../../daemon/control.ts");
  const found = (await askStatus(scopeOf(context).home, ANSWER_WITHIN_MS))?.workers ?? [];
  return found.map(({ name, state }) => ({ value: name, about: state }));
}
