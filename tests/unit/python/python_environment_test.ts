import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import { dirname, join } from "node:path";
import { PROBE_SCRIPT } from "../../../lib/python/inspect_python.ts";
import { PACKAGES, probePython } from "../../../lib/python/python_environment.ts";
import { PrerequisiteError } from "../../../lib/errors.ts";
import type { RunResult } from "../../../lib/runtime.ts";
import { answer, type Machine, machine } from "../../support/machine.ts";
import { smallPython } from "../../support/small_python.ts";
import { testPython } from "../../support/test_python.ts";

/** What `probePython` complains of, after `Cannot use … as Python: `, and its hint. */
async function complaint({ runtime }: Machine, python: string): Promise<[found: string, hint: string]> {
  const error = await probePython(runtime, python).then(() => assert.fail("it was taken"), (error) => error);
  assert.ok(error instanceof PrerequisiteError, String(error));
  const begin = `Cannot use ${python} as Python: `;
  assert.ok(error.message.startsWith(begin), error.message);
  return [error.message.slice(begin.length), error.hint];
}

Deno.test("probePython() tells what a real environment has, and keeps its link", async () => {
  await using here = await machine();
  const environment = await probePython(here.runtime, testPython());
  assert.equal(environment.python, testPython());
  assert.equal(environment.prefix, dirname(dirname(testPython())));
  assert.match(environment.version, /^3\.\d+\.\d+$/);
  assert.deepEqual(Object.keys(environment.packages).sort(), [...PACKAGES].sort());
  for (const name of ["dask", "distributed", "crossflow"]) {
    assert.match(environment.packages[name] ?? "", /^\d/, name);
  }
});

Deno.test("probePython() hears a Python among what others print", async () => {
  await using here = await machine();
  await here.write(
    "site/sitecustomize.py",
    "print('good morning', end='')\nraise ValueError('and a broken site')\n",
  );
  here.vars["PYTHONPATH"] = join(here.dir, "site");
  const python = await smallPython(join(here.dir, "env"));
  const noisy = await here.script(
    "python",
    "printf 'Loading modules'",
    `'${python}' "$@"`,
    "echo; echo bye",
  );
  assert.equal((await probePython(here.runtime, noisy)).python, noisy);
});

Deno.test("probePython() is not led astray by files in the current folder", async () => {
  await using here = await machine();
  for (const name of ["json", "distributed", "dask", "os", "sitecustomize"]) {
    await here.write(`${name}.py`, "open('ran', 'w')\nraise SystemExit(__name__)\n");
  }
  const python = await smallPython(join(here.dir, "env"));
  for (const path of [undefined, ":/nowhere", "/nowhere:", ".", "../" + here.dir.split("/").at(-1)]) {
    if (path !== undefined) here.vars["PYTHONPATH"] = path;
    await probePython(here.runtime, python);
    assert.equal(await here.runtime.files.exists(join(here.dir, "ran")), false, path ?? "none");
  }
});

Deno.test("probePython() takes what a shim leads to today", async () => {
  await using here = await machine();
  const python = await smallPython(join(here.dir, "env"));
  const shim = await here.script("shims/python3", `exec '${python}' "$@"`);
  assert.equal((await probePython(here.runtime, shim)).python, python);
});

Deno.test("probePython() says that there is no such file", async () => {
  await using here = await machine();
  const file = await here.write("file", "");
  for (const path of [join(here.dir, "nothing"), join(file, "below")]) {
    assertWording("python", "no such file", (await complaint(here, path))[0]);
  }
});

Deno.test("probePython() says that an environment's Python was removed", async () => {
  await using here = await machine();
  await Deno.symlink("/no/such/python3.9", join(here.dir, "python"));
  assertWording("python", "a broken link", (await complaint(here, join(here.dir, "python")))[0]);
});

Deno.test("probePython() says that a file is not executable", async () => {
  await using here = await machine();
  assertWording("python", "not executable", (await complaint(here, await here.write("python", "")))[0]);
});

Deno.test("probePython() shows the last words of what is no Python", async () => {
  await using here = await machine();
  const other = await here.script("pip", "echo Usage: >&2", "echo 'no such option: -c' >&2", "exit 2");
  assertWording("python", "another program", (await complaint(here, other))[0]);
});

Deno.test("probePython() shows nothing of its own script, which /bin/ls prints as a file it misses", async () => {
  await using here = await machine();
  const [found, hint] = await complaint(here, "/bin/ls");
  assertWording("python", "/bin/ls", found);
  assert.match(hint, /^Set a Python .* `xcore config set python PATH`\.$/);
});

