import assert from "node:assert/strict";
import { FOOTER, watch } from "../../../lib/cli/watch.ts";
import type { Context } from "../../../lib/cli/context.ts";
import type { Status } from "../../../lib/model/mod.ts";
import { keepingPrinter } from "./_printer.ts";
import { runtimeIn } from "./_run.ts";
import { ago, busy, NOW_MS, status, worker } from "./_status.ts";

/** Watches what is told, one status at each look, and presses Ctrl-C when there is no more. */
async function watched(
  told: readonly Status[],
  options: { json?: true; columns?: number; rows?: number } = {},
): Promise<string> {
  const screen = options.columns === undefined
    ? null
    : { columns: options.columns, rows: options.rows ?? 24 };
  const { printer, printed } = keepingPrinter(screen);
  const handlers = new Map<Deno.Signal, (signal: Deno.Signal) => void>();
  const context: Context = {
    printer,
    options: () => options,
    runtime: {
      ...runtimeIn("/nonexistent"),
      clock: { nowMs: () => NOW_MS, monotonicMs: () => 0, sleep: () => Promise.resolve() },
      onSignal(signals, handler) {
        for (const signal of signals) handlers.set(signal, handler);
        return () => {
          for (const signal of signals) handlers.delete(signal);
        };
      },
    },
  };
  let looks = 0;
  await watch(context, () => {
    const found = told[looks++];
    if (found !== undefined) return Promise.resolve(found);
    handlers.get("SIGINT")?.("SIGINT");
    return new Promise(() => {}); // a daemon that hangs: nobody has to wait for it
  });
  assert.deepEqual([...handlers.keys()], [], "signals are still listened to");
  return printed.out;
}

Deno.test("watch() into a file writes a status when more than ages and loads has changed", async () => {
  const before = status({ workers: [worker("worker-0")] });
  const older = status({
    cluster: { started_at: ago(10_000) },
    daemon: { last_tick_at: ago(30) },
    workers: [worker("worker-0", { since: ago(500), cpu_percent: 3 })],
  });
  const after = status({ workers: [worker("worker-0", { state: "draining" })] });
  const out = await watched([before, older, before, after]);
  assert.deepEqual(out.match(/^worker-0 +\w+/gm), ["worker-0  running", "worker-0  draining"]);
  assert.equal(out.split("\n\nxcore (local)").length, 2);
});

Deno.test("watch() with --json writes one document a line, each time it asks", async () => {
  const told = [status(), status(), busy()];
  for (const columns of [undefined, 80]) {
    const out = await watched(told, { json: true, ...(columns && { columns }) });
    assert.deepEqual(out.trimEnd().split("\n").map((line) => JSON.parse(line)), told);
  }
});

Deno.test("watch() on a terminal draws each status, and leaves the last one below what was there", async () => {
  const out = await watched([busy(), status()], { columns: 80 });
  const frames = out.split("\x1b[H");
  assert.equal(frames.length, 3);
  assert.match(frames[1]!, /worker-2/);
  assert.ok(frames[2]!.includes(FOOTER));
  const [, last] = frames[2]!.split("\x1b[?1049l");
  assert.match(last!, /^xcore \(local\)[^]*They start when a script submits tasks\.\n$/);
});

Deno.test("watch() on a terminal draws how queue and workers went, where there is room", async () => {
  const told = [status(), busy(), busy({ demand: { queued: 3, processing: 3 } })];
  const last = (await watched(told, { columns: 80, rows: 30 })).split("\x1b[H").at(-1)!;
  assert.match(last, /^queue {3}▁█▅ 3\b/m);
  assert.match(last, /^workers ▁██ 3, within 0 s\b/m);
  const small = (await watched(told, { columns: 80, rows: 14 })).split("\x1b[H").at(-1)!;
  assert.ok(!small.includes("▁") && small.includes("worker-2"), small);
});

Deno.test("watch() says how to end it only where there is room", async () => {
  const out = await watched([status()], { columns: 80, rows: 6 });
  assert.ok(!out.includes(FOOTER));
});

Deno.test("watch() ends with the failure of a call, and gives the terminal back", async () => {
  const { printer, printed } = keepingPrinter({ columns: 80, rows: 24 });
  const context: Context = { printer, runtime: runtimeIn("/nonexistent"), options: () => ({}) };
  const looks = [() => Promise.resolve(status()), () => Promise.reject(new Error("no home any more"))];
  const runtime = { ...context.runtime, clock: { ...context.runtime.clock, sleep: () => Promise.resolve() } };
  await assert.rejects(watch({ ...context, runtime }, () => looks.shift()!()), /no home any more/);
  assert.ok(printed.out.includes("\x1b[?25h\x1b[?1049lxcore"));
});
