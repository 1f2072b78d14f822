/** A machine for a test: the real one, with an empty folder, an environment of its own and nothing on PATH. */

import { dirname, join } from "node:path";
import type { Files, RunOptions, Runtime } from "../../lib/runtime.ts";
import { systemRuntime } from "../../lib/system_runtime.ts";

const real = systemRuntime(null);

/** See above; the folder goes with it. */
export interface Machine extends AsyncDisposable {
  readonly dir: string;
  readonly runtime: Runtime;
  /** Its environment variables; PATH is `<dir>/bin` at first. */
  readonly vars: Record<string, string>;
  /** Writes a file below the folder and returns its path. */
  write(path: string, text: string, mode?: number): Promise<string>;
  /** Writes a shell script below the folder and returns its path. */
  script(path: string, ...lines: string[]): Promise<string>;
}

/** Makes one; `files` and `clock` replace parts of the real ones. */
export async function machine(
  { files = {}, ...parts }: Partial<Omit<Runtime, "files">> & { files?: Partial<Files> } = {},
): Promise<Machine> {
  const dir = await Deno.realPath(await Deno.makeTempDir());
  const vars: Record<string, string> = { PATH: join(dir, "bin"), HOME: join(dir, "home") };
  const hidden = { VIRTUAL_ENV: "", CONDA_PREFIX: "", PYTHONPATH: "" };
  const runtime: Runtime = {
    ...real,
    cwd: () => dir,
    env: (name) => vars[name] || undefined,
    run: (command: readonly string[], options: RunOptions = {}) =>
      real.run(command, { cwd: dir, ...options, env: { ...hidden, ...vars, ...options.env } }),
    ...parts,
    files: { ...real.files, ...files },
  };
  const write = async (path: string, text: string, mode = 0o644) => {
    const whole = join(dir, path);
    await Deno.mkdir(dirname(whole), { recursive: true });
    await Deno.writeTextFile(whole, text);
    await Deno.chmod(whole, mode);
    return whole;
  };
  return {
    dir,
    runtime,
    vars,
    write,
    script: (path, ...lines) => write(path, ["#!/bin/sh", ...lines, ""].join("\n"), 0o755),
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

/** The line by which a script answers xcore's question as a Python does. */
export function answer(version: string, { importError = null as string | null, has = {} } = {}): string {
  const packages = { dask: "2026.8.0", distributed: importError === null ? "2026.8.0" : null, ...has };
  const modern = { packages, has_pip: true, is_managed: false, import_error: importError, is_absent: true };
  const said = { version, executable: "/fake/python", prefix: "/fake", ...(version >= "3" && modern) };
  return `echo 'xcore-probe ${JSON.stringify(said)}'`;
}

/** A script that is, to xcore, a Python with Dask. */
export const USABLE = answer("3.11.7");

/** A script that is, to xcore, a Python without Dask. */
export const BARE = answer("3.11.7", { importError: "ModuleNotFoundError: No module named distributed" });
