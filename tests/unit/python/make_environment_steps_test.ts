import assert from "node:assert/strict";
import { join } from "node:path";
import { PrerequisiteError } from "../../../lib/errors.ts";
import { isOwnEnvironment, makeEnvironment } from "../../../lib/python/make_environment.ts";
import { BARE, type Machine, machine, USABLE } from "../../support/machine.ts";

/** A `uv` that notes its arguments, makes an environment of a script, and then does `after`. */
async function fakeUv(here: Machine, ...after: string[]): Promise<void> {
  const make =
    `mkdir -p '${here.dir}/home/env/bin' && cp '${here.dir}/usable' '${here.dir}/home/env/bin/python'`;
  await here.script("usable", USABLE);
  here.vars["PATH"] += ":/usr/bin:/bin"; // for mkdir and cp
  await here.script(
    "bin/uv",
    `echo "$@" >> '${here.dir}/calls'`,
    `[ "$1" != venv ] || { ${make}; }`,
    ...after,
  );
}

async function make(here: Machine): Promise<{ lines: string[]; python: string }> {
  const lines: string[] = [];
  const environment = await makeEnvironment(
    here.runtime,
    join(here.dir, "home/env"),
    (line) => lines.push(line),
  );
  return { lines, python: environment.python };
}

async function failure(here: Machine): Promise<PrerequisiteError> {
  const error = await make(here).then(() => assert.fail("it was made"), (error) => error);
  assert.ok(error instanceof PrerequisiteError, String(error));
  return error;
}

async function calls(here: Machine): Promise<string[]> {
  return (await here.runtime.files.readTextIfExists(join(here.dir, "calls")) ?? "").split("\n").slice(0, -1);
}

Deno.test("makeEnvironment() uses uv when it is there", async () => {
  await using here = await machine();
  await fakeUv(here);
  const env = join(here.dir, "home/env");
  const { lines, python } = await make(here);
  assert.equal(python, join(env, "bin/python"));
  assert.deepEqual(await calls(here), [
    `venv --no-project --seed ${env}`,
    `pip install --python ${env}/bin/python dask distributed crossflow bokeh`,
  ]);
  assert.equal(lines.length, 3);
  assert.match(lines[0] ?? "", /with uv$/);
  assert.deepEqual(await here.runtime.files.list(join(here.dir, "home")), ["env", "env.lock"]);
});

Deno.test("makeEnvironment() makes nothing when the environment is there", async () => {
  await using here = await machine();
  await fakeUv(here);
  await make(here);
  const before = await calls(here);
  const { lines } = await make(here);
  assert.deepEqual([await calls(here), lines], [before, []]);
});

Deno.test("makeEnvironment() makes an environment anew whose making was killed", async () => {
  await using here = await machine();
  await fakeUv(here);
  await here.script("home/env/bin/python", USABLE);
  await here.write("home/env/half-made", "");
  await here.write("home/env.making", "");
  const { lines } = await make(here);
  assert.match(lines[0] ?? "", /interrupted/);
  assert.equal((await calls(here)).length, 2);
  assert.deepEqual(await here.runtime.files.list(join(here.dir, "home/env")), ["bin", "made-by-xcore"]);
  assert.deepEqual(await here.runtime.files.list(join(here.dir, "home")), ["env", "env.lock"]);
});

Deno.test("makeEnvironment() touches nothing that xcore did not put there", async () => {
  await using here = await machine();
  await fakeUv(here);
  await here.script("home/env/bin/python", BARE);
  const error = await failure(here);
  assert.match(error.message, /home\/env\/bin\/python as Python: distributed is not installed/);
  assert.equal(error.hint, `Remove the folder ${join(here.dir, "home/env")}, then run the command again.`);
  assert.deepEqual(await calls(here), []);
  assert.equal(await isOwnEnvironment(here.runtime, join(here.dir, "home/env")), false);
  assert.deepEqual(await here.runtime.files.list(join(here.dir, "home")), ["env", "env.lock"]);
});

