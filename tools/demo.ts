/**
 * `deno task demo`: the main job on this machine. `deno task demo:aws` and `demo:gcp`: the same on an emulated cloud whose
 * instances boot, in a network of its own from which nothing can reach, or cost, anything outside.
 * @module
 */

import { leadTerraform, withAccount } from "../tests/aws/_aws_home.ts";
import { enclosed, whyNotEnclosed } from "../tests/cloud/enclosed.ts";
import { withProject } from "../tests/gcp/_gcp_home.ts";
import { pythonEnvironment } from "./python_env.ts";
import { type Scene, show } from "./_demo.ts";
import { compileIfStale } from "./compile.ts";

type Tools = Pick<Scene, "xcore" | "python">;

/** Set where the demo has been enclosed. */
const INSIDE = "XCORE_DEMO_INSIDE";

const DEMOS: Readonly<Record<string, (tools: Tools) => Promise<number>>> = {
  local: (tools) => show({ ...tools, init: ["local"], env: {} }),
  aws: (tools) => {
    const within = (body: Parameters<typeof withAccount>[1]) => withAccount({ boot: true }, body);
    return shownIn(within, (account) => ({
      ...{ ...tools, init: ["aws"], env: account.env },
      prepare: (home) => leadTerraform(account, home),
    }));
  },
  gcp: (tools) => {
    const within = (body: Parameters<typeof withProject>[1]) => withProject({ boot: true }, body);
    return shownIn(within, ({ env, gce }) => ({ ...tools, init: ["gcp", "--project", gce.project], env }));
  },
};

/** Shows the scene that is made of what a cloud gives. */
async function shownIn<T>(
  within: (body: (given: T) => Promise<void>) => Promise<void>,
  scene: (given: T) => Scene,
): Promise<number> {
  let code = 1;
  await within(async (given) => void (code = await show(scene(given))));
  return code;
}

/** Why no cloud can be shown here; null when one can. */
function whyNot(): string | null {
  const config = Deno.env.get("TF_CLI_CONFIG_FILE") ?? `${Deno.env.get("HOME")}/.terraformrc`;
  try {
    Deno.statSync(config);
  } catch {
    return "needs a mirror of Terraform's providers, for nothing in there reaches a registry. " +
      "`terraform providers mirror FOLDER`, typed in terraform/aws or terraform/gcp, makes one; " +
      "name it as filesystem_mirror in the file that TF_CLI_CONFIG_FILE names";
  }
  return whyNotEnclosed();
}

async function demo(place: string): Promise<number> {
  if (Deno.env.has(INSIDE)) {
    return await DEMOS[place]!({
      xcore: Deno.env.get("XCORE_BIN")!,
      python: Deno.env.get("XCORE_TEST_PYTHON")!,
    });
  }
  if (place !== "local") {
    const why = whyNot();
    if (why !== null) {
      console.error(`Cannot show ${place} here: it ${why}.`);
      return 4;
    }
  }
  const python = await pythonEnvironment();
  const xcore = await compileIfStale();
  if (place === "local") return await DEMOS.local!({ python, xcore });
  const [program = "", ...args] = enclosed([Deno.execPath(), "run", "-A", import.meta.filename!, place]);
  const env = {
    [INSIDE]: "1",
    ...{ XCORE_BIN: xcore, XCORE_TEST_PYTHON: python, XCORE_TEST_PROVIDERS: "demo" },
  };
  return (await new Deno.Command(program, { args, env }).spawn().status).code;
}

try {
  Deno.exit(await demo(Deno.args[0] ?? "local"));
} catch (error) {
  console.error(`The demo failed: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
