/** What any machine of a cluster has to know, from what this home and its Python have. @module */

import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { type Role, tlsFiles } from "../dask/tls_files.ts";
import { PrerequisiteError } from "../errors.ts";
import type { Node } from "../node/mod.ts";
import { probePython } from "../python/python_environment.ts";
import type { Runtime } from "../runtime.ts";

/** What a machine has installed, whatever it is for. */
export type Software = Pick<Node, "cloud" | "python" | "extraPackages">;

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
  const software = await softwareFacts(runtime, config, cloud, role);
  const { caFile, ...files } = tlsFiles(home.tls);
  const read = (file: string) => runtime.files.readText(file);
  return {
    ...software,
    clusterId: config.clusterId,
    tls: {
      authority: await read(caFile),
      certificate: await read(files[role].certFile),
      key: await read(files[role].keyFile),
    },
  };
}

/**
 * Those of them that are the same for every machine.
 *
 * @param what it is to be, `scheduler`
 * @throws {PrerequisiteError} the config names no Python, or one that cannot be used
 */
export async function softwareFacts(
  runtime: Runtime,
  config: Config,
  cloud: Node["cloud"],
  what: string,
): Promise<Software> {
  if (config.python === null) {
    throw new PrerequisiteError(
      `Cannot start a ${what}: the config names no Python whose versions it should have`,
      "Name one with `xcore config set python PATH`.",
    );
  }
  return {
    cloud,
    python: await probePython(runtime, config.python),
    extraPackages: config.packages,
  };
}
