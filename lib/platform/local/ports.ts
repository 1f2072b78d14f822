/** Ports for the scheduler on this machine. @module */

import { join } from "node:path";
import type { Home } from "../../config/home.ts";
import { ConflictError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { portIsFree } from "./port_is_free.ts";

const LAST_PORT = 65_535;

/** A pair of neighbours: Dask's own port and the one for the dashboard and `/xcore/*`. */
export interface PortPair {
  readonly schedulerPort: number;
  readonly dashboardPort: number;
}

const PORT_LINE = /^(?:scheduler|dashboard)_port:\s*(\d+)/gm;

/** The ports in the configs of the other clusters in this root: theirs, also while they do not run. */
export async function portsOfOthers(runtime: Runtime, home: Home): Promise<Set<number>> {
  const { files } = runtime;
  const clusters = join(home.root, "clusters");
  const folders = [home.root, ...(await files.list(clusters)).map((name) => join(clusters, name))];
  const others = folders.filter((folder) => folder !== home.dir).map((folder) => join(folder, "config.yaml"));
  // As text: one that is broken has its ports, too; one that cannot be read is of no concern here.
  const texts = await Promise.all(others.map((path) => files.readTextIfExists(path).catch(() => null)));
  return new Set(
    texts.flatMap((text) => [...(text ?? "").matchAll(PORT_LINE)].map(([, port]) => Number(port))),
  );
}

/**
 * The first pair of neighbouring TCP ports, each pair from an even distance to `start`, that nothing on this machine uses
 * now.
 *
 * @param taken ports that are not to be had, though nothing may use them now
 * @param start the first port to try
 * @throws {ConflictError} there is none up to 65535
 */
export function freePortPair(taken: ReadonlySet<number> = new Set(), start = 8786): PortPair {
  const isFree = (port: number) => !taken.has(port) && portIsFree(port);
  for (let port = start; port < LAST_PORT; port += 2) {
    if (isFree(port) && isFree(port + 1)) return { schedulerPort: port, dashboardPort: port + 1 };
  }
  throw new ConflictError(
    `Cannot find two free ports from ${start} on: all are in use`,
    "Set scheduler_port and dashboard_port in the config by hand.",
  );
}
