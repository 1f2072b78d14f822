/** The program that makes the base: Terraform, or OpenTofu where there is no Terraform. @module */

import { PrerequisiteError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { isOlder } from "../version.ts";

/** The program as it was found. */
export interface TerraformProgram {
  /** What to run. */
  readonly command: "terraform" | "tofu";
  readonly product: "Terraform" | "OpenTofu";
  /** `1.11.4` */
  readonly version: string;
}

/** What the templates say in `required_version`. */
const OLDEST = [1, 1] as const;

const PRODUCTS = { terraform: "Terraform", tofu: "OpenTofu" } as const;

const INSTALL = "Install Terraform (https://developer.hashicorp.com/terraform/install) or OpenTofu " +
  "(https://opentofu.org/docs/intro/install), and run this again.";

/**
 * Looks for the program on PATH.
 *
 * @throws {PrerequisiteError} there is neither, or it is too old, or does not run
 */
export async function findTerraform(runtime: Runtime): Promise<TerraformProgram> {
  for (const command of ["terraform", "tofu"] as const) {
    const product = PRODUCTS[command];
    let answer: string;
    try {
      answer = (await runtime.run([command, "version", "-json"])).stdout;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw error;
    }
    const version = versionIn(answer);
    if (version === null) {
      throw new PrerequisiteError(
        `Cannot use ${product}: \`${command} version\` does not tell its version`,
        INSTALL,
      );
    }
    if (isOlder(version, OLDEST)) {
      throw new PrerequisiteError(
        `Cannot use ${product} ${version}: it takes ${OLDEST.join(".")} or newer`,
        INSTALL,
      );
    }
    return { command, product, version };
  }
  throw new PrerequisiteError("Cannot find Terraform: neither terraform nor tofu is on PATH", INSTALL);
}

/** Both products call it `terraform_version`. */
function versionIn(json: string): string | null {
  try {
    const { terraform_version: version } = JSON.parse(json);
    return typeof version === "string" && /^\d+\.\d+/.test(version) ? version : null;
  } catch {
    return null;
  }
}
