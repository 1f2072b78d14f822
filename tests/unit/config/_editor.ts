/** A process that edits a config: `_editor.ts HOME KEY VALUE [KEY VALUE]…`, one edit after the other. @module */

import { homeOf } from "../../../lib/config/home.ts";
import { updateConfig } from "../../../lib/config/load_config.ts";
import { XcoreError } from "../../../lib/errors.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";

const [dir = "", ...words] = Deno.args;
const system = systemRuntime(null);
// Patient: on a busy machine the others may have the lock for long.
const clock = { ...system.clock, monotonicMs: () => 0 };
const runtime = { ...system, clock, env: (name: string) => name === "XCORE_HOME" ? dir : undefined };
const home = homeOf(runtime, undefined);
try {
  while (words.length >= 2) await updateConfig(runtime, home, [[words.shift()!, words.shift()!]]);
} catch (error) {
  if (!(error instanceof XcoreError)) throw error;
  console.log(`${error.name}: ${error.message}`);
  Deno.exit(1);
}
