/** The program that runs the daemon, and the programs called xcore on PATH. @module */

import { isAbsolute, resolve } from "node:path";
import { NotFoundError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { allOnPath, onPath } from "../util/on_path.ts";

/** A program and its build. */
export interface Program {
  /** Its absolute path, and arguments that belong to it. */
  readonly command: readonly string[];
  /** Changes with the program at that path. */
  readonly build: string;
  /**
   * Files that it needs, as far as known: itself, the target of a link, paths in a script.
   * Absolute.
   */
  readonly files: readonly string[];
}

/** Longer files are no launcher scripts. */
const LONGEST_SCRIPT = 64_000;

/**
 * The xcore to start a daemon with: $XCORE_BIN, this very program, or `xcore` on PATH. A link on
 * PATH that leads to this program is preferred: where a package manager separates versions, the
 * link stays the same.
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

/**
 * From the text of a script, which names its build, as package managers do not keep times; else
 * from size and time.
 */
async function buildOf({ files }: Runtime, path: string, script: string | null): Promise<string> {
  if (script === null) return `${await files.size(path)}-${await files.modifiedMs(path)}`;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(script));
  return new Uint8Array(digest).toHex().slice(0, 16);
}

/** The absolute paths that are words of a script. */
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
    "Install xcore, or set XCORE_BIN to its path.",
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

/** A program on PATH called `xcore`. */
export interface Installed {
  /** Its absolute path, links kept. */
  readonly path: string;
  /**
   * `program`: xcore, of whatever version; `old tool`: the one of the Python package crosscore
   * 0.0.1; `client`: the script that newer packages have where they came without the program.
   */
  readonly kind: "program" | "old tool" | "client";
  /** Absolute path of the Python that runs it, if it is a script that names one. */
  readonly python: string | null;
}

/** Those scripts are short, and import their package at the top. */
const HEAD_BYTES = 4096;
const IMPORTS_CROSSCORE = /^(?:from|import) crosscore\b|'crosscore==/m;
const CLIENT = "crosscore.__main__";

/**
 * `#!/env/bin/python`; where that would be too long for a kernel, a shell starts it: `'''exec'
 * "/env/bin/python" "$0" …`.
 */
const INTERPRETER = /^#! ?(\/\S*python[\d.]*)$|^'''exec' "?(\/.*?python[\d.]*)"? "\$0"/m;

/** All programs on PATH called `xcore`, in the order a shell tries them. */
export async function* xcoresOnPath(runtime: Runtime): AsyncGenerator<Installed, undefined> {
  for await (const path of allOnPath(runtime, "xcore")) yield { path, ...await kindOf(runtime, path) };
}

async function kindOf({ files }: Runtime, path: string): Promise<Omit<Installed, "path">> {
  // A file that may be executed but not read is a program.
  const head = new TextDecoder().decode(await files.readHead(path, HEAD_BYTES).catch(() => new Uint8Array()));
  if (!head.startsWith("#!") || !IMPORTS_CROSSCORE.test(head)) return { kind: "program", python: null };
  const [, named, executed] = INTERPRETER.exec(head) ?? [];
  return { kind: head.includes(CLIENT) ? "client" : "old tool", python: named ?? executed ?? null };
}
