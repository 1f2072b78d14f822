/** The emulated clouds that the demo is shown on. @module */

import { PrerequisiteError } from "../lib/errors.ts";
import { leadTerraform, withAccount } from "../tests/aws/_aws_home.ts";
import { enclosed, whyNotEnclosed } from "../tests/cloud/enclosed.ts";
import { withProject } from "../tests/gcp/_gcp_home.ts";
import type { Scene } from "./_demo.ts";

type Tools = Pick<Scene, "xcore" | "python">;

/** Runs `body` with the scene that a cloud gives, by the cloud's name. */
export const CLOUDS: Readonly<
  Record<string, (tools: Tools, body: (scene: Scene) => Promise<void>) => Promise<void>>
> = {
  aws: (tools, body) =>
    withAccount({ boot: true }, (account) =>
      body({
        ...{ ...tools, init: ["aws"], env: account.env },
        prepare: (home) => leadTerraform(account, home),
      })),
  gcp: (tools, body) =>
    withProject(
      { boot: true },
      ({ env, gce }) => body({ ...tools, init: ["gcp", "--project", gce.project], env }),
    ),
};

/**
 * The command that runs `command` where no packet can leave.
 *
 * @throws {PrerequisiteError} this machine cannot
 */
export function enclosedDemo(command: readonly string[]): string[] {
  const config = Deno.env.get("TF_CLI_CONFIG_FILE") ?? `${Deno.env.get("HOME")}/.terraformrc`;
  try {
    Deno.statSync(config);
  } catch {
    throw new PrerequisiteError(
      "it needs a mirror of Terraform's providers, for nothing in there reaches a registry",
      "Type `terraform providers mirror FOLDER` in terraform/aws or terraform/gcp, and name FOLDER as filesystem_mirror in the " +
        "file that TF_CLI_CONFIG_FILE names.",
    );
  }
  const why = whyNotEnclosed();
  if (why !== null) {
    throw new PrerequisiteError(`it ${why}`, "`deno task demo` shows the same on this machine alone.");
  }
  return enclosed(command);
}
