import assert from "node:assert/strict";
import { withHome } from "./harness.ts";

Deno.test("xcore keeps nothing in the folder for temporary files, where others could change what it finds", () =>
  withHome(async (cluster) => {
    const TMPDIR = `${cluster.folder}/tmp`;
    await Deno.mkdir(TMPDIR);
    const { code } = await cluster.xcoreBeside(["status"], { TMPDIR }).ended;
    assert.equal(code, 3);
    assert.deepEqual([...Deno.readDirSync(TMPDIR)], []);
  }));
