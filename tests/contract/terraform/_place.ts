/** A folder with Terraform configuration in it, and the real Terraform at work there. Nothing of it needs a provider. */

import { join } from "node:path";
import type { Share } from "../../../lib/platform/base.ts";
import { Interruption } from "../../../lib/platform/interruption.ts";
import {
  findTerraform,
  Terraform,
  type TerraformOptions,
} from "../../../lib/platform/terraform/terraform.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";

const runtime = systemRuntime(null);

/** See above. */
export interface TerraformPlace extends AsyncDisposable {
  readonly folder: string;
  readonly logPath: string;
  readonly terraform: Terraform;
  readonly interruption: Interruption;
  /** What was said, in order. */
  readonly said: { readonly line: string; readonly share: Share | undefined }[];
  readonly progress: (line: string, share?: Share) => void;
  /** Another one in the same folder. */
  again(): Promise<Terraform>;
}

/** Makes one; `config` is the text of its only file. */
export async function terraformPlace(
  config: string,
  given: Partial<Pick<TerraformOptions, "forgetsWhenStopped" | "planSilentMs">> = {},
): Promise<TerraformPlace> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "xcore-terraform-" }));
  const logPath = join(folder, "terraform.log");
  const interruption = new Interruption();
  const said: { line: string; share: Share | undefined }[] = [];
  await Deno.writeTextFile(join(folder, "main.tf"), config);
  const made = async (interruption: Interruption) =>
    new Terraform({
      runtime,
      program: await findTerraform(runtime),
      folder,
      logPath,
      env: {},
      interruption,
      forgetsWhenStopped: false,
      root: folder,
      provider: "aws",
      classify: () => null,
      ...given,
    });
  return {
    folder,
    logPath,
    interruption,
    said,
    terraform: await made(interruption),
    progress: (line, share) => void said.push({ line, share }),
    again: () => made(new Interruption()),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** A resource of Terraform's own, which takes some seconds to make. */
export function slowly(name: string, seconds: number, after?: string): string {
  return made(name, `sleep ${seconds}`, after);
}

/** One that is made once there is a file `go` in the folder. */
export function whenTold(name: string): string {
  return made(name, "until [ -e go ]; do sleep 0.1; done");
}

function made(name: string, command: string, after?: string): string {
  return `
resource "terraform_data" "${name}" {
  ${after === undefined ? "" : `depends_on = [terraform_data.${after}]`}
  provisioner "local-exec" {
    command = "${command}"
  }
}
`;
}
