import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import { InterruptedError } from "../../../lib/errors.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { type Context, interruptible } from "../../../lib/cli/context.ts";
import { keepingPrinter, type Printed } from "./_printer.ts";
import { withHome } from "./_home.ts";

interface Pressable {
  readonly context: Context;
  readonly printed: Printed;
  /** Presses it once the command heeds it. */
  press(): Promise<void>;
}

/** A home with the config of a cluster that does not run, and a Ctrl-C that the test presses. */
function pressable(body: (it: Pressable) => Promise<void>): Promise<void> {
  return withHome(async (root) => {
    await Deno.writeTextFile(`${root}/config.yaml`, "provider: local\ncluster_id: xcore-0a1b2c3d\n");
    const { printer, printed } = keepingPrinter();
    const heeded = Promise.withResolvers<void>();
    let handler = () => {};
    const context: Context = {
      runtime: {
        ...systemRuntime(null),
        env: (name) => name === "XCORE_HOME" ? root : undefined,
        onSignal(_signals, on) {
          handler = () => on("SIGINT");
          heeded.resolve();
          return () => void (handler = () => {});
        },
      },
      printer,
      options: () => ({}),
    };
    await body({ context, printed, press: () => heeded.promise.then(() => handler()) });
  });
}

const interrupted = (error: unknown) => error instanceof InterruptedError && error.hint === "Go on.";

Deno.test("interruptible() gives what the work comes to", () =>
  pressable(async ({ context }) => {
    assert.equal(await interruptible(context, "Go on.", () => Promise.resolve(7)), 7);
    const failure = new Error("no");
    await assert.rejects(interruptible(context, "Go on.", () => Promise.reject(failure)), failure);
  }));

Deno.test("interruptible() leaves work where it is at Ctrl-C, and says what is there", () =>
  pressable(async ({ context, press }) => {
    const never = new Promise<void>(() => {});
    const run = interruptible(context, "Go on.", () => never);
    await press();
    await assert.rejects(run, (error: Error) => {
      assertWording("interrupt", "nothing exists", error.message);
      return interrupted(error);
    });
  }));

Deno.test("interruptible() waits for what must not be cut off, and says so", () =>
  pressable(async ({ context, press, printed }) => {
    const order: string[] = [];
    const run = interruptible(context, "Go on.", async ({ interruption }) => {
      await interruption!.hold((async () => {
        await new Promise((resolve) => interruption!.wish.addEventListener("abort", resolve));
        await new Promise((resolve) => setTimeout(resolve, 50));
        order.push("ended");
      })());
      throw new Error("it was told to stop");
    });
    await press();
    await assert.rejects(run, interrupted);
    order.push("returned");
    assert.deepEqual(order, ["ended", "returned"]);
    assert.equal(printed.said.length, 1);
    assertWording("interrupt", "waits", printed.said[0]!);
  }));

Deno.test("interruptible() waits for nothing after a second Ctrl-C", () =>
  pressable(async ({ context, press }) => {
    const run = interruptible(
      context,
      "Go on.",
      ({ interruption }) => interruption!.hold(new Promise(() => {})),
    );
    await press();
    await press();
    await assert.rejects(run, interrupted);
  }));
