/** `pip install crosscore`, from the wheels that `deno task wheel` makes. */

import assert from "node:assert/strict";
import { basename, dirname } from "node:path";
import { makeBundle } from "../../../tools/bundle.ts";
import type { Target } from "../../../tools/compile_for.ts";
import { makeWheels, type Wheel, type WheelOptions } from "../../../tools/wheel.ts";
import { ROOT } from "../../runner/programs.ts";
import { UV_REQUIREMENT } from "../../runner/wheels.ts";
import { TestCluster, withHome } from "./harness.ts";

const PYTHON = Deno.env.get("XCORE_TEST_PYTHON") ?? "";

/** As a person has it who has nothing but a Python: no XCORE_BIN. */
const NOTHING_SET = { env: { XCORE_BIN: "" } };

/** What installs into an environment: pip, or uv, which knows the same words. */
type Installer = (environment: Environment, verb: string, ...words: string[]) => Promise<string>;

/** An environment. */
interface Environment {
  readonly folder: string;
  readonly python: string;
  /** Every file and folder that an installer may have put there. */
  files(): Promise<string[]>;
}

/** Of which all wheels here are made. */
let bundle = "";
let tools = "";
Deno.test.beforeAll(async () => {
  bundle = await Deno.makeTempDir({ prefix: "xcore-bundle-" });
  tools = await Deno.makeTempDir({ prefix: "xcore-tools-" });
  await makeBundle(bundle);
});
Deno.test.afterAll(async () => {
  for (const folder of [bundle, tools]) await Deno.remove(folder, { recursive: true });
});

Deno.test("pip and uv install the program into an environment, whose Python runs a job, and take all of it away", async () => {
  await withWheels({}, async (wheels, [wheel]) => {
    for (const installer of [pip, await uv()]) {
      await withHome(async (cluster) => {
        const environment = await virtualEnvironment(cluster);
        await installed(installer, environment, wheels, wheel!, () => runsAJob(cluster, environment));
      }, NOTHING_SET);
    }
  });
});

Deno.test("the bundle does the same with the Deno beside it, in a prefix as conda's", async () => {
  await withWheels({ bundleOnly: true }, async (wheels, [wheel]) => {
    assert.match(wheel!.carries, /^the bundle, and requires deno==/);
    await withHome(async (cluster) => {
      const environment = await condaPrefix(cluster);
      await installed(pip, environment, wheels, wheel!, () => runsAJob(cluster, environment));
      await installed(await uv(), environment, wheels, wheel!, async () => {});
    }, NOTHING_SET);
  });
});

Deno.test("where there is no wheel with the program, xcore says how to get it; the old tool's is known and replaced", async () => {
  await withWheels({ targets: [] }, async (wheels, [client]) => {
    assert.match(client!.name, /-py3-none-any\.whl$/);
    await withHome(async (cluster) => {
      const environment = await virtualEnvironment(cluster);
      const before = await environment.files();
      const xcore = `${environment.folder}/bin/xcore`;
      await pip(environment, "install", await oldTool(cluster));
      assert.match(await Deno.readTextFile(xcore), /from crosscore import commands/);

      const PATH = `${dirname(xcore)}:${Deno.env.get("PATH")}`;
      const init = await cluster.xcoreBeside(["init", "local"], { PATH }).ended;
      assert.equal(init.code, 0, init.stderr);
      const warning =
        `Warning: the first xcore on PATH is the old Python tool (crosscore 0.0.1): ${xcore}. Remove it with`;
      assert.ok(init.stderr.includes(warning), init.stderr);
      await cluster.set();
      await cluster.ok("config", "set", "python", environment.python);
      const doctor = await cluster.xcoreBeside(["doctor"], { PATH }).ended;
      assert.match(doctor.stdout, /^! Program: the first xcore on PATH is the old Python tool/m);
      assert.match(doctor.stdout, /^! Python package: crosscore 0\.0\.1 is installed in .*\n {2}(Run: .*)$/m);

      // What doctor says to type puts this program's own package in its place, from the folder that xcore has written.
      const fix = /^! Python package: .*\n {2}Run: (.*)$/m.exec(doctor.stdout)?.[1] ?? "";
      assert.equal(fix, `${environment.python} -m pip install "$(xcore python)"`);
      await cluster.bashOk(`export PATH=${dirname(cluster.binary)}:$PATH\n${fix}`);
      await assert.rejects(Deno.stat(xcore), Deno.errors.NotFound);
      assert.match(await cluster.ok("doctor"), /^✓ Python package: crosscore \S+ is installed in /m);

      // The wheel is of the same version.
      await pip(environment, "uninstall", "crosscore");
      await pip(environment, "install", "--upgrade", "--no-index", "--find-links", wheels, "crosscore");
      const folder = await Deno.makeTempDir({ dir: cluster.folder });
      const alone = await cluster.run(xcore, ["status"], { PATH: folder });
      assert.deepEqual([alone.code, alone.stdout], [4, ""]);
      assert.match(alone.stderr, /^Cannot find the xcore program: .*\n$/);
      // Beside a program on PATH the client stands for it. Where that is a launcher, it needs a few of the system's.
      await Deno.symlink(cluster.binary, `${folder}/xcore`);
      const passed = await cluster.run(xcore, ["config", "get", "python"], {
        PATH: `${folder}:/usr/bin:/bin`,
      });
      assert.equal(passed.stdout, `${environment.python}\n`, passed.stderr);

      await pip(environment, "uninstall", "crosscore");
      assert.deepEqual(await environment.files(), before);
    }, NOTHING_SET);
  });
});

