/** Finds the Python for the scheduler and the workers. @module */

import { basename, dirname, join, resolve } from "node:path";
import { kindOf, onPath } from "../util/on_path.ts";
import type { Runtime } from "../runtime.ts";
import { UnusablePython } from "./inspect_python.ts";
import { probePython, type PythonEnvironment } from "./python_environment.ts";

/**
 * Where a Python was found: given, in the active environment, in the environment of this xcore, or
 * on PATH.
 */
export type PythonSource = "given" | "venv" | "conda" | "own" | "path";

/** A Python that was tried and cannot be used. */
export interface TriedPython {
  readonly source: PythonSource;
  /** Absolute path of the interpreter. */
  readonly python: string;
  /** Why not, with the command that fixes it as its hint. */
  readonly error: UnusablePython;
  /**
   * Whether the package `crosscore` is installed in its environment, which shows that it is meant
   * to be used.
   */
  readonly hasCrosscore: boolean;
}

/** The result of the search; `environment` and `source` are null if no Python is usable. */
export interface PythonSearch {
  readonly environment: PythonEnvironment | null;
  readonly source: PythonSource | null;
  /** Those that were tried before and cannot be used. */
  readonly tried: readonly TriedPython[];
}

/**
 * The first Python that imports distributed: the one given, or else that of the active virtual
 * environment, of the active conda environment, of the environment that this xcore is installed in,
 * `python3` on PATH, `python` on PATH. Links are not resolved: a virtual environment's interpreter
 * is one.
 *
 * @param given an interpreter or an environment's folder: absolute, relative, with `~`, or a name
 * on PATH
 * @throws {PrerequisiteError} `given` is not usable; nothing else is tried then
 */
export async function findPython(runtime: Runtime, given?: string): Promise<PythonSearch> {
  if (given !== undefined) {
    const environment = await interpreterGiven(runtime, given).then((python) => probePython(runtime, python))
      .catch((error) => {
        throw error instanceof UnusablePython ? error.atInit() : error;
      });
    return { environment, source: "given", tried: [] };
  }
  const tried: TriedPython[] = [];
  const seen = new Set<string>();
  for await (const { source, python } of candidates(runtime)) {
    const identity = await identityOf(runtime, python);
    if (seen.has(identity)) continue;
    seen.add(identity);
    try {
      return { environment: await probePython(runtime, python), source, tried };
    } catch (error) {
      if (!(error instanceof UnusablePython)) throw error;
      tried.push({
        source,
        python,
        error: error.atInit(),
        hasCrosscore: await hasCrosscore(runtime, python),
      });
    }
  }
  return { environment: null, source: null, tried };
}

async function* candidates(runtime: Runtime): AsyncIterable<{ source: PythonSource; python: string }> {
  const venv = runtime.env("VIRTUAL_ENV");
  if (venv !== undefined) yield { source: "venv", python: await interpreterOf(runtime, venv) };
  const conda = runtime.env("CONDA_PREFIX");
  if (conda !== undefined) yield { source: "conda", python: await interpreterOf(runtime, conda) };
  const own = await ownPython(runtime);
  if (own !== null) yield { source: "own", python: own };
  for (const name of ["python3", "python"]) {
    const python = await onPath(runtime, name);
    if (python !== null) yield { source: "path", python };
  }
}

/**
 * The Python in the folder of this very program, where `pip install crosscore` puts it; null when
 * there is none.
 */
async function ownPython(runtime: Runtime): Promise<string | null> {
  const [program, ...args] = runtime.self ?? [];
  if (program === undefined || args.length > 0) return null; // a Deno that runs the sources
  const bin = dirname(await runtime.files.realPath(program).catch(() => program));
  return basename(bin) === "bin" ? await interpreterIn(runtime, dirname(bin)) : null;
}

/** Read from the folder of the package's metadata, as the Python may not run. */
async function hasCrosscore({ files }: Runtime, python: string): Promise<boolean> {
  const lib = join(dirname(dirname(python)), "lib");
  for (const name of (await files.list(lib)).filter((name) => name.startsWith("python"))) {
    const packages = await files.list(join(lib, name, "site-packages")).catch(() => []);
    if (packages.some((name) => /^crosscore-.*\.dist-info$/.test(name))) return true;
  }
  return false;
}

async function interpreterOf(runtime: Runtime, folder: string): Promise<string> {
  const absolute = resolve(runtime.cwd(), folder);
  return await interpreterIn(runtime, absolute) ?? join(absolute, "bin", "python");
}

/**
 * `python` and `python3` of one folder are usually the same; one file linked into two environments
 * is two Pythons.
 */
async function identityOf(runtime: Runtime, python: string): Promise<string> {
  const real = await runtime.files.realPath(python).catch(() => python);
  return `${dirname(python)}\n${real}`;
}

/**
 * The absolute path of the interpreter that a person names: a path, an environment's folder, or a
 * name on PATH.
 *
 * @throws {UnusablePython} there is none
 */
export async function interpreterGiven(runtime: Runtime, given: string): Promise<string> {
  const isName = !given.includes("/") && given !== "~";
  const named = isName ? await onPath(runtime, given) : null;
  if (named !== null) return named;
  const path = resolve(runtime.cwd(), withHome(runtime, given));
  if (await kindOf(runtime, path) !== "folder") {
    if (isName && !await runtime.files.exists(path)) {
      throw new UnusablePython(given, "no such program on PATH, and no such file here");
    }
    return path;
  }
  const interpreter = await interpreterIn(runtime, path);
  if (interpreter === null) throw new UnusablePython(path, "a folder without bin/python");
  return interpreter;
}

function withHome(runtime: Runtime, path: string): string {
  const home = runtime.env("HOME");
  return home !== undefined && /^~(\/|$)/.test(path) ? join(home, path.slice(1)) : path;
}

/** The interpreter of the environment in this folder, or null when it is none. */
async function interpreterIn(runtime: Runtime, folder: string): Promise<string | null> {
  for (const name of ["python", "python3"]) {
    const path = join(folder, "bin", name);
    if (await runtime.files.exists(path).catch(() => false)) return path;
  }
  return null;
}
