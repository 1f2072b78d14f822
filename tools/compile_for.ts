/** Programs for other systems than this machine's. @module */

import { COMPILE_FLAGS, FETCHED_WITHIN_MS } from "./compile.ts";
import { compileRuntime, isFetched, noRuntime } from "./compile_runtime.ts";
import { DenoFailure, runDeno } from "./run_deno.ts";

/** What programs and wheels are made for, as Deno calls it. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
] as const;

/** One of them. */
export type Target = typeof TARGETS[number];

/**
 * Compiles a bundle for a system.
 *
 * @param bundle the folder that `makeBundle` has written
 * @param path where the program is put
 * @returns null; or why there is none, for the runtime to build on cannot be had
 * @throws {DenoFailure} Deno fails for another reason
 */
export async function compileFor(target: Target, bundle: string, path: string): Promise<string | null> {
  const runtime = await compileRuntime({ target });
  if (runtime.state === "none") return runtime.why;
  const args = ["compile", "--quiet", ...COMPILE_FLAGS, "--target", target, "--output", path];
  // The runtime that it names is this machine's.
  const options = target === Deno.build.target ? {} : { without: "DENORT_BIN" };
  try {
    await runDeno([...args, `${bundle}/main.js`], { ...options, limitMs: FETCHED_WITHIN_MS });
    return null;
  } catch (error) {
    if (runtime.state !== "to fetch" || !(error instanceof DenoFailure) || await isFetched(target)) {
      throw error;
    }
    await noRuntime(error.why, { target });
    return error.why;
  }
}
