import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { findPython } from "../../../lib/python/find_python.ts";
import { isOwnEnvironment, makeEnvironment } from "../../../lib/python/make_environment.ts";
import type { Runtime } from "../../../lib/runtime.ts";
import { machine } from "../../support/machine.ts";
import { testPython } from "../../support/test_python.ts";

// Fetches some 60 MB from the package index that pip is set up for.
Deno.test("makeEnvironment() makes a real environment with venv and pip, which is then found", async () => {
  await using here = await machine();
  here.vars["HOME"] = Deno.env.get("HOME") ?? here.dir; // where pip's settings and cache are
  here.vars["PATH"] = dirname(testPython());
  // What a person may have set, and must not get into an environment that is to last.
  await here.write("lib/dask.py", "");
  await here.write("lib/dask-1.0.dist-info/METADATA", "Name: dask\nVersion: 1.0\n");
  const person = { PIP_USER: "1", PYTHONPATH: join(here.dir, "lib") };
  const run: Runtime["run"] = (command, options = {}) =>
    here.runtime.run(command, { ...options, env: { ...(command.includes("-m") && person), ...options.env } });
  const runtime = { ...here.runtime, run };

  const envDir = join(here.dir, "my home", "env");
  const lines: string[] = [];
  const environment = await makeEnvironment(runtime, envDir, (line) => lines.push(line));

  assert.equal(environment.python, join(envDir, "bin/python"));
  for (const name of ["dask", "distributed", "crossflow", "bokeh"]) {
    assert.match(environment.packages[name] ?? "", /^\d/, name);
  }
  assert.ok(lines.some((line) => /^Unpacking \d+ packages$/.test(line)), lines.join("\n"));
  assert.deepEqual(await runtime.files.list(join(here.dir, "my home")), ["env", "env.lock"]);
  assert.deepEqual((await findPython(runtime, envDir)).environment, environment);
  assert.equal(await isOwnEnvironment(runtime, envDir), true);
});
