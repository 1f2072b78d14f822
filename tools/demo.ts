/**
 * `deno task demo`: the main job on this machine. `deno task demo:aws` and `demo:gcp`: the same on an emulated cloud whose
 * instances boot, in a network of its own from which nothing can reach, or cost, anything outside.
 * @module
 */

import { UsageError } from "../lib/errors.ts";
import { show } from "./_demo.ts";
import { compileIfStale } from "./compile.ts";
import { endWith } from "./failure.ts";
import { DEMO, pythonEnvironment } from "./python_env.ts";

/** Set where the demo has been enclosed. */
const INSIDE = "XCORE_DEMO_INSIDE";

async function demo(place: string): Promise<number> {
  if (place === "local") {
    const tools = { python: await pythonEnvironment(DEMO), xcore: await compileIfStale() };
    await show({ ...tools, init: ["local"], env: {} });
    return 0;
  }
  // The demo on this machine needs nothing of what the clouds are emulated with.
  const { CLOUDS, enclosedDemo } = await import("./_demo_clouds.ts");
  const within = CLOUDS[place];
  if (within === undefined) {
    throw new UsageError(
      `there is no ${place}`,
      `Type \`deno task demo\`${
        Object.keys(CLOUDS).map((cloud) => `, \`deno task demo:${cloud}\``).join("")
      }.`,
    );
  }
  if (Deno.env.has(INSIDE)) {
    await within({ xcore: Deno.env.get("XCORE_BIN")!, python: Deno.env.get("XCORE_TEST_PYTHON")! }, show);
    return 0;
  }
  const outside = [Deno.execPath(), "run", "-A", import.meta.filename!, place];
  const { command: [program = "", ...args], env: terraform } = await enclosedDemo(outside);
  const env = {
    ...terraform,
    [INSIDE]: "1",
    ...{ XCORE_BIN: await compileIfStale(), XCORE_TEST_PYTHON: await pythonEnvironment() },
    XCORE_TEST_PROVIDERS: "demo",
  };
  return (await new Deno.Command(program, { args, env }).spawn().status).code;
}

try {
  Deno.exit(await demo(Deno.args[0] ?? "local"));
} catch (error) {
  endWith("show the demo", error);
}
