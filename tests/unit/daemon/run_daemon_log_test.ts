import assert from "node:assert/strict";
import { join } from "node:path";
import { openLog } from "../../../lib/daemon/run_daemon.ts";

Deno.test("the log has a line for each message, with its time and level, and echoes it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "xcore-log-" });
  try {
    const path = join(folder, "daemon.log");
    const echoed: string[] = [];
    for (const round of [1, 2]) {
      const log = await openLog(path, (line) => echoed.push(line));
      log.info(`launch worker-${round}: {5} tasks, "quoted" ✓`);
      log.warn("Cannot list: away");
      await log.close();
    }
    const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
    assert.deepEqual(lines.map((line) => line.replace(/^\S+Z /, "")), [
      'INFO launch worker-1: {5} tasks, "quoted" ✓',
      "WARN Cannot list: away",
      'INFO launch worker-2: {5} tasks, "quoted" ✓',
      "WARN Cannot list: away",
    ]);
    assert.match(lines[0]!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /);
    assert.deepEqual(echoed, lines);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the log is rotated before it exceeds 10 MB, and two old files are kept", async () => {
  const folder = await Deno.makeTempDir({ prefix: "xcore-log-" });
  try {
    const path = join(folder, "daemon.log");
    const log = await openLog(path, () => {});
    const megabyte = "x".repeat(1_000_000);
    for (let i = 0; i < 45; i++) log.info(`${i} ${megabyte}`);
    await log.close();
    const sizes = await Promise.all(
      (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).map(async (name) =>
        (await Deno.stat(join(folder, name))).size
      ),
    );
    assert.equal(sizes.length, 3);
    assert.ok(Math.max(...sizes) <= 10_000_000, `${sizes}`);
    const newest = await Deno.readTextFile(path);
    assert.ok(newest.includes(" 44 x"), "the newest is where it is looked for");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
