/** The program that runs the daemon, by a path that stays. @module */

import { isAbsolute, resolve } from "node:path";
import { NotFoundError } from "../errors.ts";
import { allOnPath, onPath } from "../util/on_path.ts";
import type { Runtime } from "../runtime.ts";
import { xcoresOnPath } from "./installed.ts";

/** A program and what tells one build from another. */
export interface Program {
  /** Its absolute path, and arguments that belong to it. */
  readonly command: readonly string[];
  /** Differs when there is another program at that path. */
  readonly build: string;
  /** All files that it is known to need: itself, what a link leads to, what a script names. Absolute paths. */
  readonly files: readonly string[];
}

/** Longer ones are no scripts of anybody's who starts a program by one. */
const LONGEST_SCRIPT = 64_000;

/**
 * The xcore to start a daemon with: $XCORE_BIN, this very program, or `xcore` on PATH. A link on PATH that leads to this
 * program is taken in its place: where a package manager keeps versions apart, the link is what stays.
 *
 * @throws {NotFoundError} there is none
 */
export async function daemonProgram(runtime: Runtime): Promise<Program> {
  const [program, ...args] = await find(runtime);
  const path = await linkTo(runtime, program!) ?? program!;
  const real = await runtime.files.realPath(path).catch(() => path);
  const script = await scriptText(runtime, path);
  return {
    command: [path, ...args],
    build: await buildOf(runtime, path, script),
    files: [...new Set([path, real, ...args, ...pathsIn(script ?? "")])].filter(isAbsolute),
  };
}

/** A script's text; null for any other program. */
async function scriptText({ files }: Runtime, path: string): Promise<string | null> {
  const head = await files.readHead(path, LONGEST_SCRIPT).catch(() => new Uint8Array());
  const text = head.length < LONGEST_SCRIPT ? new TextDecoder().decode(head) : "";
  return text.startsWith("#!") ? text : null;
}

/** Of a script its text counts: a launcher says in it of which build it is, and package managers keep no times. */
async function buildOf({ files }: Runtime, path: string, script: string | null): Promise<string> {
  if (script === null) return `${await files.size(path)}-${await files.modifiedMs(path)}`;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(script));
  return new Uint8Array(digest).toHex().slice(0, 16);
}

/** The absolute paths that a script has as words of their own. */
function pathsIn(script: string): readonly string[] {
  return script.match(/(?<=')\/[^']+(?=')|(?<=")\/[^"]+(?=")|(?<=[\s=])\/[^\s'"]+/g) ?? [];
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
