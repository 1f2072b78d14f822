import assert from "node:assert/strict";
import { programCheck, warnOfOldTool } from "../../../lib/cluster/program_check.ts";
import { machine } from "../../support/machine.ts";

const OLD = (python: string) =>
  `#!${python}\nimport argparse\nfrom crosscore._version import __version__\nfrom crosscore import commands\n`;

Deno.test("programCheck() warns where the old tool comes first on PATH, with the command that removes it", async () => {
  await using here = await machine();
  const program = await here.script("new/xcore", "exit 0");
  await here.write("old/bin/xcore", OLD(`${here.dir}/old/bin/python3`), 0o755);
  const check = async (...folders: string[]) => {
    here.vars["PATH"] = folders.map((folder) => `${here.dir}/${folder}`).join(":");
    const { outcome, message, fix } = await programCheck(here.runtime);
    return [outcome, message, fix].map((text) => text?.replaceAll(here.dir, "~") ?? null);
  };
  assert.equal((await check("new", "old/bin"))[0], "passed");
  assert.equal((await check("nothing"))[0], "passed");
  const found = "the first xcore on PATH is the old Python tool (crosscore 0.0.1): ~/old/bin/xcore";
  assert.deepEqual(await check("old/bin", "new"), [
    "warning",
    found,
    "Remove it with `~/old/bin/python3 -m ensurepip && ~/old/bin/python3 -m pip uninstall crosscore`, then open a new shell.",
  ]);
  await here.script("new/uv", "exit 0");
  assert.equal(
    (await check("old/bin", "new"))[2],
    "Remove it with `uv pip uninstall --python ~/old/bin/python3 crosscore`, then open a new shell.",
  );
  await here.script("old/bin/pip", "exit 0");
  assert.equal(
    (await check("old/bin", "new"))[2],
    "Remove it with `~/old/bin/python3 -m pip uninstall crosscore`, then open a new shell.",
  );
  const told: string[] = [];
  await warnOfOldTool(here.runtime, (line) => told.push(line));
  assert.match(
    told.join("\n"),
    /^Warning: the first xcore on PATH is the old Python tool .* Remove it with `/,
  );
  await Deno.remove(program);
});

Deno.test("warnOfOldTool() says nothing where there is nothing to say", async () => {
  await using here = await machine();
  await here.script("bin/xcore", "exit 0");
  const told: string[] = [];
  await warnOfOldTool(here.runtime, (line) => told.push(line));
  assert.deepEqual(told, []);
});
