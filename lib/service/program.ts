/** The program that runs the daemon, by a path that stays. @module */

import { resolve } from "node:path";
import { NotFoundError } from "../errors.ts";
import { allOnPath, onPath } from "../on_path.ts";
import type { Runtime } from "../runtime.ts";
import { xcoresOnPath } from "./installed.ts";

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
  const path = await linkTo(runtime, program!) ?? program!;
  const { files } = runtime;
  return { command: [path, ...args], build: `${await files.size(path)}-${await files.modifiedMs(path)}` };
}

async function find(runtime: Runtime): Promise<readonly string[]> {
  const given = runtime.env("XCORE_BIN");
  if (given !== undefined) {
    const named = given.includes("/") ? null : await onPath(runtime, given);
    return [named ?? resolve(runtime.cwd(), given)];
  }
  if (runtime.self !== null) return runtime.self;
  for await (const { path, kind } of xcoresOnPath(runtime)) if (kind === "program") return [path];
  throw new NotFoundError(
    "Cannot start the daemon: there is no xcore on PATH",
    "Install xcore, or set XCORE_BIN to it.",
  );
}

/** The `xcore` on PATH that is this file, or null. */
async function linkTo(runtime: Runtime, program: string): Promise<string | null> {
  const real = await runtime.files.realPath(program).catch(() => program);
  for await (const candidate of allOnPath(runtime, "xcore")) {
    if (await runtime.files.realPath(candidate).catch(() => null) === real) return candidate;
  }
  return null;
}
