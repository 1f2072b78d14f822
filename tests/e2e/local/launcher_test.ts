/** The program where no runtime for `deno compile` can be had: a launcher, which does all that the compiled one does. */

import assert from "node:assert/strict";
import { basename, dirname } from "node:path";
import { launcherText } from "../../../tools/launcher.ts";
import { compileIfStale } from "../../../tools/compile.ts";
import { signal } from "./_processes.ts";
import { daemonsOf } from "./failures/_parts.ts";
import { until, withHome } from "./harness.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** What a task sees: whether it is a child of a launcher shows in its environment alone. */
const JOB = `
import os
from dask.distributed import Client
from crosscore import cluster

names = ("XCORE_ASIDE", "DENO_")
print(Client(cluster.get_url()).submit(
    lambda: [os.environ.get("HOME")] + sorted(name for name in os.environ if name.startswith(names))).result())
`;

/** Puts a launcher and what belongs to it into a folder, and calls it by a link. */
async function installed(folder: string): Promise<string> {
  const made = await compileIfStale({
    folder: `${ROOT}dist/launcher`,
    runtime: { state: "none", why: "a test" },
  });
  const { success } = await new Deno.Command("cp", { args: ["-R", dirname(made), `${folder}/my $place`] })
    .output();
  assert.ok(success);
  const link = `${folder}/bin/xcore`;
  await Deno.mkdir(dirname(link));
  await Deno.symlink(`../my $place/${basename(made)}`, link);
  return link;
}

Deno.test("a launcher's cluster runs jobs, outlives its daemon's end and a new build, and is shut down", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "xcore-launched-" }));
  try {
    const binary = await installed(folder);
    const launcher = await Deno.realPath(binary);
    const env = {
      DENO_DIR: "/nonexistent/deno",
      DENO_V8_FLAGS: "--no-such-flag",
      DENO_COVERAGE_DIR: `${folder}/coverage`,
    };
    await withHome(async (cluster) => {
      assert.match(
        await cluster.ok("--version"),
        /^xcore \d+\.\d+\.\d+ \((commit|unknown).*Deno [\d.]+\)\n$/,
      );
      await cluster.start({ max_workers: 1, max_idle_time_s: 300 });
      const [first] = daemonsOf(cluster);
      assert.ok(first!.commandLine.includes(`--launcher=${launcher} `), first!.commandLine);
      // What the launcher sets aside is back, and nothing of its own is there.
      const names = Object.keys({ ...Deno.env.toObject(), ...env }).filter((name) =>
        name.startsWith("DENO_")
      );
      const seen = `[${[cluster.folder, ...names.sort()].map((word) => `'${word}'`).join(", ")}]`;
      assert.equal((await cluster.pythonOk("-c", JOB)).trim(), seen);

      signal(first!.pid, "SIGKILL");
      await until("the daemon is gone", () => cluster.status(), ({ daemon }) => !daemon.running);
      await cluster.ok("daemon", "start");
      await cluster.until("it has looked", ({ daemon }) => daemon.running);

      // Another build of the program, as a compilation leaves it: the bundle that runs stays where it is.
      const [, build] = /xcore\.bundle\/(\w+)\/main\.js/.exec(await Deno.readTextFile(launcher))!;
      await new Deno.Command("cp", {
        args: ["-R", `${launcher}.bundle/${build}`, `${launcher}.bundle/another`],
      }).output();
      const [, deno] = /^deno='(.*)'$/m.exec(await Deno.readTextFile(launcher))!;
      await Deno.writeTextFile(
        launcher,
        launcherText({ bundle: "xcore.bundle/another/main.js", deno: deno!, build: "another", repair: "" }),
      );
      assert.equal((await cluster.pythonOk("-c", JOB)).trim(), seen);
      const [before] = daemonsOf(cluster);
      await cluster.ok("daemon", "stop");
      await cluster.ok("daemon", "start");
      const [after] = daemonsOf(cluster);
      assert.ok(before!.commandLine.includes(`/${build}/main.js`));
      assert.ok(after!.commandLine.includes("/another/main.js"));
      assert.match(await cluster.ok("shutdown", "--yes"), /Nothing is left/);
    }, { binary, env });
    await assert.rejects(Deno.stat(`${folder}/coverage`), Deno.errors.NotFound);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a launcher ends as the program does: by its exit code, and by a signal at once", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "xcore-launched-" }));
  try {
    const binary = await installed(folder);
    await withHome(async (cluster) => {
      assert.equal((await cluster.xcore("status")).code, 3);
      assert.equal((await cluster.xcore("nonsense")).code, 2);
      await cluster.setUp();
      const watching = cluster.xcoreBeside(["status", "--watch"]);
      await until("it shows something", () => Promise.resolve(watching.printed()), (text) => text !== "");
      signal(watching.pid, "SIGINT");
      assert.equal((await watching.ended).code, 0); // as --watch ends
      assert.deepEqual(cluster.processes(), []);
    }, { binary });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
