/** What every command gets. @module */

import type { Scope } from "../cluster/cluster.ts";
import type { Confirm } from "../cluster/shutdown.ts";
import { homeOf } from "../config/home.ts";
import { InterruptedError, UsageError } from "../errors.ts";
import { Interruption } from "../platform/interruption.ts";
import type { Runtime } from "../runtime.ts";
import type { Printer } from "./printer.ts";

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
export function scopeOf({ runtime, printer, options }: Context): Scope {
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

/**
 * The result of `work`, unless a person presses Ctrl-C first. Then what must not be cut off is waited for, unless it is
 * pressed again.
 *
 * @param goOn what to type next
 * @param work gets the cluster that the command line names
 * @throws {InterruptedError} at Ctrl-C; `work` is left where it is, and the process is expected to end
 */
export async function interruptible<T>(
  context: Context,
  goOn: string,
  work: (scope: Scope) => Promise<T>,
): Promise<T> {
  const { runtime, printer } = context;
  const interruption = new Interruption();
  const first = Promise.withResolvers<"pressed">();
  const second = Promise.withResolvers<void>();
  const offSignal = runtime.onSignal(["SIGINT"], () => {
    if (interruption.wish.aborted) return second.resolve();
    interruption.request();
    first.resolve("pressed");
  });
  try {
    const done = work({ ...scopeOf(context), interruption });
    done.catch(() => {}); // after a Ctrl-C nobody waits for it any more
    const outcome = await Promise.race([done.then(() => "done" as const), first.promise]);
    if (outcome === "done") return await done;
  } catch (error) {
    if (!interruption.wish.aborted) throw error;
  } finally {
    if (!interruption.wish.aborted) offSignal();
  }
  if (interruption.isHolding) printer.say("Ending what is under way, so that nothing is left unknown …");
  await Promise.race([interruption.released(), second.promise]);
  offSignal();
  const { remains } = await import("../cluster/existence.ts");
  const there = await remains(scopeOf(context));
  throw new InterruptedError(`Interrupted; there now: ${there.join(", ") || "nothing"}`, goOn);
}
