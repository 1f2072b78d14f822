import assert from "node:assert/strict";
import { dirname } from "node:path";
import manifest from "../../../deno.json" with { type: "json" };
import { publishedFiles } from "../../contract/publish/_published.ts";
import { withCluster } from "./harness.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

const SCRIPT = `
import { cluster } from ${JSON.stringify(manifest.name)};

await cluster.setMaxWorkers(2);
const { cluster: { state }, workers } = await cluster.status();
console.log(JSON.stringify({ state, workers: workers.length, url: await cluster.getUrl() }));
Deno.exit();
`;

Deno.test("a script in another folder uses what deno publish takes, by its name in imports, on a running cluster", async () => {
  await withCluster({}, async (cluster) => {
    for (const path of await publishedFiles("--no-check")) {
      await Deno.mkdir(dirname(`${cluster.folder}/packed/${path}`), { recursive: true });
      await Deno.copyFile(ROOT + path, `${cluster.folder}/packed/${path}`);
    }
    await cluster.write(
      "deno.json",
      JSON.stringify({ imports: { [manifest.name]: `./packed/${manifest.exports}` } }),
    );
    const script = await cluster.write("script.ts", SCRIPT);

    const said = JSON.parse(await cluster.denoOk("run", "-A", "--no-lock", script));

    assert.deepEqual([said.state, said.workers], ["running", 0]);
    assert.equal(said.url, (await cluster.ok("url")).trim());
    assert.equal((await cluster.ok("config", "get", "max_workers")).trim(), "2");
  });
});
