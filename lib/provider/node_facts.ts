/** What any machine of a cluster has to know, from what this home and its Python have. @module */

import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { type Role, tlsFiles } from "../dask/tls_files.ts";
import { PrerequisiteError } from "../errors.ts";
import type { Node } from "../node/mod.ts";
import { probePython } from "../python/environment.ts";
import type { Runtime } from "../runtime.ts";

/**
 * The facts for a machine with this role. The config's Python is run to see what it has.
 *
 * @throws {PrerequisiteError} the config names no Python, or one that cannot be used
 */
export async function nodeFacts(
  runtime: Runtime,
  home: Home,
  config: Config,
  cloud: Node["cloud"],
  role: Exclude<Role, "client">,
): Promise<Node> {
  if (config.python === null) {
    throw new PrerequisiteError(
      `Cannot start a ${role}: the config names no Python whose versions it should have`,
      "Name one with `xcore config set python PATH`.",
    );
  }
  const { caFile, ...files } = tlsFiles(home.tls);
  const read = (file: string) => runtime.files.readText(file);
  return {
    cloud,
    clusterId: config.clusterId,
    tls: {
      authority: await read(caFile),
      certificate: await read(files[role].certFile),
      key: await read(files[role].keyFile),
    },
    python: await probePython(runtime, config.python),
    extraPackages: config.packages,
  };
}
