/** A disk of a few megabytes, in memory, that a test can fill. @module */

import assert from "node:assert/strict";

/** Whether this process may mount one: it takes root, and in a container its leave. */
export const CAN_MOUNT = await mayMount();

/** A disk that is there for one test. */
export interface TinyDisk {
  readonly folder: string;
  /** Leaves no byte free. */
  fill(): Promise<void>;
  /** Takes back what {@linkcode fill} took. */
  empty(): Promise<void>;
}

/** Runs `body` with a disk of its own. */
export async function withTinyDisk(
  megabytes: number,
  body: (disk: TinyDisk) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-e2e-disk-" });
  const filler = `${folder}/filler`;
  await run("mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "xcore-test", folder);
  try {
    await body({ folder, fill: () => fill(filler), empty: () => Deno.remove(filler) });
  } finally {
    await run("umount", folder);
    await Deno.remove(folder);
  }
}

async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { create: true, append: true });
  for (const bytes of [65_536, 4096, 1]) {
    try {
      for (;;) await file.write(new Uint8Array(bytes));
    } catch (error) {
      if ((error as { code?: string }).code !== "ENOSPC") throw error;
    }
  }
}

async function mayMount(): Promise<boolean> {
  const folder = await Deno.makeTempDir();
  try {
    await run("mount", "-t", "tmpfs", "-o", "size=64k", "xcore-test", folder);
    await run("umount", folder);
    return true;
  } catch {
    return false;
  } finally {
    await Deno.remove(folder);
  }
}

async function run(...command: string[]): Promise<void> {
  const [program = "", ...args] = command;
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  assert.ok(success, `${command.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
