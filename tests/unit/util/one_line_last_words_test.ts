import assert from "node:assert/strict";
import { lastWords } from "../../../lib/util/one_line.ts";

Deno.test("lastWords() finds the cause in a chain of Python errors", () => {
  const log = `2026-11-22 23:59:59,000 - distributed.scheduler - INFO - State start
Traceback (most recent call last):
  File "core.py", line 10, in start
    await self.listen()
OSError: [Errno 98] Address already in use

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "core.py", line 12, in start
    raise RuntimeError(f"{type(self).__name__} failed to start.") from exc
RuntimeError: Scheduler failed to start.
`;
  assert.equal(lastWords(log), "OSError: [Errno 98] Address already in use");
});

Deno.test("lastWords() takes an error with its module's name, and one with no text", () => {
  assert.equal(
    lastWords("x\ndistributed.comm.core.CommClosedError: closed\nbye"),
    "distributed.comm.core.CommClosedError: closed",
  );
  assert.equal(lastWords("x\nKeyboardInterrupt\n"), "KeyboardInterrupt");
});

Deno.test("lastWords() falls back on the last line", () => {
  assert.equal(lastWords("starting\n  python: not found  \n\n"), "python: not found");
  assert.equal(lastWords(" \n"), "");
});

Deno.test("lastWords() names the package with a wrong hash, whatever a boot prints of it besides", () => {
  const log = `xcore 09:00:00.000: installing 31 packages, each by its hash
error: Failed to download \`toolz==1.2.0\`
  cause: Hash mismatch for \`toolz==1.2.0\`

         Expected:
           sha256:0000
xcore 09:00:37.000: \`install_locked\` failed five times
xcore 09:00:37.000: line 114 failed: patiently install_locked`;
  assert.equal(lastWords(log), "Hash mismatch for `toolz==1.2.0`");
});
