/** Makes a Python environment if there is none to use. @module */

import { dirname, join } from "node:path";
import { PrerequisiteError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { onPath } from "../util/on_path.ts";
import { inspectPython } from "./inspect_python.ts";
import { followPipLog, howToInstallPython, installFailure } from "./install_failure.ts";
import { probePython, type PythonEnvironment, WANTED } from "./python_environment.ts";

/** The file that marks an environment as made by xcore. */
const MARK = "made-by-xcore";

/** Whether xcore made the environment in this folder, or was interrupted while making it. */
export async function isOwnEnvironment({ files }: Runtime, envDir: string): Promise<boolean> {
  return await files.exists(join(envDir, MARK)) || await files.exists(`${envDir}.making`);
}

/** The commands that make an environment with one tool. */
interface Way {
  /** `uv` */
  readonly name: string;
  readonly create: readonly string[];
  readonly install: readonly string[];
}

/**
 * A Python environment with dask, distributed, crossflow and bokeh: the one in `envDir`, or one
 * made there now, with `uv` when it is on PATH and else with a Python's own `venv`. An interrupted
 * one is made again. Proxies, indexes and certificates are as this process's environment and the
 * tools' own settings say.
 *
 * @param envDir absolute path; beside it appear `<envDir>.lock` and, while it is being made,
 * `<envDir>.making`
 * @param progress called with what is being done, one line at a time
 * @throws {PrerequisiteError} no Python 3.8 or newer, no venv module, no package index to be
 * reached, a full disk, or something else in the folder
 */
export async function makeEnvironment(
  runtime: Runtime,
  envDir: string,
  progress: (line: string) => void,
): Promise<PythonEnvironment> {
  const { files } = runtime;
  await files.mkdir(dirname(envDir));
  const free = await files.tryLock(`${envDir}.lock`);
  if (free === null) progress(`Waiting for another xcore that is making ${envDir} …`);
  const lock = free ?? await files.lock(`${envDir}.lock`);
  try {
    const interrupted = !await files.create(`${envDir}.making`, "");
    if (!interrupted && await files.exists(envDir)) {
      await files.remove(`${envDir}.making`);
      return await existing(runtime, envDir);
    }
    if (interrupted) progress(`Making ${envDir} again: the last attempt was interrupted`);
    return await makeAnew(runtime, envDir, progress);
  } finally {
    lock.release();
  }
}

async function existing(runtime: Runtime, envDir: string): Promise<PythonEnvironment> {
  try {
    return await probePython(runtime, interpreterOf(envDir));
  } catch (error) {
    if (!(error instanceof PrerequisiteError)) throw error;
    throw new PrerequisiteError(
      error.message,
      `Remove the folder ${envDir}, then run the command again.`,
      error,
    );
  }
}

async function makeAnew(
  runtime: Runtime,
  envDir: string,
  progress: (line: string) => void,
): Promise<PythonEnvironment> {
  const { files } = runtime;
  try {
    await files.removeTree(envDir, dirname(envDir));
    const way = await bestWay(runtime, envDir);
    progress(`Making a Python environment in ${envDir} with ${way.name}`);
    await step(runtime, envDir, way.create, `make a Python environment in ${envDir}`);
    progress(`Installing ${WANTED.join(", ")} (this can take some minutes)`);
    const installing = step(runtime, envDir, way.install, `install ${WANTED.join(", ")}`);
    await followPipLog(runtime, pipLogOf(envDir), installing, progress);
    await installing;
    progress("Checking the new environment");
    const environment = await probePython(runtime, interpreterOf(envDir));
    await files.writeText(join(envDir, MARK), "xcore made this environment; `xcore uninstall` removes it.\n");
    await files.remove(`${envDir}.making`);
    return environment;
  } catch (error) {
    try {
      await files.removeTree(envDir, dirname(envDir));
      await files.remove(`${envDir}.making`);
    } catch { /* the next attempt removes it, and the first failure is what is told */ }
    throw error;
  }
}

async function bestWay(runtime: Runtime, envDir: string): Promise<Way> {
  const python = interpreterOf(envDir);
  const uv = await onPath(runtime, "uv");
  if (uv !== null) {
    return {
      name: "uv",
      // --seed adds pip, which users expect.
      create: [uv, "venv", "--no-project", "--seed", envDir],
      install: [uv, "pip", "install", "--python", python, ...WANTED],
    };
  }
  const base = await basePython(runtime);
  return {
    name: base,
    create: [base, "-m", "venv", envDir],
    install: [
      python,
      "-m",
      "pip",
      "install",
      "--disable-pip-version-check",
      "--log",
      pipLogOf(envDir),
      ...WANTED,
    ],
  };
}

/** A Python to make the environment from; an old `python3` may have a newer one beside it. */
async function basePython(runtime: Runtime): Promise<string> {
  const minors = [14, 13, 12, 11, 10, 9, 8];
  for (const name of ["python3", "python", ...minors.map((minor) => `python3.${minor}`)]) {
    const python = await onPath(runtime, name);
    if (python === null) continue;
    const inspection = await inspectPython(runtime, python, []).catch((error) => {
      if (error instanceof PrerequisiteError) return null;
      throw error;
    });
    if (inspection?.details) return python;
  }
  throw new PrerequisiteError(
    "Cannot make a Python environment: there is no Python 3.8 or newer on PATH",
    await howToInstallPython(runtime),
  );
}

async function step(
  runtime: Runtime,
  envDir: string,
  command: readonly string[],
  doing: string,
): Promise<void> {
  const result = await runtime.run(command, {
    // Not the current folder: uv would read its pyproject.toml.
    cwd: dirname(envDir),
    // PYTHONPATH may be another one tomorrow, and pip refuses --user in an environment.
    env: { PYTHONPATH: "", PIP_USER: "0" },
  });
  if (result.code !== 0) {
    throw installFailure({ doing, result, installPython: await howToInstallPython(runtime) });
  }
}

function pipLogOf(envDir: string): string {
  return join(envDir, "pip.log");
}

function interpreterOf(envDir: string): string {
  return join(envDir, "bin", "python");
}
