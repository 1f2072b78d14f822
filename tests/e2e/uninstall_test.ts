import assert from "node:assert/strict";
import { withHome } from "./harness.ts";
import { jobOf } from "./jobs.ts";

Deno.test("uninstall waits for a shutdown, and then leaves nothing of a cluster that has run jobs", async () => {
  await withHome(async (cluster) => {
    await cluster.start();
    assert.equal(await cluster.pythonOk("-c", jobOf("echo 42")), "42\n");
    const early = await cluster.xcore("uninstall", "--yes");
    assert.equal(early.code, 1);
    assert.match(
      early.stderr,
      /cluster xcore still exists .*\nRun `xcore shutdown`, then `xcore uninstall`/,
    );
    assert.equal((await cluster.status()).cluster.state, "running");

    await cluster.ok("shutdown", "--yes");
    const asked = await cluster.xcore("uninstall");
    assert.equal(asked.code, 2);
    assert.match(asked.stderr, /Will be removed: xcore's files in .*\n.*Remove xcore's files\?\n.*--yes/);

    await cluster.write(".bashrc", 'eval "$(xcore completions bash)"\n');
    const { uninstalled, removed, kept, left } = JSON.parse(await cluster.ok("uninstall", "--yes", "--json"));
    assert.deepEqual([uninstalled, removed, kept], [true, [cluster.home], []]);
    await assert.rejects(Deno.stat(cluster.home), Deno.errors.NotFound);
    const [program] = left;
    assert.equal(program.where, await Deno.realPath(cluster.binary));
    assert.match(program.command, /^rm /);
    assert.ok(
      left.some(({ where }: { where: string }) => where === `${cluster.folder}/.bashrc, line 1`),
      JSON.stringify(left),
    );
  });
});
