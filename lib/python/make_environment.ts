/** Makes a Python environment if there is none to use. @module */

import { dirname, join } from "node:path";
import { PrerequisiteError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { onPath } from "../util/on_path.ts";
import { inspectPython } from "./inspect_python.ts";
import { howToInstallPython, installFailure } from "./install_failure.ts";
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
    await files.remove(envDir);
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
    return environment;
  } catch (error) {
    await files.remove(envDir);
    throw error;
  } finally {
    await files.remove(`${envDir}.making`);
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

const POLL_MS = 300;

/** `…  Downloading bokeh-3.9.2-py3-none-any.whl (6.4 MB)`, or `Using cached …` */
const FETCHED = /^\S+\s+(?:Downloading|Using cached) (?:\S*\/)?([A-Za-z0-9_.]+-[^-\s]+)\S* \((.+)\)/;

const UNPACKED = /^\S+\s+Installing collected packages: (.+)/;

/** Smaller packages are fetched too fast to report. */
const WORTH_REPORTING = /MB|GB/;

/**
 * Reports each larger package that is fetched, and the unpacking, until `done` settles.
 *
 * @param logPath the file that pip's `--log` names; it may not be there yet
 * @param progress called with `Fetching bokeh-3.9.2 (6.4 MB)`
 */
export async function followPipLog(
  runtime: Runtime,
  logPath: string,
  done: Promise<unknown>,
  progress: (line: string) => void,
): Promise<void> {
  const finished = new AbortController();
  const stop = () => finished.abort();
  done.then(stop, stop);
  let reported = 0;
  while (!finished.signal.aborted) {
    await runtime.clock.sleep(POLL_MS, finished.signal);
    const lines = reportable(await runtime.files.readTextIfExists(logPath) ?? "");
    for (const line of lines.slice(reported)) progress(line);
    reported = lines.length;
  }
}

function reportable(log: string): string[] {
  const whole = log.slice(0, log.lastIndexOf("\n") + 1); // the last line may be half-written
  return whole.split("\n").flatMap((line) => {
    const [, name, size] = FETCHED.exec(line) ?? [];
    if (name !== undefined && size !== undefined) {
      return WORTH_REPORTING.test(size) ? [`Fetching ${name} (${size})`] : [];
    }
    const [, unpacked] = UNPACKED.exec(line) ?? [];
    return unpacked === undefined ? [] : [`Unpacking ${unpacked.split(",").length} packages`];
  });
}
