/** The program that runs the daemon, by a path that stays. @module */

import { join, resolve } from "node:path";
import { NotFoundError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";

/** A program and what tells one build from another. */
export interface Program {
  /** Its absolute path, and arguments that belong to it. */
  readonly command: readonly string[];
  /** Differs when there is another file at that path. */
  readonly build: string;
}

/**
 * The xcore to start a daemon with: $XCORE_BIN, this very program, or `xcore` on PATH. A link on PATH that leads to this
 * program is taken in its place: where a package manager keeps versions apart, the link is what stays.
 *
 * @throws {NotFoundError} there is none
 */
export async function daemonProgram(runtime: Runtime): Promise<Program> {
  const [program, ...args] = await find(runtime);
  const path = await onPath(runtime, program!) ?? program!;
  const { files } = runtime;
  return { command: [path, ...args], build: `${await files.size(path)}-${await files.modifiedMs(path)}` };
}

async function find(runtime: Runtime): Promise<readonly string[]> {
  const given = runtime.env("XCORE_BIN");
  if (given !== undefined) {
    const named = given.includes("/") ? null : await candidates(runtime, given).next();
    return [named?.value ?? resolve(runtime.cwd(), given)];
  }
  if (runtime.self !== null) return runtime.self;
  const { value } = await candidates(runtime, "xcore").next();
  if (value !== undefined) return [value];
  throw new NotFoundError(
    "Cannot start the daemon: there is no xcore on PATH",
    "Install xcore, or set XCORE_BIN to it.",
  );
}

/** The `xcore` on PATH that is this file, or null. */
async function onPath(runtime: Runtime, program: string): Promise<string | null> {
  const real = await runtime.files.realPath(program).catch(() => program);
  for await (const candidate of candidates(runtime, "xcore")) {
    if (await runtime.files.realPath(candidate).catch(() => null) === real) return candidate;
  }
  return null;
}

async function* candidates(runtime: Runtime, name: string): AsyncGenerator<string, undefined> {
  for (const folder of (runtime.env("PATH") ?? "").split(":")) {
    const candidate = join(folder, name);
    if (folder.startsWith("/") && await runtime.files.exists(candidate)) yield candidate;
  }
}