Deno.test("probePython() makes a shell that is given for a Python run nothing", async () => {
  await using here = await machine();
  await here.script("bin/import", "touch import-was-run");
  for (const shell of ["/bin/sh", "/bin/bash"]) {
    assertWording("python", "a shell", (await complaint(here, shell))[0]);
  }
  assert.deepEqual(await here.runtime.files.list(here.dir), ["bin"]);
});

Deno.test("probePython() says how a Python fails to start", async () => {
  await using here = await machine();
  here.vars["PYTHONHOME"] = here.dir;
  const [found] = await complaint(here, testPython());
  assert.match(found, /\(exit code 1: ModuleNotFoundError: .*encodings.*\)$/);
});

Deno.test("probePython() says how old a Python is", async () => {
  await using here = await machine();
  for (const version of ["2.7.18", "3.7.17"]) {
    const said = { version, executable: "/usr/bin/python", prefix: "/usr" };
    const old = await here.script("python", `echo 'xcore-probe ${JSON.stringify(said)}'`);
    assertWording("python", `Python ${version}`, (await complaint(here, old))[0]);
  }
});

Deno.test("probePython() says how to install Dask where it is not", async () => {
  await using here = await machine();
  const python = await smallPython(join(here.dir, "my env"), null);
  const [found, hint] = await complaint(here, python);
  assert.match(found, /^distributed is not installed \(Python 3\.\d+\.\d+\)$/);
  const packages = "dask distributed crossflow bokeh";
  assert.equal(hint, `Run: '${python}' -m ensurepip && '${python}' -m pip install ${packages}`);

  await here.script("bin/uv", "exit 0");
  const [, hintWithUv] = await complaint(here, python);
  assert.equal(hintWithUv, `Run: uv pip install --python '${python}' ${packages}`);

  await here.write("lib/pip/__init__.py", "");
  here.vars["PYTHONPATH"] = join(here.dir, "lib");
  const [, hintWithPip] = await complaint(here, python);
  assert.equal(hintWithPip, `Run: '${python}' -m pip install dask distributed crossflow bokeh`);
});

Deno.test("probePython() does not suggest pip where the system forbids it", async () => {
  await using here = await machine();
  const [, hint] = await complaint(here, await here.script("python", MANAGED));
  assertWording("python", "a system Python", hint);
});

const MANAGED = answer("3.12.3", { importError: "ModuleNotFoundError: x" })
  .replace('"is_managed":false', '"is_managed":true');

Deno.test("probePython() says why distributed cannot be imported", async () => {
  await using here = await machine();
  await here.write("lib/distributed.py", "raise RuntimeError('numpy is too new\\nfor this')\n");
  here.vars["PYTHONPATH"] = join(here.dir, "lib");
  const [found, hint] = await complaint(here, testPython());
  assert.equal(found, "it cannot import distributed (RuntimeError: numpy is too new)");
  assert.match(hint, / -m pip install --force-reinstall dask distributed crossflow bokeh$/);
});

Deno.test("probePython() says that distributed is too old", async () => {
  await using here = await machine();
  await here.write("lib/distributed/__init__.py", "");
  await here.write("lib/distributed-2022.11.1.dist-info/METADATA", "Name: distributed\nVersion: 2022.11.1\n");
  here.vars["PYTHONPATH"] = join(here.dir, "lib");
  const [found, hint] = await complaint(here, testPython());
  assert.equal(found, "distributed 2022.11.1 is too old, 2022.12.0 or newer is needed");
  assert.match(hint, / -m pip install --upgrade dask/);
});

Deno.test("probePython() does not wait for ever, and ends what it started", async () => {
  let running: Promise<RunResult> | null = null;
  const started = Promise.withResolvers<void>();
  const clock = { nowMs: () => 0, monotonicMs: () => 0, sleep: () => started.promise };
  await using here = await machine({ clock });
  const runtime = {
    ...here.runtime,
    run: (...args: Parameters<typeof here.runtime.run>) => {
      running = here.runtime.run(...args);
      started.resolve();
      return running;
    },
  };
  const python = await here.script("python", "exec sleep 600");
  await assert.rejects(probePython(runtime, python), { message: / no answer within 60 s$/ });
  assert.notEqual((await running!).code, 0);
});

Deno.test("a Python that hangs ends by itself, for when what asked it was killed", async () => {
  await using here = await machine();
  await here.write("hanging/distributed/__init__.py", "import time\ntime.sleep(1000)\n");
  const script = PROBE_SCRIPT.replace(/signal\.alarm\(\d+\)/, "signal.setitimer(signal.ITIMER_REAL, 0.01)");
  assert.notEqual(script, PROBE_SCRIPT);
  const env = { PYTHONPATH: join(here.dir, "hanging") };
  const { code, stdout } = await here.runtime.run([testPython(), "-c", script], { env });
  assert.deepEqual([code, stdout], [128 + 14, ""]);
});
