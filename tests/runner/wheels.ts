/**
 * The wheels that an instance without a prepared environment fetches: Dask as the tests' Python has
 * it, what it needs, and uv. Kept in the user's cache, as no test that boots an instance can reach
 * a package index.
 * @module
 */

import { UV_VERSION } from "../../lib/python/pinned_uv.ts";
import { cacheFolder, keyOf } from "../../tools/cache.ts";
import { exists } from "../../tools/files.ts";

const REQUIREMENTS = new URL("../requirements.txt", import.meta.url);
const RECORDED = ["dask", "distributed", "cloudpickle", "msgpack", "tornado"];

/** The uv that instances fetch, as pip is asked for it. */
export const UV_REQUIREMENT = `uv==${UV_VERSION}`;

/** What a first user's machine has recorded: name → version. */
export async function recordedVersions(): Promise<Record<string, string>> {
  const lines = (await Deno.readTextFile(REQUIREMENTS)).split("\n").map((line) => line.split("=="));
  return Object.fromEntries(lines.filter(([name = ""]) => RECORDED.includes(name)));
}

/**
 * The version of the Python that instances have, as they boot this computer's own root: `3.11.2`.
 */
export async function instancePython(): Promise<string> {
  const { stdout } = await new Deno.Command("/usr/bin/python3", { args: ["--version"] }).output();
  return new TextDecoder().decode(stdout).trim().split(" ")[1]!;
}

/**
 * A folder with the wheels, fetched if they are not there.
 *
 * @param python whose pip fetches them
 * @throws {Error} they cannot be had
 */
export async function wheelFolder(python: string): Promise<string> {
  const minor = (await instancePython()).split(".").slice(0, 2).join(".");
  const pins = Object.entries(await recordedVersions()).map(([name, version]) => `${name}==${version}`);
  // What uv seeds an environment with; from Python 3.12 on with pip alone.
  const wanted = [...pins, UV_REQUIREMENT, "pip", "setuptools", "wheel"];
  const folder = `${cacheFolder("xcore-tests")}/${await keyOf("wheels", [
    minor,
    Deno.build.arch,
    ...wanted,
  ])}`;
  if (await exists(`${folder}/.ready`)) return folder;
  console.error(`Fetching the packages of an instance with Python ${minor} …`);
  const { success, stderr } = await new Deno.Command(python, {
    args: [
      ...["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--dest", folder],
      ...["--only-binary", ":all:", "--python-version", minor, ...wanted],
    ],
    stdin: "null",
  }).output();
  if (!success) throw new Error(`pip cannot fetch wheels: ${new TextDecoder().decode(stderr)}`);
  await Deno.writeTextFile(`${folder}/.ready`, "");
  return folder;
}
