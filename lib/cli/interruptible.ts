/** Ctrl-C in the middle of a verb: what is there now, and how to go on. @module */

import { InterruptedError } from "../errors.ts";
import { type Context, placeOf } from "./context.ts";

/**
 * The result of `work`, unless a person presses Ctrl-C first.
 *
 * @param goOn what to type next
 * @throws {InterruptedError} at Ctrl-C; `work` is left where it is, and the process is expected to end
 */
export async function interruptible<T>(context: Context, goOn: string, work: () => Promise<T>): Promise<T> {
  const { promise: pressed, resolve } = Promise.withResolvers<"pressed">();
  const offSignal = context.runtime.onSignal(["SIGINT"], () => resolve("pressed"));
  try {
    const done = work();
    const first = await Promise.race([done.then(() => "done" as const), pressed]);
    if (first === "done") return await done;
    const { remains } = await import("../cluster/remains.ts");
    const there = await remains(placeOf(context));
    throw new InterruptedError(`Interrupted; there now: ${there.join(", ") || "nothing"}`, goOn);
  } finally {
    offSignal();
  }
}
