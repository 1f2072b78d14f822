/** What every command gets. @module */

import { homeOf } from "../config/home.ts";
import type { Place } from "../cluster/cluster.ts";
import type { Confirm } from "../cluster/shutdown.ts";
import { UsageError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import type { Printer } from "./print.ts";

/** Options that stand before or after any command. */
export interface GlobalOptions {
  readonly cluster?: string;
  readonly json?: true;
  readonly debug?: true;
}

/** What every command gets. */
export interface Context {
  readonly runtime: Runtime;
  readonly printer: Printer;
  /** The global options as given on this command line; asked for once it is parsed. */
  options(): GlobalOptions;
}

/** The cluster that the command line names. */
export function placeOf({ runtime, printer, options }: Context): Place {
  return { runtime, home: homeOf(runtime, options().cluster), told: printer.say };
}

/** Prints the answer: for people, or with --json for programs. */
export function answer({ printer, options }: Context, document: unknown, text: string): void {
  if (options().json) printer.json(document);
  else if (text !== "") printer.out(text);
}

/** Asks on the terminal; yes without asking where --yes was given; an error where there is nobody to ask. */
export function confirmOn({ printer }: Context, yes: boolean): Confirm {
  if (yes) return () => Promise.resolve(true);
  if (!printer.terminal) return refuseToAsk;
  return printer.ask;
}

function refuseToAsk(question: string): Promise<boolean> {
  throw new UsageError(
    `Cannot ask without a terminal: ${question}`,
    "Nothing was changed. Add --yes to answer yes.",
  );
}
