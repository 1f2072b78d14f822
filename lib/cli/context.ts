/** What every command gets, and how it answers, asks, shows progress and is interrupted. @module */

import type { Confirm, Progress, Scope, Share } from "../cluster/cluster.ts";
import { findHome } from "../config/home_access.ts";
import { asXcoreError, InterruptedError, UsageError } from "../errors.ts";
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

/**
 * The cluster that the command line names.
 *
 * @throws {UsageError} it is no name of one
 * @throws {PrerequisiteError} other users can change its home
 */
export async function scopeOf({ runtime, printer, options }: Context): Promise<Scope> {
  return { runtime, home: await findHome(runtime, options().cluster), told: printer.say };
}

/** Prints the answer: for people, or with --json for programs. */
export function answer({ printer, options }: Context, document: unknown, text: string): void {
  if (options().json) printer.json(document);
  else if (text !== "") printer.out(text);
}

/**
 * Asks on the terminal; yes without asking if --yes was given; an error if there is no terminal.
 */
export function confirmOn({ printer }: Context, yes: boolean): Confirm {
  if (yes) return () => Promise.resolve(true);
  if (!printer.terminal) return refuseToAsk;
  return printer.ask;
}

/** The same before what costs, where a script is not asked: it has worked without a question before. */
export function confirmCosts(context: Context, yes: boolean): Confirm {
  return confirmOn(context, yes || !context.printer.terminal);
}

function refuseToAsk(question: string): Promise<boolean> {
  throw new UsageError(
    `Cannot ask without a terminal: ${question}`,
    "Nothing was changed. Add --yes to answer yes.",
  );
}

/**
 * The result of `work`. Ctrl-C ends it: once, after what must not be cut off (a step of Terraform)
 * has finished; twice, at once.
 *
 * @param hint what to type next after Ctrl-C
 * @param work gets the cluster that the command line names
 * @throws {InterruptedError} at Ctrl-C; `work` is abandoned, and the process is expected to end
 */
export async function interruptible<T>(
  context: Context,
  hint: string,
  work: (scope: Scope) => Promise<T>,
): Promise<T> {
  const { runtime, printer } = context;
  const scope = await scopeOf(context);
  const interruption = new Interruption();
  const first = Promise.withResolvers<"pressed">();
  const offSignal = runtime.onSignal(["SIGINT"], () => {
    interruption.request();
    first.resolve("pressed");
  });
  try {
    const done = work({ ...scope, interruption });
    done.catch(() => {}); // after Ctrl-C its error is of no interest
    const outcome = await Promise.race([done.then(() => "done" as const), first.promise]);
    if (outcome === "done") return await done;
  } catch (error) {
    if (!interruption.wish.aborted) throw error;
  } finally {
    if (!interruption.wish.aborted) offSignal();
  }
  if (interruption.isHolding) printer.say("Stopping cleanly; press Ctrl-C again to stop at once …");
  await interruption.released();
  offSignal();
  const { existingParts } = await import("../cluster/existence.ts");
  const found = await existingParts(scope).then(
    (parts) => parts.length === 0 ? "nothing of the cluster exists" : `the cluster has: ${parts.join(", ")}`,
    (error) => `what the cluster has is unknown: ${asXcoreError(error, "find it").message}`,
  );
  throw new InterruptedError(`Interrupted; ${found}`, hint);
}

const BAR_WIDTH = 24;

/**
 * Shows progress as lines. Of the lines that carry a share a terminal shows only the last, with a
 * bar; elsewhere each is printed when the share grows, or after a while without one.
 */
export function progressOn({ printer }: Pick<Context, "printer">): Progress {
  if (!printer.redraws) return linesWhenDone(printer.say);
  return (line, share) => {
    if (share === undefined) printer.say(line);
    else printer.pass(`${bar(share, BAR_WIDTH)} ${counted(share)} ${line}`);
  };
}

function linesWhenDone(say: (line: string) => void): Progress {
  let last: Share = { done: 0, total: 0 };
  return (line, share) => {
    if (share === undefined) return say(line);
    if (share.done > last.done || (share.done === last.done && /\(\d+ s\)$/.test(line))) {
      say(`${counted(share)} ${line}`);
    }
    last = share;
  };
}

function counted({ done, total }: Share): string {
  return `${done}/${total}`;
}

/** `[#####.....]`; 0 of 0 is an empty bar. */
export function bar(
  { done, total }: { readonly done: number; readonly total: number },
  width: number,
): string {
  const full = total === 0 ? 0 : Math.round(Math.min(1, done / total) * width);
  return `[${"#".repeat(full).padEnd(width, ".")}]`;
}
