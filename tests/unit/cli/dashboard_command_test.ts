import assert from "node:assert/strict";
import { withHome } from "./_home.ts";
import { run } from "./_run.ts";

Deno.test("xcore dashboard says that no cluster is set up", async () => {
  await withHome(async (root) => {
    const { code, out } = await run(root, ["dashboard"]);
    assert.deepEqual([code, out], [3, ""]);
  });
});
