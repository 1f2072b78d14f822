/**
 * A mirror of Debian for instances that reach none: GROMACS and what it needs that this computer lacks, as its own apt gets
 * them, whose root the instances share. Kept in the user's cache.
 * @module
 */

import { cacheFolder } from "../../tools/cache.ts";
import type { Lack } from "../support/needs.ts";

/** What the example of packer/ installs. */
const WANTED = "gromacs";

/** Tell a test where the packages are, or what the runner has found missing. */
const FOLDER = "XCORE_TEST_DEBS";
const LACK = "XCORE_TEST_NO_DEBS";

/** What tells a test's programs of them. Never throws: what goes wrong is what is missing. */
export async function debianPackages(): Promise<Readonly<Record<string, string>>> {
  const folder = `${cacheFolder("xcore-tests")}/debs-${Deno.build.arch}`;
  try {
    await Deno.mkdir(`${folder}/partial`, { recursive: true });
    const fetch = ["-qq", "install", "-y", "--no-install-recommends", "--download-only"]
      .concat(["-o", `Dir::Cache::archives=${folder}`, "-o", "Debug::NoLocking=1", WANTED]);
    const failed = await aptGet(fetch);
    if (failed !== null) {
      await aptGet(["-qq", "update"]);
      const again = await aptGet(fetch);
      if (again !== null) return { [LACK]: `apt-get cannot fetch ${WANTED}: ${again}` };
    }
    return { [FOLDER]: folder };
  } catch (error) {
    return { [LACK]: error instanceof Error ? error.message : String(error) };
  }
}

/** What a test lacks that installs them. */
export function lackOfDebs(): Lack {
  return Deno.env.get(LACK) ??
    (Deno.env.has(FOLDER) ? null : "no Debian packages were fetched: `deno task test aws` does it");
}

/** Serves them as a repository of one folder, at an address that instances reach; returns its line of sources.list. */
export async function serveDebs(hostname: string): Promise<{ readonly source: string } & AsyncDisposable> {
  const folder = Deno.env.get(FOLDER)!;
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".deb"));
  const index = (await Promise.all(names.map((name) => paragraphOf(`${folder}/${name}`, name)))).join("\n");
  const server = Deno.serve({ hostname, port: 0, onListen: () => {} }, async (request) => {
    const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
    if (name === "Packages") return new Response(index);
    if (!names.includes(name)) return new Response(null, { status: 404 });
    return new Response((await Deno.open(`${folder}/${name}`)).readable);
  });
  return {
    source: `deb [trusted=yes] http://${hostname}:${server.addr.port}/ ./`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** What a repository's index has of a package. */
async function paragraphOf(path: string, name: string): Promise<string> {
  const { stdout } = await new Deno.Command("dpkg-deb", { args: ["--field", path] }).output();
  const bytes = await Deno.readFile(path);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  const fields = new TextDecoder().decode(stdout).trimEnd();
  return `${fields}\nFilename: ./${name}\nSize: ${bytes.length}\nSHA256: ${sha256}\n`;
}

/** The last line of what it complains of; null when all went well. */
async function aptGet(args: readonly string[]): Promise<string | null> {
  const { success, stderr } = await new Deno.Command("apt-get", { args: [...args], stdin: "null" }).output();
  return success ? null : new TextDecoder().decode(stderr).trim().split("\n").at(-1)!;
}
