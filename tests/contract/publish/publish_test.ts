import assert from "node:assert/strict";
import { publishedFiles } from "./_published.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

Deno.test("deno publish takes the library, licence and README, and nothing of the tests, tools or program", async () => {
  const files = await publishedFiles();
  const others = files.filter((path) => !path.startsWith("lib/"));
  assert.deepEqual(others, ["LICENSE", "README.md", "deno.json"]);
  assert.ok(!files.some((path) => path.startsWith("lib/cli/")));

  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "lib/mod.ts"],
    cwd: ROOT,
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: { local?: string; kind: string }[];
  };
  const needed = modules.flatMap(({ local }) => local?.startsWith(ROOT) ? [local.slice(ROOT.length)] : []);
  assert.ok(needed.includes("lib/cluster/script_cluster.ts"));
  assert.deepEqual(
    new Set(needed).difference(new Set(files)),
    new Set(),
    "what lib/mod.ts imports is not published",
  );
});
