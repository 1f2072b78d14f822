import assert from "node:assert/strict";
import { DenoFailure, runDeno, tellingLine } from "../../../tools/run_deno.ts";

Deno.test("tellingLine() is what went wrong, without stack, colour and warnings", () => {
  assert.equal(
    tellingLine(
      "\x1b[33mWarning\x1b[0m old\nDownload https://x\n\x1b[1m\x1b[31merror\x1b[0m: Failed loading x\n\nStack backtrace:\n   0: <unknown>\n",
    ),
    "Failed loading x",
  );
  assert.equal(tellingLine("Warning old\nsomething odd\nmore\n"), "something odd");
  assert.equal(tellingLine("error: \n"), "error:");
  assert.equal(tellingLine("\n"), null);
});

Deno.test("a Deno that fails is an error of one line, which names the file with all that was printed", async () => {
  const error = await runDeno(["eval", "console.error('error: what I say\\n    at main.ts:1'); Deno.exit(3)"])
    .catch((error) => error);
  assert.ok(error instanceof DenoFailure);
  assert.equal(error.why, "what I say");
  assert.equal(error.message, "`deno eval` failed: what I say");
  const [, log] = /^All that it printed is in (.*)\.$/.exec(error.hint)!;
  assert.match(await Deno.readTextFile(log!), /at main\.ts:1/);
});

Deno.test("a Deno that takes too long is ended", async () => {
  await assert.rejects(
    runDeno(["eval", "setTimeout(() => {}, 1e8)"], { limitMs: 200 }),
    /`deno eval` failed: it took too long/,
  );
});
