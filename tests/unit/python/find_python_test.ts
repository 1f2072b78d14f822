import assert from "node:assert/strict";
import { join } from "node:path";
import { findPython } from "../../../lib/python/find_python.ts";
import { BARE, machine, USABLE } from "../../support/machine.ts";

Deno.test("findPython() takes what is given: absolute, relative, at home, by name or by folder", async () => {
  await using here = await machine();
  const inVenv = await here.script("my/venv/bin/python", USABLE);
  const atHome = await here.script("home/py/bin/python3", USABLE);
  const onPath = await here.script("bin/python3.11", USABLE);
  const expected: [given: string, python: string][] = [
    [inVenv, inVenv],
    ["my/venv/bin/python", inVenv],
    ["./my/../my/venv/bin/python", inVenv],
    ["~/py/bin/python3", atHome],
    ["~/py", atHome],
    ["python3.11", onPath],
    ["my/venv", inVenv],
    ["my/venv/", inVenv],
  ];
  for (const [given, python] of expected) {
    const { environment, source } = await findPython(here.runtime, given);
    assert.deepEqual([given, source, environment?.python], [given, "given", python]);
  }
});

Deno.test("findPython() takes a folder by its bare name, but a program on PATH first", async () => {
  await using here = await machine();
  const inFolder = await here.script("env/bin/python", USABLE);
  assert.equal((await findPython(here.runtime, "env")).environment?.python, inFolder);
  const onPath = await here.script("bin/env", USABLE);
  assert.equal((await findPython(here.runtime, "env")).environment?.python, onPath);
});

Deno.test("findPython() keeps the link that makes a virtual environment", async () => {
  await using here = await machine();
  const base = await here.script("base/python3.11", USABLE);
  await Deno.mkdir(join(here.dir, "venv/bin"), { recursive: true });
  await Deno.symlink(base, join(here.dir, "venv/bin/python"));
  const { environment } = await findPython(here.runtime, "venv/bin/python");
  assert.equal(environment?.python, join(here.dir, "venv/bin/python"));
});

Deno.test("findPython() tries nothing else when what is given is not usable", async () => {
  await using here = await machine();
  await here.script("bin/python3", USABLE);
  await here.script("bare/bin/python", BARE);
  await Deno.mkdir(join(here.dir, "empty"));
  const expected: [given: string, message: RegExp][] = [
    ["bare", /bare\/bin\/python as Python: distributed is not installed/],
    ["empty", /empty as Python: a folder without bin\/python$/],
    ["nothing", /^Cannot use nothing as Python: no such program on PATH, and no such file here$/],
    ["./nothing", /\/nothing as Python: no such file$/],
    ["~nobody", /^Cannot use ~nobody as Python: no such program/],
  ];
  for (const [given, message] of expected) {
    await assert.rejects(findPython(here.runtime, given), {
      name: "UnusablePython",
      message,
      hint: /--python|Run: /,
    });
  }
});

Deno.test("findPython() prefers the active venv, then conda, then python3, then python", async () => {
  await using here = await machine();
  here.vars["VIRTUAL_ENV"] = join(here.dir, "venv");
  here.vars["CONDA_PREFIX"] = join(here.dir, "conda");
  const order = [
    ["venv", await here.script("venv/bin/python", USABLE)],
    ["conda", await here.script("conda/bin/python", USABLE)],
    ["path", await here.script("bin/python3", USABLE)],
    ["path", await here.script("bin/python", USABLE)],
  ];
  for (const [source, python = ""] of order) {
    const found = await findPython(here.runtime);
    assert.deepEqual([found.source, found.environment?.python], [source, python]);
    await Deno.remove(python);
  }
  assert.equal((await findPython(here.runtime)).environment, null);
});

