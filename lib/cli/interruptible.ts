/** Ctrl-C in the middle of a verb: what is there now, and how to go on. @module */

import type { Place } from "../cluster/cluster.ts";
import { InterruptedError } from "../errors.ts";
import { Interruption } from "../platform/interruption.ts";
import { type Context, placeOf } from "./context.ts";

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
  work: (place: Place) => Promise<T>,
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
    const done = work({ ...placeOf(context), interruption });
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
  const { remains } = await import("../cluster/remains.ts");
  const there = await remains(placeOf(context));
  throw new InterruptedError(`Interrupted; there now: ${there.join(", ") || "nothing"}`, goOn);
}
