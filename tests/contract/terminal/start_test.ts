import assert from "node:assert/strict";
import { needing, programs } from "../../support/needs.ts";
import { HOSTILE, LIST } from "../../support/price_lists.ts";
import { withHome } from "../../unit/cli/_home.ts";
import { programFolder } from "../../unit/cli/_program.ts";
import { withTerminal } from "../../unit/cli/_terminal.ts";

const CONFIG = `provider: aws
region_name: us-east-1
cluster_name: lab
cluster_id: lab-0a1b2c3d
scheduler_type: t3.small
worker_type: c5.xlarge
`;

const PRICES = /\$0\.028 for the scheduler [^]*\$0\.18 for each worker [^]*Start the cluster\? \[y\/N\]\s*$/;

/** Each is fetched when the list that is kept is older than a week. */
const LATER = ["cut off in a line", "a page", "a negative price", "a formula", "ten gigabytes"];

const DAYS_8_MS = 8 * 24 * 3600_000;

Deno.test(needing(
  programs("tmux"),
  "the first start of a configuration that costs asks on a terminal, by a price list that no later one spoils, and Enter alone is no",
  () =>
    withHome(async (home) => {
      let answer = () => new Response(LIST);
      await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => answer());
      const root = `${home}/home`;
      await Deno.mkdir(root, { mode: 0o700 });
      const address = `price_list_url: http://127.0.0.1:${server.addr.port}\n`;
      await Deno.writeTextFile(`${root}/config.yaml`, CONFIG + address);
      const folder = await programFolder(home);
      const env = { XCORE_HOME: root, XCORE_SERVICE: "none", PATH: `${folder}:${Deno.env.get("PATH")}` };
      const times = ["none", ...LATER];
      const builds = 'clear; xcore image build; echo "ended build: $?"; read -r _';
      const starts = times.map((_, i) => `clear; xcore start; echo "ended ${i}: $?"; read -r _`).join("\n");
      await withTerminal(["sh", "-c", `${starts}\n${builds}`], { env, columns: 200 }, async (terminal) => {
        for (const [i, name] of times.entries()) {
          if (i > 0) {
            answer = HOSTILE[name]!;
            await makeOld(`${root}/prices/aws.json`);
            await terminal.press("Enter");
          }
          const asked = await terminal.sees(PRICES);
          const warning = /^Warning: Cannot use the price list: .*; the one of \d{4}-\d\d-\d\d applies$/m;
          assert.equal(warning.test(asked), i > 0, `${name}: ${asked}`);
          await terminal.press("Enter");
          const ended = await terminal.sees(`ended ${i}: 0`);
          assert.match(ended, /^Nothing was changed\.$/m);
        }
        await terminal.press("Enter");
        await terminal.sees(
          /\(c5\.xlarge\) costs \$0\.18 an hour [^]*\$1\.00 a month [^]*Build the image\? \[y\/N\]\s*$/,
        );
        await terminal.press("Enter");
        assert.match(await terminal.sees("ended build: 0"), /^Nothing was changed\.$/m);
      });
      const left = [...Deno.readDirSync(root)].map(({ name }) => name);
      assert.ok(!left.includes("tls") && !left.includes("terraform"), left.join(" "));
    }),
));

/** As if it had been fetched eight days before. */
async function makeOld(path: string): Promise<void> {
  const list = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, JSON.stringify({ ...list, fetchedAtMs: Date.now() - DAYS_8_MS }));
}
