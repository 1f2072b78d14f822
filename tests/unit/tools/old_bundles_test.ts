import assert from "node:assert/strict";
import { needing, programs } from "../../support/needs.ts";
import { removeOldBundles } from "../../../tools/old_bundles.ts";

Deno.test(
  needing(
    programs("ps"),
    "removeOldBundles() leaves the launcher's bundle, those that run, and those that are young",
    async () => {
      const folder = await Deno.makeTempDir({ prefix: "xcore-bundles-" });
      const names = () =>
        Array.fromAsync(Deno.readDir(folder), ({ name }) => name).then((names) => names.sort());
      const unique = folder.slice(-8);
      const [current, idle, running, young] = ["current", "idle", "running", "young"].map((name) =>
        unique + name
      );
      for (const name of [current!, idle!, running!, young!]) {
        await Deno.mkdir(`${folder}/${name}`);
        if (name !== young) {
          await Deno.utime(`${folder}/${name}`, 0, 0);
        }
      }
      const child = new Deno.Command("sh", {
        args: ["-c", "read wait", `${folder}/${running}/main.js`],
        stdin: "piped",
      }).spawn();
      try {
        await removeOldBundles(folder, current!);
        assert.deepEqual(await names(), [current, young, running].sort());
        await removeOldBundles(folder, null);
        assert.deepEqual(await names(), [young, running].sort());
      } finally {
        await child.stdin.close();
        await child.status;
      }
      await Deno.remove(`${folder}/${young}`);
      await removeOldBundles(folder, null);
      await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
      await removeOldBundles(folder, null);
    },
  ),
);
