/**
 * Python environments for the demo, the tests and the measurements: a frozen list of packages in a
 * virtual environment that is kept in the user's cache, one for each version of that list and of
 * Python.
 * @module
 */

import { PrerequisiteError } from "../lib/errors.ts";
import { onPath } from "../lib/util/on_path.ts";
import { followPipLog, howToInstallPython, installFailure } from "../lib/python/install_failure.ts";
import type { Runtime } from "../lib/runtime.ts";
import { systemRuntime } from "../lib/system_runtime.ts";
import { cacheFolder, keyOf } from "./cache.ts";
import { exists } from "./files.ts";
import { ROOT } from "./run_deno.ts";
import { uvEnvironment } from "../lib/python/pinned_uv.ts";
import { uvProgram } from "./uv.ts";

/** What an environment shall have. */
export interface Wish {
  /** A frozen list of packages, as pip reads it; its place in the repository. */
  readonly requirements: string;
  /** `3.9`: this Python and no other. Else it is any that has all of the list, from 3.11 on. */
  readonly python?: string;
  /** `the demo`, for a person who waits for it; `the tests` when not given. */
  readonly purpose?: string;
}

/** What most of the tests run on. */
const TESTS: Wish = { requirements: "tests/requirements.txt" };

/** What a job needs, and nothing besides. */
export const DEMO: Wish = { requirements: "tools/demo_requirements.txt", purpose: "the demo" };

const CANDIDATES = ["python3", "python3.13", "python3.12", "python3.11", "python3.14", "python"];
const OLDEST = "3.11";

const PROBE = `import platform, sys
try:
    import ensurepip, venv
    has_venv = True
except ImportError:
    has_venv = False
print(platform.python_version(), "%d.%d" % sys.version_info[:2], has_venv, sys.executable, sep="\\n")`;

/**
 * Imports what programs start with, where it is: it is compiled once. Each start would do it again,
 * for seconds, where somebody has set PYTHONDONTWRITEBYTECODE.
 */
const COMPILE = `import importlib
for name in ["distributed.cli.dask_scheduler", "distributed.cli.dask_worker", "distributed.dashboard.scheduler", "crossflow",
             "pytest", "moto.server", "moto.ec2"]:
    try:
        importlib.import_module(name)
    except Exception:
        pass`;

/** No Python on this machine is fit; the hint has the line that installs one. */
export class NoPythonError extends PrerequisiteError {}

interface Interpreter {
  readonly version: string;
  readonly minor: string;
  readonly hasVenv: boolean;
  readonly path: string;
}

/**
 * The environment's interpreter; makes the environment if it is not there. Two runs at once make it
 * once.
 *
 * @throws {NoPythonError} no fit Python on this machine
 * @throws {PrerequisiteError} the packages cannot be installed
 */
export async function pythonEnvironment(
  wish: Wish = TESTS,
  runtime: Runtime = systemRuntime(null),
): Promise<string> {
  const base = await findPython(runtime, wish);
  const packages = await Deno.readTextFile(ROOT + wish.requirements);
  const key = await keyOf(`python-${base.version}`, [base.version, base.path, packages]);
  const cache = cacheFolder("xcore-tests", runtime.env);
  const folder = `${cache}/${key}`;
  const python = `${folder}/bin/python`;
  const ready = `${folder}/.ready`;
  if (await exists(ready)) return python;

  await Deno.mkdir(cache, { recursive: true });
  using lock = await Deno.open(`${folder}.lock`, { write: true, create: true });
  if (!await lock.tryLock(true)) {
    console.error("Waiting for another run to make the Python environment …");
    await lock.lock(true);
  }
  if (await exists(ready)) return python;

  const startedMs = performance.now();
  const count = packages.split("\n").filter((line) => line.includes("==")).length;
  const purpose = wish.purpose ?? "the tests";
  console.error(`Making a Python ${base.version} environment with ${count} packages for ${purpose} (once) …`);
  const step = async (doing: string, command: string[]) => {
    // What is on PYTHONPATH is not to be in it, and pip refuses --user, which some set, in an
    // environment.
    const env = { PYTHONPATH: "", PIP_USER: "0", PYTHONDONTWRITEBYTECODE: "" };
    const result = await runtime.run(command, { env });
    if (result.code === 0) return;
    throw installFailure({
      ...{ doing, result },
      installPython: await howToInstallPython(runtime, base.minor),
      otherwise: `See ${log} and run it again.`,
    });
  };
  const log = `${folder}.log`;
  // In its place and not aside: a virtual environment does not survive a move. The marker says that
  // it is whole.
  await step("make a Python environment", [base.path, "-m", "venv", "--clear", folder]);
  await Deno.writeTextFile(log, "");
  if (!await installWithUv(runtime, { python, cache, requirements: ROOT + wish.requirements })) {
    // Compiling all of it would take a third of the time, and most is never imported.
    const pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile", "--log", log];
    const installing = step(`install the packages of ${wish.requirements}`, [
      ...pip,
      ...["--requirement", ROOT + wish.requirements],
    ]);
    await followPipLog(runtime, log, installing, (line) => console.error(`${line} …`));
    await installing;
  }
  await step("compile the packages", [python, "-c", COMPILE]);
  await Deno.writeTextFile(ready, "");
  console.error(`Made it in ${((performance.now() - startedMs) / 1000).toFixed(0)} s: ${folder}`);
  return python;
}

