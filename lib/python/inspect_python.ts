/** Asks an interpreter for its version and packages. @module */

import { delimiter, isAbsolute } from "node:path";
import { PrerequisiteError } from "../errors.ts";
import type { RunResult, Runtime } from "../runtime.ts";
import { onPath } from "../util/on_path.ts";

/** What a Python says of itself. */
export interface Inspection {
  /** `3.11.7` */
  readonly version: string;
  /** `sys.executable`: links into a virtual environment are kept. */
  readonly executable: string;
  readonly prefix: string;
  /** Null when it is older than 3.8. */
  readonly details: InspectionDetails | null;
}

/** What a Python of 3.8 or newer says beyond that. */
export interface InspectionDetails {
  /** Name → version, null when not installed. */
  readonly packages: Readonly<Record<string, string | null>>;
  /** Name → how it was installed, of those that no index has as they are: `with -e`, `from git`. */
  readonly unreleased: Readonly<Record<string, string>>;
  readonly hasPip: boolean;
  /** True when uv is on PATH. */
  readonly hasUv: boolean;
  /** True when the system's package manager forbids pip to install here. */
  readonly isManaged: boolean;
  /** Why `import distributed` failed, or null when it did not. */
  readonly importError: string | null;
  /** True when it failed for want of the package itself. */
  readonly isAbsent: boolean;
}

/** Imports over a slow network file system are slow; more than this is a hang. */
const TIMEOUT_S = 60;

/**
 * Runs the interpreter once and asks for its version and its packages' versions.
 *
 * @param python absolute path
 * @throws {PrerequisiteError} it cannot be run, does not end, or is not Python
 */
export async function inspectPython(
  runtime: Runtime,
  python: string,
  packages: readonly string[],
): Promise<Inspection> {
  const result = await runInTime(runtime, [python, "-c", PROBE_SCRIPT, ...packages], python);
  const line = result.stdout.split("\n").findLast((each) => each.startsWith(ANSWER_MARK));
  if (line === undefined) throw new UnusablePython(python, `not a working Python (${failureOf(result)})`);
  const said = JSON.parse(line.slice(ANSWER_MARK.length));
  return {
    version: said.version,
    executable: said.executable,
    prefix: said.prefix,
    details: said.packages === undefined ? null : {
      packages: said.packages,
      unreleased: said.unreleased ?? {},
      hasPip: said.has_pip,
      hasUv: await onPath(runtime, "uv") !== null,
      isManaged: said.is_managed,
      importError: said.import_error,
      isAbsent: said.is_absent ?? false,
    },
  };
}

/** A Python that cannot be used. */
export class UnusablePython extends PrerequisiteError {
  /**
   * @param python absolute path
   * @param reason `distributed is not installed (Python 3.11.7)`
   * @param hint what to do where a config names this Python, in one line
   * @param hintAtInit what to do during init, where there is no config yet
   * @param cause the error underneath, if there was one
   */
  constructor(
    readonly python: string,
    readonly reason: string,
    hint: string = "Set a Python 3.8 or newer that has Dask: `xcore config set python PATH`.",
    readonly hintAtInit = "Name a Python 3.8 or newer that has Dask: `--python PATH`.",
    cause?: unknown,
  ) {
    super(`Cannot use ${python} as Python: ${reason}`, hint, cause);
  }

  /** The same error during init. */
  atInit(): UnusablePython {
    return new UnusablePython(this.python, this.reason, this.hintAtInit, this.hintAtInit, this.cause);
  }
}

async function runInTime(runtime: Runtime, command: readonly string[], python: string): Promise<RunResult> {
  const stop = new AbortController();
  const finished = new AbortController();
  const late = runtime.clock.sleep(TIMEOUT_S * 1000, finished.signal).then(() => null);
  try {
    // Raced: a wrapper's child may keep the pipes open after the wrapper was killed.
    const env = { PYTHONPATH: withoutCurrentFolder(runtime.env("PYTHONPATH")) };
    const result = await Promise.race([runtime.run(command, { signal: stop.signal, env }), late]);
    if (result !== null) return result;
    stop.abort();
    throw new UnusablePython(python, `no answer within ${TIMEOUT_S} s`);
  } catch (error) {
    if (error instanceof PrerequisiteError) throw error;
    throw new UnusablePython(python, await whyNotRun(runtime, python, error), undefined, undefined, error);
  } finally {
    finished.abort();
  }
}

