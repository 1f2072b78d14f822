/** `xcore` as the tests of the command line run it: from the sources, and on PATH for a shell that is being typed into. */

import { quoted } from "./_terminal.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const COMMAND = [Deno.execPath(), "run", "-A", "--quiet", "--cached-only", `${ROOT}main.ts`];

/** What a finished run left behind. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs xcore in this home to its end; no terminal.
 *
 * @param enough Ctrl-C is pressed once stdout is so
 */
export async function xcore(
  home: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  enough?: RegExp,
): Promise<Ran> {
  const [program = "", ...args] = COMMAND;
  const child = new Deno.Command(program, {
    args: [...args, ...words],
    env: { XCORE_HOME: home, XCORE_CLUSTER: "", NO_COLOR: "", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let stdout = "";
  const reading = (async () => {
    let pressed = false;
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      stdout += part;
      if (pressed || !enough?.test(stdout)) continue;
      child.kill("SIGINT");
      pressed = true;
    }
  })();
  const [{ code }, stderr] = await Promise.all([child.status, new Response(child.stderr).text(), reading]);
  return { code, stdout, stderr };
}

/** Puts `xcore` into a folder; returns the folder, for PATH. */
export async function programFolder(parent: string): Promise<string> {
  const folder = `${parent}/bin`;
  await Deno.mkdir(folder, { recursive: true });
  const script = `#!/bin/sh\nexec ${COMMAND.map(quoted).join(" ")} "$@"\n`;
  await Deno.writeTextFile(`${folder}/xcore`, script, { mode: 0o755 });
  return folder;
}
