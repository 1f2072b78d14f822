import assert from "node:assert/strict";
import { removeOldBundles } from "../../tools/old_bundles.ts";

Deno.test("removeOldBundles() leaves the launcher's bundle, those that run, and those that are being made", async () => {
  const folder = await Deno.makeTempDir({ prefix: "xcore-bundles-" });
  const names = () => Array.fromAsync(Deno.readDir(folder), ({ name }) => name).then((names) => names.sort());
  const unique = folder.slice(-8);
  const [current, idle, running, made] = ["current", "idle", "running", "made.1.part"].map((name) =>
    unique + name
  );
  for (const name of [current!, idle!, running!, made!]) await Deno.mkdir(`${folder}/${name}`);
  const child = new Deno.Command("sh", {
    args: ["-c", "read wait", `${folder}/${running}/main.js`],
    stdin: "piped",
  }).spawn();
  try {
    await removeOldBundles(folder, current!);
    assert.deepEqual(await names(), [current, made, running].sort());
    await removeOldBundles(folder, null);
    assert.deepEqual(await names(), [made, running].sort());
  } finally {
    await child.stdin.close();
    await child.status;
  }
  await Deno.remove(`${folder}/${made}`);
  await removeOldBundles(folder, null);
  await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
  await removeOldBundles(folder, null);
});
