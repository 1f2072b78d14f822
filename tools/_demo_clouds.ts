/** The emulated clouds that the demo is shown on. @module */

import { PrerequisiteError } from "../lib/errors.ts";
import { leadTerraform, withAccount } from "../tests/aws/_aws_home.ts";
import { enclosed, lackToEnclose } from "../tests/cloud/enclosed.ts";
import { withProject } from "../tests/gcp/_gcp_home.ts";
import { providers } from "../tests/runner/providers.ts";
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
 * The command that runs `command` where no packet can leave, and the environment variables by which Terraform works there.
 *
 * @throws {PrerequisiteError} this machine cannot
 */
export async function enclosedDemo(
  command: readonly string[],
): Promise<{ readonly command: string[]; readonly env: Readonly<Record<string, string>> }> {
  const enclosing = lackToEnclose();
  const { env, lack } = enclosing === null ? await providers() : { env: {}, lack: enclosing };
  if (lack !== null) {
    throw new PrerequisiteError(lack, "`deno task demo` shows the same on this machine alone.");
  }
  return { command: enclosed(command), env };
}
