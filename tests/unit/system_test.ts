import assert from "node:assert/strict";
import { systemRuntime } from "../../lib/system_runtime.ts";

Deno.test("run() ends the process when its signal is aborted, before or while it runs", async () => {
  const { run } = systemRuntime(null);
  for (const abort of [AbortSignal.abort(), AbortSignal.timeout(100)]) {
    const { code } = await run(["sleep", "30"], { signal: abort });
    assert.notEqual(code, 0); // what sleep ends with when it has slept
  }
});
