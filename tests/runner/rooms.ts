/**
 * Test files of a folder as one program: each file that Deno runs on its own loads what it tests
 * anew, which takes longer than most of their tests.
 * @module
 */

import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Runs the tests of files, those of a folder after each other in one program. Names of failed tests
 * still have their own file.
 *
 * @param root the absolute path that the files' paths begin at
 * @param files the largest folder begins
 * @param run with the programs' paths; they are gone afterwards
 */
export async function inRooms<T>(
  root: string,
  files: Iterable<string>,
  run: (rooms: readonly string[]) => Promise<T>,
): Promise<T> {
  const rooms = Object.entries(Object.groupBy(files, dirname))
    .map(([folder, files = []]) => ({ folder, files }))
    .toSorted((a, b) => b.files.length - a.files.length);
  const made = await Deno.makeTempDir({ prefix: "xcore-rooms-" });
  try {
    const paths = rooms.map(({ folder, files }) => {
      const path = join(made, `${folder.replaceAll("/", "-")}_test.ts`);
      const imports = files.toSorted().map((file) => `import "${pathToFileURL(join(root, file))}";\n`);
      Deno.writeTextFileSync(path, imports.join(""));
      return path;
    });
    return await run(paths);
  } finally {
    await Deno.remove(made, { recursive: true });
  }
}
