/**
 * The Python environment the tests run on: tests/requirements.txt in a virtual environment that is kept in the user's
 * cache, one for each version of that file and of Python.
 * @module
 */

const REQUIREMENTS = new URL("../requirements.txt", import.meta.url).pathname;
const CANDIDATES = ["python3", "python3.13", "python3.12", "python3.11", "python3.14", "python"];
const PROBE = "import ensurepip, platform, sys, venv; assert sys.version_info >= (3, 11); " +
  "print(platform.python_version(), sys.executable, sep='\\n')";

interface Interpreter {
  readonly version: string;
  readonly path: string;
}

/**
 * The environment's interpreter; makes the environment if it is not there. Two runs at once make it once.
 *
 * @throws {Error} no fit Python on this machine, or the packages cannot be installed
 */
export async function pythonEnvironment(): Promise<string> {
  const base = await findPython();
  const folder = `${cacheFolder()}/${await keyOf(base)}`;
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
    (await Deno.readTextFile(REQUIREMENTS)).split("\n").filter((line) => line.includes("==")).length;
  console.error(`Making a Python ${base.version} environment with ${count} packages for the tests …`);
  // In its place and not aside: a virtual environment does not survive a move. The marker says that it is whole.
  await run([base.path, "-m", "venv", "--clear", folder]);
  const pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"];
  await run([...pip, "--requirement", REQUIREMENTS]);
  await Deno.writeTextFile(ready, "");
  console.error(`Made it in ${((performance.now() - startedMs) / 1000).toFixed(0)} s: ${folder}`);
  return python;
}

async function findPython(): Promise<Interpreter> {
  for (const name of CANDIDATES) {
    try {
      const { success, stdout } = await new Deno.Command(name, { args: ["-c", PROBE], stderr: "null" })
        .output();
      const [version, path] = new TextDecoder().decode(stdout).split("\n");
      if (success && version && path) return { version, path: await Deno.realPath(path) };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(
    `the tests need Python 3.11 or later with its venv module, and none of ${CANDIDATES.join(", ")} is one`,
  );
}

function cacheFolder(): string {
  return `${Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME")}/.cache`}/xcore-tests`;
}

async function keyOf(base: Interpreter): Promise<string> {
  const text = JSON.stringify([base.version, base.path, await Deno.readTextFile(REQUIREMENTS)]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `python-${base.version}-${new Uint8Array(digest).toHex().slice(0, 16)}`;
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

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
