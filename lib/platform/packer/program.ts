/** The program that builds machine images. @module */

import { PrerequisiteError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { isOlder } from "../version.ts";

/** Packer as it was found. */
export interface PackerProgram {
  /** `1.11.2` */
  readonly version: string;
  /** Whether builders are plugins that `packer init` fetches; before 1.7 they were part of Packer. */
  readonly fetchesPlugins: boolean;
}

/** What the templates say in `required_version`: the first whose templates of this kind can build. */
const OLDEST = [1, 6, 6] as const;
const WITH_PLUGINS = [1, 7, 0] as const;

const INSTALL = "Install Packer (https://developer.hashicorp.com/packer/install), and run this again.";

/** Nothing is sent anywhere, not even the question whether there is a newer one. */
export const QUIET: Readonly<Record<string, string>> = { CHECKPOINT_DISABLE: "1", PACKER_NO_COLOR: "1" };

/**
 * Looks for the program on PATH.
 *
 * @throws {PrerequisiteError} there is none, or it is too old, or another program of that name
 */
export async function findPacker(runtime: Runtime): Promise<PackerProgram> {
  let answer: string;
  try {
    answer = (await runtime.run(["packer", "version"], { env: QUIET })).stdout;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new PrerequisiteError("Cannot find Packer: packer is not on PATH", INSTALL);
  }
  const [, version] = /^Packer v(\d+\.\d+\.\d+)/m.exec(answer) ?? [];
  if (version === undefined) {
    // cracklib has a program of that name, too.
    throw new PrerequisiteError(
      "Cannot use packer: `packer version` does not tell Packer's version",
      INSTALL,
    );
  }
  if (isOlder(version, OLDEST)) {
    throw new PrerequisiteError(
      `Cannot use Packer ${version}: it takes ${OLDEST.join(".")} or newer`,
      INSTALL,
    );
  }
  return { version, fetchesPlugins: !isOlder(version, WITH_PLUGINS) };
}
