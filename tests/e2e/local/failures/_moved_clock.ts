/** A wall clock that a test can set, for the programs that are started with it. Linux, and a C compiler. @module */

import assert from "node:assert/strict";

const SOURCE = new URL("moved_clock.c", import.meta.url).pathname;

/** A clock that shows the machine's time until it is set. */
export interface MovedClock {
  /** Environment variables that give it to a program, and to all that this starts. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets it, everywhere at once, to the machine's time and so many seconds more; negative: back. */
  setOffset(seconds: number): Promise<void>;
}

/** Runs `body` with a clock of its own. */
export async function withMovedClock(body: (clock: MovedClock) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-e2e-clock-" });
  const [library, file] = [`${folder}/moved_clock.so`, `${folder}/offset`];
  const setOffset = async (seconds: number) => {
    // In its place: programs have this very file in their memory.
    using open = await Deno.open(file, { write: true, create: true });
    await open.write(new Uint8Array(new BigInt64Array([BigInt(seconds)]).buffer));
  };
  try {
    assert.ok(
      await succeeds("cc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", library, SOURCE, "-ldl"),
    );
    await setOffset(0);
    await body({ env: { LD_PRELOAD: library, XCORE_TEST_CLOCK: file }, setOffset });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function succeeds(program: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args, stdout: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
