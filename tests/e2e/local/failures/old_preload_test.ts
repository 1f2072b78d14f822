import assert from "node:assert/strict";
import { withHome } from "../harness.ts";
import { jobsOf } from "../jobs.ts";
import { assertProblem, has } from "./_words.ts";

const PRELOAD = new URL("../../../../python/node/", import.meta.url);

Deno.test("a scheduler whose preload is of another protocol is left as it is, named by status, and replaced by restart", async () => {
  const python = await Deno.makeTempDir({ prefix: "xcore-old-preload-" });
  try {
    await copyOldPreload(python);
    await withHome(async (cluster) => {
      await cluster.start({ max_workers: 2, max_idle_time_s: 1, poll_interval_s: 0.2 });
      const script = await cluster.python(
        "-c",
        jobsOf(1, "until [ -e $HOME/go ]; do sleep 0.1; done; echo {n}"),
      );
      const before = await cluster.until("a task runs", ({ workers }) => workers[0]?.executing === 1);

      await Deno.writeTextFile(`${python}/old`, "");
      const old = await cluster.until("it is said", (status) => has(status, "restart_needed"));
      assertProblem(cluster, old, "restart_needed", "a scheduler of another protocol");
      assert.deepEqual(old.problems.map(({ code }) => code), ["restart_needed"]);
      assert.equal(old.daemon.running, true);
      assert.deepEqual(old.decisions, before.decisions);
      const refused = await cluster.xcore("shutdown");
      assert.notEqual(refused.code, 0, "its tasks are not given up unasked");

      await cluster.write("go", "");
      assert.equal((await script.ended).stdout.trim(), "0", "the worker and its task go on");
      const started = await cluster.xcore("start");
      assert.notEqual(started.code, 0);
      assert.match(started.stderr, /`xcore restart`/);

      await Deno.remove(`${python}/old`);
      await cluster.until("it speaks ours again", (status) => !has(status, "restart_needed"));
      await Deno.writeTextFile(`${python}/old`, "");
      await Deno.remove(`${python}/xcore_scheduler`, { recursive: true });
      await cluster.ok("restart", "--yes");
      const after = await cluster.until("the new one is asked", ({ demand }) => demand !== null);
      assert.deepEqual(after.problems, []);
    }, { env: { PYTHONPATH: python } });
  } finally {
    await Deno.remove(python, { recursive: true });
  }
});

/** The preload as it is, but of protocol 0 while there is a file `old` beside it; it comes before xcore's own. */
async function copyOldPreload(folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/xcore_scheduler`);
  for (const { name } of Deno.readDirSync(new URL("xcore_scheduler/", PRELOAD))) {
    if (!name.endsWith(".py")) continue;
    await Deno.copyFile(new URL(`xcore_scheduler/${name}`, PRELOAD), `${folder}/xcore_scheduler/${name}`);
  }
  for (const name of ["limit_handshakes.py", "node_state.py"]) {
    await Deno.copyFile(new URL(name, PRELOAD), `${folder}/${name}`);
  }
  const routes = `${folder}/xcore_scheduler/routes.py`;
  const text = await Deno.readTextFile(routes);
  const changed = text.replace(
    "protocol=PROTOCOL,",
    `protocol=0 if __import__("os").path.exists(${JSON.stringify(`${folder}/old`)}) else PROTOCOL,`,
  );
  assert.notEqual(changed, text);
  await Deno.writeTextFile(routes, changed);
}
