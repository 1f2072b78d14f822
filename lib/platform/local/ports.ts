/** TCP ports of this machine: which are free, and who listens on the others. @module */

import { join } from "node:path";
import type { Home } from "../../config/home.ts";
import { ConflictError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { oneLine } from "../../util/one_line.ts";

/** Whether nothing listens on this TCP port of 127.0.0.1, or of all addresses. */
export function portIsFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse || error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}

const LAST_PORT = 65_535;

/** A pair of neighbours: Dask's own port and the one for the dashboard and `/xcore/*`. */
export interface Ports {
  readonly schedulerPort: number;
  readonly dashboardPort: number;
}

const PORT_LINE = /^(?:scheduler|dashboard)_port:\s*(\d+)/gm;

/**
 * The ports in the configs of the other clusters in this root: theirs, also while they do not run.
 */
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
 * The first pair of neighbouring TCP ports, each pair from an even distance to `start`, that
 * nothing on this machine uses now.
 *
 * @param taken ports that are not to be had, though nothing may use them now
 * @param start the first port to try
 * @throws {ConflictError} there is none up to 65535
 */
export function freePortPair(taken: ReadonlySet<number> = new Set(), start = 8786): Ports {
  const isFree = (port: number) => !taken.has(port) && portIsFree(port);
  for (let port = start; port < LAST_PORT; port += 2) {
    if (isFree(port) && isFree(port + 1)) return { schedulerPort: port, dashboardPort: port + 1 };
  }
  throw new ConflictError(
    `Cannot find two free ports from ${start} on: all are in use`,
    "Set scheduler_port and dashboard_port in the config by hand.",
  );
}

const LISTENS = "0A";

/** A process that listens. */
export interface PortOwner {
  readonly pid: number;
  /** Its command line, at most 80 characters; empty when unknown. */
  readonly command: string;
}

/** The process that listens on a TCP port; null when none does, or this system does not tell. */
export async function portOwner(runtime: Runtime, port: number): Promise<PortOwner | null> {
  try {
    const pid = runtime.os === "linux" ? await pidByProc(runtime, port) : await pidByLsof(runtime, port);
    if (pid === null) return null;
    const { stdout } = await runtime.run(["ps", "-ww", "-o", "command=", "-p", String(pid)]);
    return { pid, command: oneLine(stdout).slice(0, 80) };
  } catch {
    return null; // a program that is missing here costs a detail of a message, no more
  }
}

/**
 * The inode of the socket that listens on a port, from the text of /proc/net/tcp or tcp6; null when
 * none does.
 */
export function parseListener(table: string, port: number): string | null {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const row = table.split("\n").map((line) => line.trim().split(/\s+/)).find((columns) =>
    columns[1]?.endsWith(suffix) && columns[3] === LISTENS
  );
  return row?.[9] ?? null;
}

async function pidByProc(runtime: Runtime, port: number): Promise<number | null> {
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    const inode = parseListener(await runtime.files.readTextIfExists(table) ?? "", port);
    if (inode === null) continue;
    const { stdout } = await runtime.run([
      "find",
      "/proc",
      "-maxdepth",
      "3",
      "-path",
      "/proc/[0-9]*/fd/*",
      "-lname",
      `socket:\\[${inode}\\]`,
    ]);
    const [, pid] = /^\/proc\/(\d+)\//m.exec(stdout) ?? [];
    if (pid !== undefined) return Number(pid);
  }
  return null;
}

async function pidByLsof(runtime: Runtime, port: number): Promise<number | null> {
  const { stdout } = await runtime.run(["lsof", "-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fp"]);
  const [, pid] = /^p(\d+)$/m.exec(stdout) ?? [];
  return pid === undefined ? null : Number(pid);
}