/**
 * Python reads an empty or relative part as the current folder's, whose `json.py`, or
 * `sitecustomize.py` before any line of ours, may be anybody's. Workers have another folder.
 */
function withoutCurrentFolder(path: string | undefined): string | undefined {
  const parts = path?.split(delimiter).filter(isAbsolute) ?? [];
  return parts.length === 0 ? undefined : parts.join(delimiter);
}

async function whyNotRun(runtime: Runtime, python: string, error: unknown): Promise<string> {
  if (error instanceof Deno.errors.NotFound) {
    const isLink = await runtime.files.exists(python);
    return isLink ? "a link to a file that does not exist" : "no such file";
  }
  if (error instanceof Deno.errors.NotADirectory) return "no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "not executable";
  return `it cannot be run (${error instanceof Error ? error.message : error})`;
}

/**
 * What a program printed instead of an answer. One that is no Python may print the script itself:
 * that is left out.
 */
function failureOf({ code, stdout, stderr }: RunResult): string {
  const output = stderr.trim() || stdout.trim();
  if (output.includes("import sys")) return `exit code ${code}`;
  const lines = output.split("\n").map((line) => line.trim());
  // A Python that cannot start gives the reason in the middle of its output.
  const line = lines.findLast((each) => /error:/i.test(each)) ?? lines.at(-1);
  return line ? `exit code ${code}: ${line.slice(0, 200)}` : `exit code ${code}, no output`;
}

/** Starts the line with the answer: imports may print, too. */
export const ANSWER_MARK = "xcore-probe ";

/**
 * For `python -c PROBE_SCRIPT package …`. Its syntax is that of Python 2 as well, so that an old
 * one can say how old it is. The first line is nothing to Python and the end to a shell, which
 * would otherwise take `import` for a program.
 */
export const PROBE_SCRIPT = `'''exit' 0 # '''
import sys
sys.path[:] = [entry for entry in sys.path if entry]  # the current folder may hold a json.py
import json
import os
import signal

signal.alarm(${2 * TIMEOUT_S})  # an import may hang, and xcore be killed that would end it
found = {"version": "%d.%d.%d" % sys.version_info[:3], "executable": sys.executable, "prefix": sys.prefix}
if sys.version_info >= (3, 8):
    import sysconfig
    from importlib import metadata, util

    def version_of(name):
        try:
            return metadata.version(name)
        except Exception:
            return None

    def origin_of(name):
        try:
            text = metadata.distribution(name).read_text("direct_url.json")
            # conda's packages name the folder that they were built in, and are releases.
            origin = json.loads(text or "{}")
            return "with -e" if origin.get("dir_info", {}).get("editable") else "from git" if "vcs_info" in origin else None
        except Exception:
            return None

    origins = dict((name, origin_of(name)) for name in sys.argv[1:])
    found["unreleased"] = dict((name, origin) for name, origin in origins.items() if origin)
    found["packages"] = dict((name, version_of(name)) for name in sys.argv[1:])
    found["has_pip"] = util.find_spec("pip") is not None
    marker = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
    found["is_managed"] = sys.prefix == sys.base_prefix and os.path.exists(marker)
    found["import_error"] = None
    try:
        import distributed
    except BaseException as error:
        found["is_absent"] = isinstance(error, ImportError) and error.name in ("distributed", "dask")
        found["import_error"] = "%s: %s" % (type(error).__name__, error)
sys.stdout.flush()
os.write(1, ("\\n${ANSWER_MARK}%s\\n" % json.dumps(found)).encode("ascii"))
`;
