/** Which process listens on a port, for a message. @module */

import type { Runtime } from "../../runtime.ts";

const LISTENS = "0A";

/** A process that listens. */
export interface PortOwner {
  readonly pid: number;
  /** Its command line, at most 80 characters; empty when unknown. */
  readonly command: string;
}

/** The process that listens on a TCP port; null when nobody does, or this system does not tell. */
export async function portOwner(runtime: Runtime, port: number): Promise<PortOwner | null> {
  try {
    const pid = runtime.os === "linux" ? await pidByProc(runtime, port) : await pidByLsof(runtime, port);
    if (pid === null) return null;
    const { stdout } = await runtime.run(["ps", "-ww", "-o", "command=", "-p", String(pid)]);
    return { pid, command: stdout.trim().replaceAll(/\s+/g, " ").slice(0, 80) };
  } catch {
    return null; // a program that is missing here costs a detail of a message, no more
  }
}

/**
 * The inode of the socket that listens on a port, from the text of /proc/net/tcp or tcp6; null when none does.
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