Deno.test("makeEnvironment() called twice at once makes one environment", async () => {
  await using here = await machine();
  await fakeUv(here);
  const [one, two] = await Promise.all([make(here), make(here)]);
  assert.equal(one.python, two.python);
  assert.equal((await calls(here)).length, 2);
  assert.equal(
    [...one.lines, ...two.lines].filter((line) => line.startsWith("Waiting for another xcore")).length,
    1,
  );
});

const UV_SAYS: [said: string, message: RegExp, hint: RegExp][] = [
  [
    "error: Failed to fetch: `https://index/simple/dask/`\n  Caused by: client error (Connect)\n  Caused by: dns error",
    /^Cannot install dask, .*: the package index cannot be reached$/,
    /^Check the network/,
  ],
  [
    "error: invalid peer certificate: UnknownIssuer",
    /certificate is not trusted$/,
    /^Set PIP_CERT and SSL_CERT_FILE/,
  ],
  ["error: failed to write: No space left on device (os error 28)", /the disk is full$/, /^Free some space/],
  [
    "warning: one\nerror: something new\n  and more",
    /: error: something new$/,
    /--python PATH\.$/,
  ],
];
for (const [said, message, hint] of UV_SAYS) {
  Deno.test(`makeEnvironment() explains and leaves nothing when uv says ${JSON.stringify(said.slice(0, 40))}`, async () => {
    await using here = await machine();
    await here.write("said", `${said}\n`);
    await fakeUv(here, `[ "$1" = venv ] || { cat '${here.dir}/said' >&2; exit 2; }`);
    const error = await failure(here);
    assert.match(error.message, message);
    assert.match(error.hint, hint);
    assert.deepEqual(await here.runtime.files.list(join(here.dir, "home")), ["env.lock"]);
  });
}

/** What Debian's Python says, on its stdout, without the package python3.11-venv. */
const DEBIAN_SAYS = `The virtual environment was not created successfully because ensurepip is not
available.  On Debian/Ubuntu systems, you need to install the python3-venv
package using the following command.

    apt install python3.11-venv

You may need to use sudo with that command.`;

Deno.test("makeEnvironment() names Debian's package when its Python has no ensurepip", async () => {
  await using here = await machine();
  await here.script("bin/python3", `[ "$1" != -m ] || { echo '${DEBIAN_SAYS}'; exit 1; }`, BARE);
  const error = await failure(here);
  assert.match(
    error.message,
    /^Cannot make a Python environment in .*: this Python comes without venv or pip$/,
  );
  assert.equal(error.hint, "Install it, then run the command again: sudo apt install python3.11-venv");
});

Deno.test("makeEnvironment() says how to install Python on this system", async () => {
  const systems: [os: string, osRelease: string | null, hint: RegExp][] = [
    ["linux", "NAME=x\nID=debian\n", /: sudo apt install python3-venv$/],
    ["linux", 'ID="rocky"\nID_LIKE="rhel centos fedora"\n', /: sudo dnf install python3$/],
    ["linux", "ID=nixos\n", /^Install Python 3\.8 or newer/],
    ["linux", null, /^Install Python 3\.8 or newer/],
    ["darwin", null, /: brew install python$/],
  ];
  for (const [os, osRelease, hint] of systems) {
    await using here = await machine({ os, files: { readTextIfExists: () => Promise.resolve(osRelease) } });
    const old = { version: "3.7.17", executable: "/usr/bin/python3", prefix: "/usr" };
    await here.script("bin/python3", `echo 'xcore-probe ${JSON.stringify(old)}'`);
    const error = await failure(here);
    assert.equal(error.message, "Cannot make a Python environment: there is no Python 3.8 or newer on PATH");
    assert.match(error.hint, hint);
  }
});

Deno.test("makeEnvironment() takes a newer Python beside a python3 that is too old", async () => {
  await using here = await machine();
  const old = { version: "3.6.8", executable: "/usr/bin/python3", prefix: "/usr" };
  await here.script("bin/python3", `echo 'xcore-probe ${JSON.stringify(old)}'`);
  await here.script(
    "bin/python3.11",
    `[ "$1" != -m ] || { echo "$@" >> '${here.dir}/calls'; exit 1; }`,
    BARE,
  );
  await failure(here);
  assert.deepEqual(await calls(here), [`-m venv ${join(here.dir, "home/env")}`]);
});
