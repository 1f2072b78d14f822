import assert from "node:assert/strict";
import { initialConfig } from "../../../lib/config/initial_config.ts";
import { assertWording } from "../../support/wording.ts";
import { GPU_POOL } from "../config/_texts.ts";
import { withHome } from "./_home.ts";
import { run } from "./_run.ts";

const CONFIG = initialConfig({
  provider: "local",
  clusterName: "xcore",
  clusterId: "xcore-00000000",
  values: { pools: [GPU_POOL] },
});

/** Each is refused before the scheduler is asked. */
const REFUSED: readonly [what: string, words: readonly string[]][] = [
  ["a word for a number", ["four"]],
  ["half a worker", ["1.5"]],
  ["a negative number", ["-1"]],
  ["more than any pool may have", ["10001"]],
  ["a time without a unit", ["4", "--for", "30"]],
  ["a time that is none", ["4", "--for", "soon"]],
  ["no time at all", ["4", "--for", "0s"]],
  ["a time that is too long", ["4", "--for", "8d"]],
  ["a pool that does not exist", ["4", "--pool", "gpo"]],
];

for (const [what, words] of REFUSED) {
  Deno.test(`xcore scale refuses ${what} with what was found and what to type`, async () => {
    await withHome(async (root) => {
      await Deno.writeTextFile(`${root}/config.yaml`, CONFIG);
      const { code, out, said } = await run(root, ["scale", ...words]);
      assert.deepEqual([code, out, said.length], [2, "", 2], said.join("\n"));
      assertWording("scale", what, said.join("\n"));
    });
  });
}

Deno.test("xcore scale says that no cluster is set up, or running", async () => {
  await withHome(async (root) => {
    assert.equal((await run(root, ["scale", "4"])).code, 3);
    await Deno.writeTextFile(`${root}/config.yaml`, CONFIG);
    const { code, said } = await run(root, ["scale", "4", "--pool", "gpu", "--for", "2h"]);
    assert.equal(code, 3);
    assertWording("scale", "no cluster", said.join("\n"));
  });
});
