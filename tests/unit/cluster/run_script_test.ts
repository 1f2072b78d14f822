import assert from "node:assert/strict";
import { join } from "node:path";
import { checkScript, searchPath, tasksLine } from "../../../lib/cluster/run_script.ts";
import { initialConfig } from "../../../lib/config/initial_config.ts";
import { UsageError } from "../../../lib/errors.ts";
import type { DemandStatus } from "../../../lib/model/mod.ts";
import { status, workers } from "../cli/_status.ts";
import { failure, placeWith } from "../config/_home.ts";

function line(now: Partial<DemandStatus>, before: Partial<DemandStatus> | null = null): string | null {
  const demandOf = (demand: Partial<DemandStatus>) => status({ demand }).demand;
  const running = workers(2, { executing: 3 });
  return tasksLine(
    { ...status({ demand: now }), workers: running },
    before === null ? null : demandOf(before),
  );
}

Deno.test("tasksLine() counts the tasks that have come since the script began", () => {
  assert.equal(
    line({ done: 112, failed: 1, skipped: 2, queued: 20, processing: 5, waiting: 3 }, {
      done: 100,
      failed: 1,
    }),
    "12 of 42 tasks done, 2 failed, 6 running on 2 workers",
  );
});

Deno.test("tasksLine() has nothing to tell without tasks, or without a scheduler that answers", () => {
  assert.equal(line({ done: 7 }, { done: 7 }), null);
  assert.equal(tasksLine({ ...status(), demand: null }, null), null);
  assert.equal(tasksLine(null, null), null);
});

Deno.test("tasksLine() counts all of a scheduler that has begun at zero meanwhile", () => {
  assert.equal(line({ done: 1, processing: 6 }, { done: 50 }), "1 of 7 tasks done, 6 running on 2 workers");
});

Deno.test("checkScript() says what is there in place of a script, and gives Python none for an option", async () => {
  const ofCluster = {
    clusterName: "xcore",
    clusterId: "xcore-0a1b2c3d",
    values: { python: "/usr/bin/python3" },
  };
  await using place = await placeWith(initialConfig({ provider: "local", ...ofCluster }));
  const at = (name: string) => join(place.home.dir, name);
  await Deno.mkdir(at("folder"));
  await Deno.symlink(at("nothing"), at("link.py"));
  for (
    const [name, why] of [["none.py", "there is no such file"], ["folder", "it is a folder"], [
      "link.py",
      "it is no file",
    ]]
  ) {
    const error = await failure(checkScript(place, at(name!)));
    assert.ok(error instanceof UsageError, String(error));
    assert.equal(error.message, `Cannot run ${at(name!)}: ${why}`);
  }
  await Deno.writeTextFile(at("-x.py"), "");
  assert.equal(await checkScript(place, at("-x.py")), at("-x.py"));
  // Whatever the current folder is, files are asked of this one.
  const { files } = place.runtime;
  const here = { ...files, realPath: (path: string) => files.realPath(at(path)) };
  assert.equal(
    await checkScript({ ...place, runtime: { ...place.runtime, files: here } }, "-x.py"),
    "./-x.py",
  );
});

Deno.test("searchPath() has the package first, and no part that is the current folder by accident", () => {
  assert.equal(searchPath("/home/python", undefined), "/home/python");
  assert.equal(searchPath("/home/python", ""), "/home/python");
  assert.equal(searchPath("/home/python", ":/x::.:"), "/home/python:/x:.");
});
