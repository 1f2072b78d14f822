import assert from "node:assert/strict";
import { needing, programs } from "../../support/needs.ts";
import { withHome } from "../../unit/cli/_home.ts";
import { programFolder } from "../../unit/cli/_program.ts";
import { withTerminal } from "../../unit/cli/_terminal.ts";

const CONFIG = `provider: aws
region_name: eu-west-2
cluster_name: lab
cluster_id: lab-0a1b2c3d
price_list_url: none
prices: {t2.small: 0.02, t3.small: 0.0175}
`;

Deno.test(needing(
  programs("tmux"),
  "the first start of a configuration that costs asks on a terminal, and Enter alone is no",
  () =>
    withHome(async (home) => {
      const root = `${home}/home`;
      await Deno.mkdir(root, { mode: 0o700 });
      await Deno.writeTextFile(`${root}/config.yaml`, CONFIG);
      const folder = await programFolder(home);
      const env = { XCORE_HOME: root, XCORE_SERVICE: "none", PATH: `${folder}:${Deno.env.get("PATH")}` };
      const shell = ["sh", "-c", 'xcore start; echo "ended: $?"; exec sleep 1000'];
      await withTerminal(shell, { env, columns: 200 }, async (terminal) => {
        await terminal.sees(/for the scheduler[^]*Start the cluster\? \[y\/N\]/);
        await terminal.press("Enter");
        await terminal.sees("ended: 0");
        assert.match(await terminal.screen(), /^Nothing was changed\.$/m);
      });
      const left = [...Deno.readDirSync(root)].map(({ name }) => name);
      assert.ok(!left.includes("tls") && !left.includes("terraform"), left.join(" "));
    }),
));
