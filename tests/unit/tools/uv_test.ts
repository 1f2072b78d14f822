import assert from "node:assert/strict";
import { join } from "node:path";
import { uvProgram } from "../../../tools/uv.ts";
import { machine } from "../../support/machine.ts";

Deno.test("uvProgram() takes the one on PATH; without one, none where it cannot be had", async () => {
  await using here = await machine();
  const failing = await here.script("pip/failing", "exit 1");
  assert.equal(await uvProgram(here.runtime, failing, join(here.dir, "cache")), null);
  const onPath = await here.script("bin/uv", "");
  assert.equal(await uvProgram(here.runtime, failing, join(here.dir, "cache")), onPath);
});
