/** The npm packages that program and tests import. @module */

import { PrerequisiteError, XcoreError } from "../../lib/errors.ts";
import { QUIET, ROOT } from "./programs.ts";

/** What Deno says where it reaches no registry. */
const CUT_OFF =
  /error sending request|dns error|tcp connect error|connection (?:refused|closed|reset)|operation timed out/i;

/**
 * Fetches the packages, as locked.
 *
 * @throws {PrerequisiteError} the npm registry does not answer
 * @throws {XcoreError} they cannot be had otherwise
 */
export async function fetchPackages(): Promise<void> {
  console.error("Fetching the locked packages that are not here yet …");
  const files = ["main.ts", "lib/mod.ts", ...await Array.fromAsync(testFiles("tests"))];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--quiet", "--frozen", ...files],
    cwd: ROOT,
    env: { ...QUIET, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (!success) throw fetchingFailure(new TextDecoder().decode(stderr));
}

/** The error for what `deno cache` said. */
export function fetchingFailure(said: string): XcoreError {
  if (/UnknownIssuer|invalid peer certificate/.test(said)) {
    return new PrerequisiteError(
      "Cannot fetch the npm packages: the registry's certificate is not trusted",
      "Set DENO_TLS_CA_STORE=system if your network has its own authority.",
    );
  }
  if (CUT_OFF.test(said)) {
    return new PrerequisiteError(
      "Cannot fetch the npm packages: the registry does not answer",
      "Check the network, or set HTTPS_PROXY or NPM_CONFIG_REGISTRY.",
    );
  }
  const [, line = said.trim()] = /^error: (.*)$/m.exec(said) ?? [];
  return new XcoreError(
    `Cannot fetch the npm packages: ${line}`,
    "Type `deno cache main.ts` to see it whole.",
  );
}

async function* testFiles(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(ROOT + folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* testFiles(path);
    else if (entry.name.endsWith("_test.ts")) yield path;
  }
}
