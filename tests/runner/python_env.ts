/**
 * The Python environments the tests run on: a file of requirements in a virtual environment that is kept in the user's
 * cache, one for each version of that file and of Python.
 * @module
 */

import { cacheFolder, exists, keyOf } from "./cache.ts";

const TESTS = new URL("../", import.meta.url).pathname;

/** What the tests run on when they do not say: tests/requirements.txt on any Python that has all of it. */
const USUAL: Wish = { requirements: "requirements.txt" };
const CANDIDATES = ["python3", "python3.13", "python3.12", "python3.11", "python3.14", "python"];
const OLDEST_USUAL = "3.11";

const PROBE = `import ensurepip, platform, sys, venv
print(platform.python_version(), "%d.%d" % sys.version_info[:2], sys.executable, sep="\\n")`;

/** What an environment shall have. */
export interface Wish {
  /** A frozen list of packages, as pip reads it; its place below tests/. */
  readonly requirements: string;
  /** `3.9`: this Python and no other. */
  readonly python?: string;
}

/** No Python on this machine is fit. */
export class NoPythonError extends Error {
  override readonly name = "NoPythonError";
}

interface Interpreter {
  readonly version: string;
  readonly minor: string;
  readonly path: string;
}

/**
 * The environment's interpreter; makes the environment if it is not there. Two runs at once make it once.
 *
 * @throws {NoPythonError} no fit Python on this machine
 * @throws {Error} the packages cannot be installed
 */
export async function pythonEnvironment(wish: Wish = USUAL): Promise<string> {
  const base = await findPython(wish);
  const requirements = TESTS + wish.requirements;
  const folder = `${cacheFolder()}/${await folderFor(base, requirements)}`;
  const python = `${folder}/bin/python`;
  const ready = `${folder}/.ready`;
  if (await exists(ready)) return python;

  await Deno.mkdir(cacheFolder(), { recursive: true });
  using lock = await Deno.open(`${folder}.lock`, { write: true, create: true });
  if (!await lock.tryLock(true)) {
    console.error("Waiting for another run to make the Python environment …");
    await lock.lock(true);
  }
  if (await exists(ready)) return python;

  const startedMs = performance.now();
  const count =
    (await Deno.readTextFile(requirements)).split("\n").filter((line) => line.includes("==")).length;
  console.error(`Making a Python ${base.version} environment with ${count} packages for the tests …`);
  // In its place and not aside: a virtual environment does not survive a move. The marker says that it is whole.
  await run([base.path, "-m", "venv", "--clear", folder]);
  const pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"];
  await run([...pip, "--requirement", requirements]);
  await Deno.writeTextFile(ready, "");
  console.error(`Made it in ${((performance.now() - startedMs) / 1000).toFixed(0)} s: ${folder}`);
  return python;
}

async function findPython({ python }: Wish): Promise<Interpreter> {
  const candidates = python === undefined ? CANDIDATES : [`python${python}`, ...await inPyenv(python)];
  for (const candidate of candidates) {
    const found = await probe(candidate);
    if (
      found !== null && (python === undefined ? isFrom(OLDEST_USUAL, found.minor) : found.minor === python)
    ) {
      return found;
    }
  }
  throw new NoPythonError(
    `there is no Python ${python ?? `${OLDEST_USUAL} or later`} with its venv module (looked for ${
      candidates.join(", ")
    })`,
  );
}

async function probe(name: string): Promise<Interpreter | null> {
  try {
    const { success, stdout } = await new Deno.Command(name, { args: ["-c", PROBE], stderr: "null" })
      .output();
    const [version, minor, path] = new TextDecoder().decode(stdout).split("\n");
    return success && version && minor && path ? { version, minor, path: await Deno.realPath(path) } : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** pyenv has more Pythons than those it puts on PATH. */
async function inPyenv(minor: string): Promise<string[]> {
  const versions = `${Deno.env.get("PYENV_ROOT") || `${Deno.env.get("HOME")}/.pyenv`}/versions`;
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

async function folderFor({ version, path }: Interpreter, requirements: string): Promise<string> {
  return await keyOf(`python-${version}`, [version, path, await Deno.readTextFile(requirements)]);
}

/** What the command says is shown only if it fails. */
async function run(command: string[]): Promise<void> {
  const [program = "", ...args] = command;
  const result = await new Deno.Command(program, { args, stdin: "null" }).output();
  if (result.success) return;
  await Deno.stderr.write(result.stdout);
  await Deno.stderr.write(result.stderr);
  throw new Error(`\`${command.join(" ")}\` ended with exit code ${result.code}`);
}
