import assert from "node:assert/strict";
import { nextText } from "../../../lib/cli/next_text.ts";
import { statusText } from "../../../lib/cli/status_text.ts";
import { PLAIN } from "./_printer.ts";
import { busy, NOW_MS, status, worker } from "./_status.ts";

const idle = (name: string, leaves_in_s: number) =>
  worker(name, { processing: 0, executing: 0, leaves_in_s });

Deno.test("nextText() says which worker leaves first, what boots and what is to be launched", () => {
  for (
    const [over, expected] of [
      [{}, ""],
      [
        { workers: [idle("worker-0", 90), idle("worker-1", 40)] },
        "worker-1 leaves in 40 s, and 1 more after it",
      ],
      [
        { demand: { target: 4 }, workers: [idle("worker-0", 40), worker("worker-1", { state: "booting" })] },
        "worker-0 leaves in 40 s; 1 worker booting; 2 workers to launch",
      ],
      [{ demand: { target: 1 }, workers: [worker("worker-0", { state: "stopping" })] }, "1 worker to launch"],
      // Then a problem says why nothing is.
      [{ demand: { target: 1 }, problems: [{ code: "launch_failed", message: "no", hint: "wait" }] }, ""],
      [{ daemon: { running: false }, demand: { target: 2 }, workers: [idle("worker-0", 40)] }, ""],
    ] as const
  ) assert.equal(nextText(status(over)), expected);
});

Deno.test("statusText() shows what happens next below the tasks, and no line where nothing is known to", () => {
  const lines = statusText(busy({ workers: [idle("worker-0", 40)] }), PLAIN, NOW_MS).split("\n");
  assert.equal(
    lines[lines.findIndex((line) => line.startsWith("tasks: ")) + 1],
    "next: worker-0 leaves in 40 s; 2 workers to launch",
  );
  assert.ok(!statusText(busy(), PLAIN, NOW_MS).includes("next:"));
});
