/** What the scheduler's process says of itself, which is where the workers have to go. @module */

import { join } from "node:path";
import type { Home } from "../../config/home.ts";
import { SCHEDULER } from "../../model/mod.ts";
import type { Runtime } from "../../runtime.ts";
import { nodeFiles } from "./node_files.ts";
import { type Claim, parseClaim, parseObject } from "./pid_file.ts";
import type { Program } from "./program.ts";

/** Where a scheduler on this machine listens. */
export interface Address {
  /** Dask's own port. */
  readonly port: number;
  /** The mutual-TLS port of the preload. */
  readonly httpPort: number;
}

/** The scheduler's process and its ports, which stay when the config's change. */
export interface SchedulerClaim extends Claim, Address {}

/** A run of the scheduler as a program. */
export function schedulerProgram(home: Home, clusterId: string, attempt: string): Program {
  return {
    clusterId,
    name: SCHEDULER,
    attempt,
    script: nodeFiles(home).scheduler,
    claimFile: join(home.run, "scheduler.json"),
    endingFile: join(home.run, "scheduler.ending"),
  };
}

/** The scheduler's claim; null when there is none, `damaged` when it does not say what it should. */
export async function readSchedulerClaim(
  runtime: Runtime,
  home: Home,
): Promise<SchedulerClaim | "damaged" | null> {
  const text = await runtime.files.readTextIfExists(schedulerProgram(home, "", "").claimFile);
  if (text === null) return null;
  const claim = parseClaim(text);
  const { port, http_port: httpPort } = parseObject(text) ?? {};
  if (claim?.name !== SCHEDULER || !isPort(port) || !isPort(httpPort)) return "damaged";
  return { ...claim, port, httpPort };
}

/** The URL by which workers and clients reach a scheduler on this machine. */
export function schedulerUrl(port: number): string {
  return `tls://127.0.0.1:${port}`;
}

/** Whether it is a TCP port's number. */
export function isPort(value: unknown): value is number {
  return Number.isInteger(value) && value as number > 0 && value as number < 65_536;
}
