import assert from "node:assert/strict";
import { DenoFailure, runDeno, tellingLine } from "../../tools/run_deno.ts";
import { failureLine } from "../../tools/run_tool.ts";

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
  const [, log] = /^deno eval failed: what I say \(all that it printed: (.*)\)$/.exec(error.message)!;
  assert.match(await Deno.readTextFile(log!), /at main\.ts:1/);
  assert.equal(await failureLine("do it", error), `Cannot do it: ${error.message}.`);
});

Deno.test("a Deno that takes too long is ended", async () => {
  await assert.rejects(
    runDeno(["eval", "setTimeout(() => {}, 1e8)"], { limitMs: 200 }),
    /deno eval failed: it took too long/,
  );
});

Deno.test("failureLine() has no stack, and keeps that of an error that nobody has thought of", async () => {
  assert.equal(await failureLine("do it", new Error("there is no x")), "Cannot do it: there is no x.");
  const line = await failureLine("do it", new TypeError("x is undefined\nmore"));
  const [, log] = /^Cannot do it: x is undefined\. The whole story is in (.*)$/.exec(line)!;
  assert.match(await Deno.readTextFile(log!), /^TypeError: x is undefined\nmore\n +at /);
  await Deno.remove(log!);
});
