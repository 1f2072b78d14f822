/** "Deno 2.7.14 or newer": the newest that was tried makes the program, too, and runs it. */

import assert from "node:assert/strict";
import { cacheFolder } from "../../../tools/cache.ts";
import { needing } from "../../support/needs.ts";
import { withCluster } from "./harness.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** npm may have to fetch 45 MB. */
const WITHIN_MS = 240_000;

/** npm's latest on 2026-11-29. Fixed, so that a Deno released overnight fails nobody's change: raise it now and then. */
const LATEST = ["npx", "-y", "deno@2.9.6"];

/** Packages as this Deno wants them: another one's notes on them are not for it. */
const ENV = {
  DENO_DIR: `${cacheFolder("xcore-tests")}/deno-latest`,
  npm_config_fetch_retries: "1",
  NO_COLOR: "1",
};

async function output(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const [program = "", ...args] = command;
  const child = new Deno.Command(program, {
    ...{ args, cwd: ROOT, env: { ...ENV, ...env }, stdin: "null", stdout: "piped", stderr: "piped" },
    signal: AbortSignal.timeout(WITHIN_MS),
  }).spawn();
  const { code, stdout, stderr } = await child.output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.equal(code, 0, `${command.join(" ")}: exit code ${code}\n${out}${err}`);
  return out!;
}

const version = await output([...LATEST, "--version"]).catch(() => null);
const lack = version === null
  ? `npx cannot fetch ${LATEST.at(-1)}: install Node.js, or check the network`
  : null;

Deno.test(needing(lack, "the newest Deno makes a program that runs a job", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "xcore-latest-" }));
  try {
    const make = `import { compileIfStale } from "./tools/compile.ts";
        await compileIfStale({ folder: ${
      JSON.stringify(folder)
    }, runtime: { state: "none", why: "a test" } });`;
    await output([...LATEST, "eval", make]);
    const binary = `${folder}/xcore`;
    const [, latest] = /^deno (\S+)/.exec(version!)!;
    assert.match(await output([binary, "-V"]), new RegExp(`; Deno ${latest}\\)$`, "m"));

    // What its bundler makes of the clouds' clients, which are written for Node, shows when they are loaded.
    const text = await Deno.readTextFile(binary);
    const [, deno] = /^deno='(.*)'$/m.exec(text)!;
    const [, bundle] = /^for bundle in "\$here"\/'(.*)\/main\.js'; do /m.exec(text)!;
    const load = `const folder = ${JSON.stringify(`${folder}/${bundle}`)};
        let parts = 0;
        for (const { name } of Deno.readDirSync(folder)) {
          if (/^client-.*\\.js$/.test(name)) await import(folder + "/" + name), parts++;
        }
        console.log(parts);`;
    assert.equal(await output([deno!, "eval", "--no-config", load]), "2\n");

    await withCluster({ max_idle_time_s: 1 }, async (cluster) => {
      const job = `from dask.distributed import Client
from crosscore import cluster
print(Client(cluster.get_url()).submit(lambda: 6 * 7).result())`;
      assert.equal(await cluster.pythonOk("-c", job), "42\n");
    }, { binary });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}));
