/** Asks a Python what it is. @module */

import { PrerequisiteError } from "../errors.ts";
import type { RunResult, Runtime } from "../runtime.ts";

/** What a Python says of itself. */
export interface Inspection {
  /** `3.11.7` */
  readonly version: string;
  /** The interpreter as it knows itself: links into a virtual environment are kept. */
  readonly executable: string;
  readonly prefix: string;
  /** Null when it is older than 3.8. */
  readonly details: InspectionDetails | null;
}

/** What a Python of 3.8 or newer says beyond that. */
export interface InspectionDetails {
  /** Name → version, null when not installed. */
  readonly packages: Readonly<Record<string, string | null>>;
  readonly hasPip: boolean;
  /** True when the system's package manager forbids pip to install here. */
  readonly isManaged: boolean;
  /** Why `import distributed` failed, or null when it did not. */
  readonly importError: string | null;
  /** True when it failed for want of the package itself. */
  readonly isAbsent: boolean;
}

/** Importing over a slow network file system takes its time; more than this is a hang. */
const TIMEOUT_S = 60;

/**
 * Runs the interpreter once and asks for its version and its packages' versions.
 *
 * @param python absolute path
 * @throws {PrerequisiteError} it cannot be run, does not end, or is no Python
 */
export async function inspectPython(
  runtime: Runtime,
  python: string,
  packages: readonly string[],
): Promise<Inspection> {
  const result = await runInTime(runtime, [python, "-c", PROBE_SCRIPT, ...packages], python);
  const line = result.stdout.split("\n").findLast((each) => each.startsWith(ANSWER_MARK));
  if (line === undefined) throw unusable(python, `it is no Python that works (${whatItDid(result)})`);
  const said = JSON.parse(line.slice(ANSWER_MARK.length));
  return {
    version: said.version,
    executable: said.executable,
    prefix: said.prefix,
    details: said.packages === undefined ? null : {
      packages: said.packages,
      hasPip: said.has_pip,
      isManaged: said.is_managed,
      importError: said.import_error,
      isAbsent: said.is_absent ?? false,
    },
  };
}

/** The error for a Python that cannot be used. */
export function unusable(python: string, found: string, hint?: string, cause?: unknown): PrerequisiteError {
  return new PrerequisiteError(
    `Cannot use ${python} as Python: ${found}`,
    hint ??
      "Name a Python 3.8 or newer that has Dask: `xcore init local --python PATH`, or with a config `xcore config set python PATH`.",
    cause,
  );
}

async function runInTime(runtime: Runtime, command: readonly string[], python: string): Promise<RunResult> {
  const stop = new AbortController();
  const finished = new AbortController();
  const late = runtime.clock.sleep(TIMEOUT_S * 1000, finished.signal).then(() => null);
  try {
    // Raced, as a program started by a wrapper may keep the pipes open after the wrapper was killed.
    const result = await Promise.race([runtime.run(command, { signal: stop.signal }), late]);
    if (result !== null) return result;
    stop.abort();
    throw unusable(python, `it did not end within ${TIMEOUT_S} s`);
  } catch (error) {
    if (error instanceof PrerequisiteError) throw error;
    throw unusable(python, await whyNotRun(runtime, python, error), undefined, error);
  } finally {
    finished.abort();
  }
}

async function whyNotRun(runtime: Runtime, python: string, error: unknown): Promise<string> {
  if (error instanceof Deno.errors.NotFound) {
    const isLink = await runtime.files.exists(python);
    return isLink ? "the program that it leads to is gone" : "there is no such file";
  }
  if (error instanceof Deno.errors.NotADirectory) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "it is not executable";
  return `it cannot be run (${error instanceof Error ? error.message : error})`;
}

function whatItDid({ code, stdout, stderr }: RunResult): string {
  const lines = (stderr.trim() || stdout.trim()).split("\n").map((line) => line.trim());
  // A Python that cannot start says why in the middle of what it says.
  const line = lines.findLast((each) => /error:/i.test(each)) ?? lines.at(-1);
  return line ? `exit code ${code}: ${line.slice(0, 200)}` : `exit code ${code}, it said nothing`;
}

/** Starts the line with the answer: other things may print, too. */
export const ANSWER_MARK = "xcore-probe ";

/**
 * For `python -c PROBE_SCRIPT package …`. Its syntax is that of Python 2 as well, so that an old one can say how old it
 * is. The first line is nothing to Python and the end to a shell, which would otherwise take `import` for a program.
 */
export const PROBE_SCRIPT = `'''exit' 0 # '''
import sys
sys.path[:] = [entry for entry in sys.path if entry]  # the current folder may hold a json.py
import json
import os

found = {"version": "%d.%d.%d" % sys.version_info[:3], "executable": sys.executable, "prefix": sys.prefix}
if sys.version_info >= (3, 8):
    import sysconfig
    from importlib import metadata, util

    def version_of(name):
        try:
            return metadata.version(name)
        except Exception:
            return None

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
