/** Bundles of launchers that have been made anew. @module */

/**
 * One that is younger may be of a compilation at the same time, whose launcher is not written yet.
 */
const YOUNG_MS = 10 * 60_000;

/**
 * Removes the bundles in a folder that neither the launcher nor any process runs: a daemon goes on
 * to load parts of the one that it was started from.
 *
 * @param current the name of the launcher's; null where there is no launcher any more
 */
export async function removeOldBundles(folder: string, current: string | null): Promise<void> {
  let names: string[];
  try {
    names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  const running = await commandLines();
  if (running === null) return;
  for (const name of names) {
    if (name === current || running.includes(`/${name}/main.js`)) continue;
    try {
      const { mtime } = await Deno.stat(`${folder}/${name}`);
      if (Date.now() - (mtime?.getTime() ?? 0) < YOUNG_MS) continue;
      await Deno.remove(`${folder}/${name}`, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // another compilation was faster
    }
  }
  if (current === null) await Deno.remove(folder).catch(() => {}); // a daemon may run one of them still
}

/** The command lines of all processes; null where they cannot be known. */
async function commandLines(): Promise<string | null> {
  try {
    const { success, stdout } = await new Deno.Command("ps", {
      args: ["-A", "-ww", "-o", "args="],
      stdin: "null",
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout) : null;
  } catch {
    return null;
  }
}
