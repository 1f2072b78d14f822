import assert from "node:assert/strict";
import { join } from "node:path";
import { init } from "../../../lib/cluster/init.ts";
import { homeOf } from "../../../lib/config/home.ts";
import { UsageError } from "../../../lib/errors.ts";
import { machine } from "../../support/machine.ts";
import { assertWording } from "../../support/wording.ts";
import { failure } from "../config/_home.ts";

Deno.test("init() makes no home of a folder in which xcore would remove what others have made", async () => {
  for (const file of ["run/results.csv", "tls/mine.key", "tls.old/mine.key"]) {
    await using here = await machine();
    await here.write(`project/${file}`, "mine");
    here.vars["XCORE_HOME"] = join(here.dir, "project");
    const scope = { runtime: here.runtime, home: homeOf(here.runtime, null) };
    const error = await failure(init(scope, { provider: "local" }, () => {}));
    assert.ok(error instanceof UsageError, String(error));
    const text = `${error.message}\n${error.hint}`.replaceAll(here.dir, "DIR").replace(
      file.split("/")[0]!,
      "FOLDER",
    );
    assertWording("init", "a folder with others' files", text);
    assert.deepEqual(await here.runtime.files.list(join(here.dir, "project")), [file.split("/")[0]]);
    assert.equal(await Deno.readTextFile(join(here.dir, "project", file)), "mine");
  }
});
