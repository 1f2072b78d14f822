/** A package index for instances, and a person, that reach no other: PyPI's names, this machine's wheels. */

import { join } from "node:path";
import { type Authority, authorityFor } from "../../emulators/authority.ts";
import { USER_ADDRESS } from "../../emulators/person.ts";
import { until } from "./_nodes.ts";

const SERVER = new URL("package_index.py", import.meta.url).pathname;
const NAMES = ["pypi.org", "files.pythonhosted.org"];
/** Where it is a mirror over HTTP. */
const PORT = 8099;

/** What leads a person's pip, and so xcore, to it. */
export const INDEX_ENV: Readonly<Record<string, string>> = {
  PIP_INDEX_URL: `http://${USER_ADDRESS}:${PORT}/simple/`,
  PIP_TRUSTED_HOST: USER_ADDRESS,
  PIP_FIND_LINKS: "",
  XCORE_UV: "",
};

/** An index that serves until the end of the test. */
export interface PackageIndex extends AsyncDisposable {
  /** The requests so far, one a line. */
  requests(): Promise<string>;
}

/** An authority that vouches for an index, made before there is one: a cloud may have its instances trust it. */
export interface IndexAuthority extends AsyncDisposable, Authority {
  readonly folder: string;
}

/** What instances know of an index that their cloud has told them of: see `Ec2Options.hosts`. */
export const INDEX_HOSTS: Readonly<Record<string, string>> = Object.fromEntries(
  NAMES.map((name) => [name, USER_ADDRESS]),
);

/** See {@linkcode IndexAuthority}. */
export async function indexAuthority(): Promise<IndexAuthority> {
  const folder = await Deno.makeTempDir();
  return {
    folder,
    ...await authorityFor(NAMES, folder),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/**
 * Serves the wheels of runner/wheels.ts to the instances of a cloud that runs already, which brings the
 * address to serve at.
 *
 * @param authority the one that the cloud's instances trust
 */
export async function packageIndex(authority: IndexAuthority): Promise<PackageIndex> {
  const wheels = Deno.env.get("XCORE_TEST_WHEELS");
  if (!wheels) {
    throw new Error("XCORE_TEST_WHEELS is not set: run `deno task test aws`, or name a folder of wheels");
  }
  const { folder, certFile, keyFile } = authority;
  const log = join(folder, "log");
  const server = new Deno.Command("bash", {
    args: ["-c", 'exec >"$1" 2>&1 && shift && exec "$@"', "index", log, "/usr/bin/python3", SERVER]
      .concat(wheels, USER_ADDRESS, certFile, keyFile, String(PORT)),
    stdin: "null",
  }).spawn();
  await until("the package index", async () => /^serves/m.test(await Deno.readTextFile(log).catch(() => "")));
  return {
    requests: () => Deno.readTextFile(log),
    async [Symbol.asyncDispose]() {
      server.kill("SIGKILL");
      await server.status;
    },
  };
}