/** Whether uv could: where it cannot, pip does it, or says why not. */
async function installWithUv(
  runtime: Runtime,
  { python, cache, requirements }: Readonly<Record<"python" | "cache" | "requirements", string>>,
): Promise<boolean> {
  const uv = await uvProgram(runtime, python, cache);
  if (uv === null) return false;
  const env = { ...await uvEnvironment(runtime, python), PYTHONPATH: "" };
  const command = [uv, "pip", "install", "--quiet", "--python", python, "--requirement", requirements];
  return (await runtime.run(command, { cwd: cache, env })).code === 0;
}

async function findPython(runtime: Runtime, { python }: Wish): Promise<Interpreter> {
  const candidates = python === undefined
    ? CANDIDATES
    : [`python${python}`, ...await inPyenv(runtime, python)];
  const found: Interpreter[] = [];
  for (const candidate of candidates) {
    const interpreter = await probe(runtime, candidate);
    if (interpreter !== null) found.push(interpreter);
  }
  const fit = found.filter(({ minor }) => python === undefined ? isFrom(OLDEST, minor) : minor === python);
  const whole = fit.find(({ hasVenv }) => hasVenv);
  if (whole !== undefined) return whole;
  const [bare] = fit;
  if (bare !== undefined) {
    throw new NoPythonError(
      `${bare.path}, Python ${bare.version}, comes without its venv module`,
      await howToInstallPython(runtime, bare.minor),
    );
  }
  if (python !== undefined) {
    throw new NoPythonError(
      `there is no Python ${python}`,
      `Install it, such as with pyenv: pyenv install ${python}`,
    );
  }
  const [old] = found;
  if (old !== undefined) {
    throw new NoPythonError(
      `${old.path} is Python ${old.version}, and ${OLDEST} or newer is needed`,
      await howToInstallPython(runtime, OLDEST),
    );
  }
  throw new NoPythonError(`there is no Python ${OLDEST} or newer on PATH`, await howToInstallPython(runtime));
}

/** Null when there is no such program, or it is no Python 3. */
async function probe(runtime: Runtime, name: string): Promise<Interpreter | null> {
  const program = name.includes("/") ? name : await onPath(runtime, name);
  if (program === null) return null;
  const { code, stdout } = await runtime.run([program, "-c", PROBE])
    .catch(() => ({ code: 126, stdout: "" })); // not there, not executable, or for another kind of machine
  const [version, minor, hasVenv, path] = stdout.split("\n");
  if (code !== 0 || !version || !minor || !path) return null;
  return { version, minor, hasVenv: hasVenv === "True", path: await Deno.realPath(path) };
}

/** pyenv has more Pythons than those it puts on PATH. */
async function inPyenv(runtime: Runtime, minor: string): Promise<string[]> {
  const versions = `${runtime.env("PYENV_ROOT") ?? `${runtime.env("HOME")}/.pyenv`}/versions`;
  try {
    const names = (await Array.fromAsync(Deno.readDir(versions))).map(({ name }) => name);
    return names.filter((name) => name.startsWith(`${minor}.`)).map((name) =>
      `${versions}/${name}/bin/python`
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function isFrom(oldest: string, minor: string): boolean {
  const [major = 0, least = 0] = oldest.split(".").map(Number);
  const [foundMajor = 0, found = 0] = minor.split(".").map(Number);
  return foundMajor === major && found >= least;
}
