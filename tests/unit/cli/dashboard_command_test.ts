import assert from "node:assert/strict";
import { initialConfig } from "../../../lib/config/initial_config.ts";
import { assertWording } from "../../support/wording.ts";
import { withHome } from "./_home.ts";
import { run } from "./_run.ts";

Deno.test("xcore dashboard says that no cluster is set up, or running", async () => {
  await withHome(async (root) => {
    assert.equal((await run(root, ["dashboard"])).code, 3);
    const values = {
      provider: "local",
      clusterName: "xcore",
      clusterId: "xcore-00000000",
      values: {},
    } as const;
    await Deno.writeTextFile(`${root}/config.yaml`, initialConfig(values));
    const { code, out, said } = await run(root, ["dashboard", "--no-browser"]);
    assert.deepEqual([code, out], [3, ""]);
    assertWording("dashboard", "no cluster", said.join("\n"));
  });
});
