/** A real Python for a test that asks one for its packages, and runs no job in it. @module */

import { dirname, join } from "node:path";
import { testPython } from "./test_python.ts";

/**
 * Makes an environment of the tests' own interpreter below a folder, whose `distributed`, if it has
 * one, is empty: to import the real one takes most of a second.
 *
 * @returns the path of its interpreter
 */
export async function smallPython(folder: string, distributed: string | null = "2026.8.0"): Promise<string> {
  const interpreter = await Deno.realPath(testPython());
  const bin = join(folder, "bin");
  await Deno.mkdir(bin, { recursive: true });
  await Deno.symlink(interpreter, join(bin, "python"));
  await Deno.writeTextFile(
    join(folder, "pyvenv.cfg"),
    `home = ${dirname(interpreter)}\ninclude-system-site-packages = false\n`,
  );
  if (distributed !== null) {
    const library = join(dirname(dirname(testPython())), "lib");
    const { name } = [...Deno.readDirSync(library)].find(({ name }) => /^python3\.\d+$/.test(name))!;
    const packages = join(folder, "lib", name, "site-packages");
    await Deno.mkdir(join(packages, "distributed"), { recursive: true });
    await Deno.writeTextFile(join(packages, "distributed", "__init__.py"), "");
    const about = join(packages, `distributed-${distributed}.dist-info`);
    await Deno.mkdir(about);
    const metadata = `Metadata-Version: 2.1\nName: distributed\nVersion: ${distributed}\n`;
    await Deno.writeTextFile(join(about, "METADATA"), metadata);
  }
  return join(bin, "python");
}
