/** What stays of a worker that is gone: a note that its attempt has had it. An attempt makes each name once. @module */

import { join } from "node:path";
import type { Home } from "../../config/home.ts";
import type { Runtime } from "../../runtime.ts";
import { readSpec, specFile } from "./launch_file.ts";
import { parseClaim, type Place, placeFiles } from "./pid_file.ts";
import { isUnwritable } from "./unwritable.ts";

/** More notes than this and the oldest go, down to half of it; an attempt is repeated within minutes or never. */
const NOTES = 1000;

/**
 * Puts a worker's claim away and removes its other files. A home that cannot be written is left as it is: looking at
 * what runs must not fail for that.
 */
export async function forget(runtime: Runtime, home: Home, place: Place): Promise<void> {
  const { files } = runtime;
  const { claim, ended, ending, scratch } = placeFiles(home.run, place);
  try {
    await files.mkdir(join(home.run, "ended"));
    // The claim last: whoever is interrupted here finds it again.
    await files.remove(scratch);
    await files.remove(ending);
    await files.rename(claim, ended).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // somebody else was faster
    });
    await dropSpec(runtime, home, place.attempt);
    await dropOldNotes(runtime, home);
  } catch (error) {
    if (!isUnwritable(error)) throw error;
  }
}

/** The launch's own file goes when all its names are gone. */
async function dropSpec(runtime: Runtime, home: Home, attempt: string): Promise<void> {
  const names = (await readSpec(runtime, home, attempt))?.names ?? [];
  const over = await Promise.all(
    names.map((name) => runtime.files.exists(placeFiles(home.run, { attempt, name }).ended)),
  );
  if (!over.includes(false)) await runtime.files.remove(specFile(home, attempt));
}

async function dropOldNotes(runtime: Runtime, home: Home): Promise<void> {
  const folder = join(home.run, "ended");
  const notes = await runtime.files.list(folder);
  if (notes.length <= NOTES) return;
  const dated = await Promise.all(notes.map(async (note) => {
    const text = await runtime.files.readTextIfExists(join(folder, note)).catch(() => null);
    return { note, atMs: parseClaim(text ?? "")?.launchedAtMs ?? 0 };
  }));
  dated.sort((a, b) => a.atMs - b.atMs);
  for (const { note } of dated.slice(0, -NOTES / 2)) await runtime.files.remove(join(folder, note));
}
