/** The programs on PATH that are called xcore, for not all are this one. @module */

import { allOnPath } from "../util/on_path.ts";
import type { Runtime } from "../runtime.ts";

/** A program on PATH called `xcore`. */
export interface Installed {
  /** Its absolute path, links kept. */
  readonly path: string;
  /**
   * `program`: xcore, of whatever version; `old tool`: the one of the Python package crosscore 0.0.1; `client`: the script that
   * newer packages have where they came without the program.
   */
  readonly kind: "program" | "old tool" | "client";
  /** Absolute path of the Python that runs it, if it is a script that names one. */
  readonly python: string | null;
}

/** Those scripts are short, and import their package at the top. */
const HEAD_BYTES = 4096;
const IMPORTS_CROSSCORE = /^(?:from|import) crosscore\b|'crosscore==/m;
const CLIENT = "crosscore.__main__";

/** `#!/env/bin/python`; where that would be too long for a kernel, a shell starts it: `'''exec' "/env/bin/python" "$0" …`. */
const INTERPRETER = /^#! ?(\/\S*python[\d.]*)$|^'''exec' "?(\/.*?python[\d.]*)"? "\$0"/m;

/** All programs on PATH called `xcore`, in the order a shell tries them. */
export async function* xcoresOnPath(runtime: Runtime): AsyncGenerator<Installed, undefined> {
  for await (const path of allOnPath(runtime, "xcore")) yield { path, ...await kindOf(runtime, path) };
}

async function kindOf({ files }: Runtime, path: string): Promise<Omit<Installed, "path">> {
  // One that may be run and not read is a program.
  const head = new TextDecoder().decode(await files.readHead(path, HEAD_BYTES).catch(() => new Uint8Array()));
  if (!head.startsWith("#!") || !IMPORTS_CROSSCORE.test(head)) return { kind: "program", python: null };
  const [, named, executed] = INTERPRETER.exec(head) ?? [];
  return { kind: head.includes(CLIENT) ? "client" : "old tool", python: named ?? executed ?? null };
}
