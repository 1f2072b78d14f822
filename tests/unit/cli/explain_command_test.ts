import assert from "node:assert/strict";
import { initialConfig } from "../../../lib/config/initial_config.ts";
import { assertWording } from "../../support/wording.ts";
import { withHome } from "./_home.ts";
import { run } from "./_run.ts";

Deno.test("xcore explain TASK says that no cluster runs, and that nothing is no task", async () => {
  await withHome(async (root) => {
    const values = { provider: "local", clusterName: "xcore", clusterId: "xcore-00000000" } as const;
    await Deno.writeTextFile(`${root}/config.yaml`, initialConfig(values));
    for (const [what, task, exit] of [["no cluster", "md_run", 3], ["an empty name", "", 2]] as const) {
      const { code, said } = await run(root, ["explain", task]);
      assert.equal(code, exit);
      assertWording("explain_task", what, said.join("\n"));
    }
  });
});
