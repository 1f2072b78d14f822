/** Ports for the scheduler on this machine. @module */

import { ConflictError } from "../errors.ts";
import { portIsFree } from "../provider/local/ports.ts";

const LAST_PORT = 65_535;

/** A pair of neighbours: Dask's own port and the one for the dashboard and `/xcore/*`. */
export interface PortPair {
  readonly schedulerPort: number;
  readonly dashboardPort: number;
}

/**
 * The first pair of neighbouring TCP ports, each pair from an even distance to `start`, that nothing on this machine uses
 * now.
 *
 * @param start the first port to try
 * @throws {ConflictError} there is none up to 65535
 */
export function freePortPair(start = 8786): PortPair {
  for (let port = start; port < LAST_PORT; port += 2) {
    if (portIsFree(port) && portIsFree(port + 1)) return { schedulerPort: port, dashboardPort: port + 1 };
  }
  throw new ConflictError(
    `Cannot find two free ports from ${start} on: all are in use`,
    "Set scheduler_port and dashboard_port in the config by hand.",
  );
}
