/** A home in a folder of its own. @module */

import { homeOf } from "../../../lib/config/home.ts";
import type { Home } from "../../../lib/config/home.ts";
import type { Files, Runtime } from "../../../lib/runtime.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";

export interface Place extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly home: Home;
  /** The runtime with other ways to reach files. */
  withFiles(files: Partial<Files>): Runtime;
}

/** A new home, with this config.yaml when it is given. */
export async function placeWith(text: string | Uint8Array | null): Promise<Place> {
  const dir = await Deno.makeTempDir({ prefix: "xcore-config-" });
  const system = systemRuntime(null);
  const runtime = { ...system, env: (name: string) => name === "XCORE_HOME" ? dir : undefined };
  const home = homeOf(runtime, undefined);
  if (typeof text === "string") await Deno.writeTextFile(home.config, text);
  else if (text !== null) await Deno.writeFile(home.config, text);
  return {
    runtime,
    home,
    withFiles: (files) => ({ ...runtime, files: { ...runtime.files, ...files } }),
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

/** The failure of a promise that has to fail. */
export async function failure(promise: Promise<unknown>): Promise<Error & { hint: string }> {
  return await promise.then(() => {
    throw new Error("it did not fail");
  }, (error) => error);
}
