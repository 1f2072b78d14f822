/**
 * `deno task demo`: the main job on this machine. It loads nothing of what the clouds are emulated
 * with.
 * @module
 */

import { show } from "./_demo.ts";
import { compileIfStale } from "./compile.ts";
import { endWith } from "./failure.ts";
import { DEMO, pythonEnvironment } from "./python_env.ts";

try {
  const tools = { python: await pythonEnvironment(DEMO), xcore: await compileIfStale() };
  await show({ ...tools, init: ["local"], env: {} });
} catch (error) {
  endWith("show the demo", error);
}