Deno.test("findPython() goes on from a Python without Dask, and says so", async () => {
  await using here = await machine();
  here.vars["VIRTUAL_ENV"] = join(here.dir, "venv");
  here.vars["CONDA_PREFIX"] = join(here.dir, "gone");
  const bare = await here.script("venv/bin/python", BARE);
  const usable = await here.script("bin/python3", USABLE);
  const { environment, source, tried } = await findPython(here.runtime);
  assert.deepEqual([environment?.python, source], [usable, "path"]);
  assert.deepEqual(tried.map((each) => [each.source, each.python]), [
    ["venv", bare],
    ["conda", join(here.dir, "gone/bin/python")],
  ]);
  assert.match(tried[0]?.error.message ?? "", /distributed is not installed/);
  assert.match(tried[1]?.error.message ?? "", /no such file/);
});

Deno.test("findPython() runs an interpreter that has two names once", async () => {
  await using here = await machine();
  const python3 = await here.script("bin/python3", BARE);
  await Deno.symlink("python3", join(here.dir, "bin/python"));
  const { environment, source, tried } = await findPython(here.runtime);
  assert.deepEqual([environment, source], [null, null]);
  assert.deepEqual(tried.map((each) => each.python), [python3]);
});

Deno.test("findPython() passes over folders on PATH that are missing, relative or hold a folder of that name", async () => {
  await using here = await machine();
  await here.script("relative/python3", USABLE);
  await Deno.mkdir(join(here.dir, "a/python3"), { recursive: true });
  const file = await here.write("file", "");
  const python = await here.script("b/python3", USABLE);
  here.vars["PATH"] = ["", "relative", "/no/such", file, join(here.dir, "a"), join(here.dir, "b")].join(":");
  assert.equal((await findPython(here.runtime)).environment?.python, python);
});

Deno.test("findPython() takes the environment that xcore is installed in before PATH, and after an active one", async () => {
  await using here = await machine();
  await here.script("bin/python3", USABLE);
  const own = await here.script("env/bin/python", USABLE);
  await here.script("env/bin/xcore", "exit 0");
  await Deno.mkdir(join(here.dir, "links"));
  await Deno.symlink("../env/bin/xcore", join(here.dir, "links/xcore"));
  for (const self of ["env/bin/xcore", "links/xcore"]) {
    const found = await findPython({ ...here.runtime, self: [join(here.dir, self)] });
    assert.deepEqual([found.source, found.environment?.python], ["own", own]);
  }
  const active = await here.script("venv/bin/python", USABLE);
  here.vars["VIRTUAL_ENV"] = join(here.dir, "venv");
  const found = await findPython({ ...here.runtime, self: [join(here.dir, "env/bin/xcore")] });
  assert.deepEqual([found.source, found.environment?.python], ["venv", active]);
});

Deno.test("findPython() does not take what is beside a Deno that runs the sources, or beside no Python", async () => {
  await using here = await machine();
  const onPath = await here.script("bin/python3", USABLE);
  await here.script("env/bin/python", USABLE);
  await here.script("opt/bin/xcore", "exit 0");
  for (const self of [["env/bin/deno", "run", "main.ts"], ["opt/bin/xcore"], ["env/xcore"]]) {
    const [program = "", ...args] = self;
    const found = await findPython({ ...here.runtime, self: [join(here.dir, program), ...args] });
    assert.deepEqual([found.source, found.environment?.python], ["path", onPath]);
  }
});

Deno.test("findPython() tells the Python without Dask that crosscore is installed in from one without it", async () => {
  await using here = await machine();
  const [own, other] = [
    await here.script("env/bin/python", BARE),
    await here.script("bin/python3", BARE),
  ];
  await here.write("env/lib/python3.11/site-packages/crosscore-0.1.0.dist-info/METADATA", "");
  await here.write("lib/python3.11/site-packages/crosscore_more-0.1.0.dist-info/METADATA", "");
  const { tried } = await findPython({ ...here.runtime, self: [join(here.dir, "env/bin/xcore")] });
  assert.deepEqual(tried.map(({ python, hasCrosscore }) => [python, hasCrosscore]), [
    [own, true],
    [other, false],
  ]);
});