/** Makes the wheels for this machine, or those asked for, and gives their folder. */
async function withWheels(
  options: WheelOptions,
  body: (folder: string, wheels: readonly Wheel[]) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-wheels-" });
  try {
    await body(
      folder,
      await makeWheels(folder, { targets: [Deno.build.target as Target], bundle, ...options }),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Installs, does something, uninstalls: what is there then is what was there before. */
async function installed(
  installer: Installer,
  environment: Environment,
  wheels: string,
  wheel: Wheel,
  body: () => Promise<void>,
): Promise<void> {
  const bin = `${environment.folder}/bin`;
  // The index would bring Deno: this machine has one.
  const deno = wheel.carries.startsWith("the bundle") ? `${bin}/deno` : null;
  if (deno !== null) await Deno.symlink(Deno.execPath(), deno);
  const before = await environment.files();
  await installer(environment, "install", "--no-deps", "--no-index", "--find-links", wheels, "crosscore");
  await body();
  await installer(environment, "uninstall", "crosscore");
  assert.deepEqual(await environment.files(), before);
  if (deno !== null) await Deno.remove(deno);
}

/** The README's first job, in an environment that nobody has activated. */
async function runsAJob(cluster: TestCluster, { folder, python }: Environment): Promise<void> {
  const PATH = "/usr/bin:/bin";
  const ok = async (program: string, ...args: string[]) => {
    const { code, stdout, stderr } = await cluster.run(program, args, { PATH });
    assert.equal(code, 0, `${program} ${args.join(" ")}\n${stdout}${stderr}`);
    return stdout;
  };
  const xcore = `${folder}/bin/xcore`;
  // As `uv tool install` and pipx have it: what is on PATH are links.
  const links = await Deno.makeTempDir({ dir: cluster.folder });
  for (const name of ["xcore", "xcore-init"]) await Deno.symlink(`${folder}/bin/${name}`, `${links}/${name}`);
  assert.match(
    await ok(`${links}/xcore-init`, "local"),
    new RegExp(`^Run your scripts with ${python}$`, "m"),
  );
  await cluster.set({ max_idle_time_s: 1 });
  await ok(xcore, "start");
  assert.match(await ok(python, `${ROOT}examples/first_job.py`, "1"), /^1\s*$/m);
  assert.match(
    await ok(`${links}/xcore`, "doctor"),
    new RegExp(`^✓ Python package: crosscore \\S+ is installed in ${python}$`, "m"),
  );
  const daemons = cluster.processes().filter(({ commandLine }) => / daemon run$/.test(commandLine));
  assert.deepEqual(daemons.map(({ commandLine }) => commandLine.includes(folder)), [true]);
  assert.match(await ok(xcore, "shutdown"), /^Nothing is left\.$/m);
}

async function pip({ python }: Environment, verb: string, ...words: string[]): Promise<string> {
  const yes = verb === "uninstall" ? ["--yes"] : [];
  const into = ["--python", python, "--disable-pip-version-check"];
  return await run(PYTHON, ["-m", "pip", ...into, verb, ...yes, ...words]);
}

/** uv comes from the package index that pip is set up for, but for what this machine has fetched before. */
async function uv(): Promise<Installer> {
  const quiet = ["--quiet", "--disable-pip-version-check"];
  await run(PYTHON, ["-m", "pip", "install", ...quiet, "--target", tools, UV_REQUIREMENT]);
  return ({ python }, verb, ...words) => run(`${tools}/bin/uv`, ["pip", verb, "--python", python, ...words]);
}

async function virtualEnvironment(cluster: TestCluster): Promise<Environment> {
  const folder = `${cluster.folder}/env`;
  await run(PYTHON, ["-m", "venv", "--without-pip", folder]);
  return await environmentIn(folder);
}

/** A Python in a folder of its own, which no pyvenv.cfg leads away from, and conda-meta beside it. */
async function condaPrefix(cluster: TestCluster): Promise<Environment> {
  const script = `import os, sys, sysconfig
print(os.path.realpath(sys.executable), "python%d.%d" % sys.version_info[:2], sysconfig.get_path("stdlib"), sep="\\n")`;
  const [program = "", name = "", library = ""] = (await run(PYTHON, ["-c", script])).split("\n");
  const folder = `${cluster.folder}/prefix`;
  await Deno.mkdir(`${folder}/conda-meta`, { recursive: true });
  await Deno.writeTextFile(`${folder}/conda-meta/history`, "");
  await Deno.mkdir(`${folder}/bin`);
  await Deno.copyFile(program, `${folder}/bin/${name}`);
  for (const link of ["python3", "python"]) await Deno.symlink(name, `${folder}/bin/${link}`);
  await Deno.mkdir(`${folder}/lib/${name}/site-packages`, { recursive: true });
  for await (const entry of Deno.readDir(library)) {
    if (/^(site-packages|EXTERNALLY-MANAGED)$/.test(entry.name)) continue;
    await Deno.symlink(`${library}/${entry.name}`, `${folder}/lib/${name}/${entry.name}`);
  }
  return await environmentIn(folder);
}

/** Lends an environment the packages of the tests' own. */
async function environmentIn(folder: string): Promise<Environment> {
  const python = `${folder}/bin/python`;
  const purelib = "import sysconfig; print(sysconfig.get_path('purelib'))";
  const own = (await run(python, ["-c", purelib])).trim();
  assert.ok(own.startsWith(folder), own);
  await Deno.mkdir(own, { recursive: true });
  const lent = "import sys; print(*(path for path in sys.path if path.endswith('-packages')), sep='\\n')";
  await Deno.writeTextFile(`${own}/lent.pth`, await run(PYTHON, ["-c", lent]));
  return {
    folder,
    python,
    files: async () => (await Array.fromAsync(filesBelow(folder, ""))).sort(),
  };
}

async function* filesBelow(folder: string, path: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${path}`)) {
    if (/^(__pycache__|\.lock)$/.test(name)) continue; // what Python compiles, and uv locks
    yield `${path}${name}`;
    if (isDirectory) yield* filesBelow(folder, `${path}${name}/`);
  }
}

/** A wheel that has of crosscore 0.0.1 what it is known by. */
async function oldTool(cluster: TestCluster): Promise<string> {
  const source = `${cluster.folder}/old`;
  await run("cp", ["-r", `${ROOT}python`, source]);
  await Deno.writeTextFile(`${source}/crosscore/__init__.py`, '__version__ = "0.0.1"\n');
  const script = `import sys
sys.path.insert(0, ${JSON.stringify(source)})
import crosscore_build as build
xcore = b"#!python\\nimport argparse\\nfrom crosscore._version import __version__\\nfrom crosscore import commands\\n"
print(build.write_wheel(${JSON.stringify(cluster.folder)}, files={build.DATA + "/scripts/xcore": xcore}))`;
  const name = (await run(PYTHON, ["-B", "-c", script])).trim();
  assert.equal(basename(name), "crosscore-0.0.1-py3-none-any.whl");
  return `${cluster.folder}/${name}`;
}

/** Runs a program, which has to succeed, with nothing that would lead a Python or pip elsewhere; returns its stdout. */
async function run(program: string, args: string[]): Promise<string> {
  const inherited = Object.entries(Deno.env.toObject()).filter(([name]) =>
    !/^(PYTHON|VIRTUAL_ENV$)/.test(name)
  );
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    clearEnv: true,
    // Debian's Python would install below local/, as no other does.
    env: { ...Object.fromEntries(inherited), DEB_PYTHON_INSTALL_LAYOUT: "deb_system" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assert.ok(success, `${program} ${args.join(" ")}\n${decoder.decode(stderr)}${decoder.decode(stdout)}`);
  return decoder.decode(stdout);
}
