/**
 * `deno task demo:aws` and `demo:gcp`: the main job on an emulated cloud whose instances boot, in a
 * network of its own from which nothing can reach, or cost, anything outside.
 * @module
 */

import { PrerequisiteError, UsageError } from "../lib/errors.ts";
import { leadTerraform, withAccount } from "../tests/e2e/aws/_aws_home.ts";
import { enclosed, lackToEnclose } from "../tests/emulators/enclosed.ts";
import { withProject } from "../tests/e2e/gcp/_gcp_home.ts";
import { providers } from "../tests/runner/providers.ts";
import { type Scene, show } from "./_demo.ts";
import { compileIfStale } from "./compile.ts";
import { endWith } from "./failure.ts";
import { pythonEnvironment } from "./python_env.ts";

/** Set where the demo has been enclosed. */
const INSIDE = "XCORE_DEMO_INSIDE";

type Tools = Pick<Scene, "xcore" | "python">;

/** Shows the job on a cloud, by the cloud's name. */
const CLOUDS: Readonly<Record<string, (tools: Tools) => Promise<void>>> = {
  aws: (tools) =>
    withAccount({ boot: true }, (account) =>
      show({
        ...{ ...tools, init: ["aws"], env: account.env },
        prepare: (home) => leadTerraform(account, home),
      })),
  gcp: (tools) =>
    withProject(
      { boot: true },
      ({ env, gce }) => show({ ...tools, init: ["gcp", "--project", gce.project], env }),
    ),
};

async function demo(cloud: string): Promise<number> {
  const shown = CLOUDS[cloud];
  if (shown === undefined) {
    const all = Object.keys(CLOUDS).map((cloud) => `\`deno task demo:${cloud}\``).join(" or ");
    throw new UsageError(`there is no cloud ${cloud}`, `Type ${all}.`);
  }
  if (Deno.env.has(INSIDE)) {
    await shown({ xcore: Deno.env.get("XCORE_BIN")!, python: Deno.env.get("XCORE_TEST_PYTHON")! });
    return 0;
  }
  const enclosing = lackToEnclose();
  const { env: terraform, lack } = enclosing === null ? await providers() : { env: {}, lack: enclosing };
  if (lack !== null) {
    throw new PrerequisiteError(lack, "`deno task demo` shows the same on this machine alone.");
  }
  const [program = "", ...args] = enclosed([Deno.execPath(), "run", "-A", import.meta.filename!, cloud]);
  const env = {
    ...terraform,
    [INSIDE]: "1",
    ...{ XCORE_BIN: await compileIfStale(), XCORE_TEST_PYTHON: await pythonEnvironment() },
    XCORE_TEST_PROVIDERS: "demo",
  };
  return (await new Deno.Command(program, { args, env }).spawn().status).code;
}

try {
  Deno.exit(await demo(Deno.args[0] ?? ""));
} catch (error) {
  endWith("show the demo", error);
}
