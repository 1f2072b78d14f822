import assert from "node:assert/strict";
import { XcoreError } from "../../lib/errors.ts";
import { systemRuntime } from "../../lib/system_runtime.ts";
import { failure } from "./config/_home.ts";

const { files } = systemRuntime(null);

/** A home, and beside it a folder of somebody's that must stay. */
async function withCanary(body: (home: string, canary: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const [home, canary] = [`${folder}/home`, `${folder}/canary`];
    await Deno.mkdir(`${home}/run/scratch`, { recursive: true });
    await Deno.mkdir(`${canary}/tree`, { recursive: true });
    await body(home, canary);
    assert.ok(await files.exists(`${canary}/tree`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("removeTree() removes a file, a folder with all in it, or nothing", () =>
  withCanary(async (home) => {
    await Deno.writeTextFile(`${home}/run/scratch/file`, "");
    await files.removeTree(`${home}/run/scratch/file`, home);
    await files.removeTree(`${home}/run`, home);
    await files.removeTree(`${home}/run`, home);
    await files.removeTree(`${home}/run/scratch/deeper`, home);
    assert.deepEqual(await files.list(home), []);
  }));

Deno.test("removeTree() removes links and not what they lead to", () =>
  withCanary(async (home, canary) => {
    await Deno.symlink(canary, `${home}/run/scratch/link`);
    await Deno.symlink(canary, `${home}/link`);
    await files.removeTree(`${home}/run/scratch`, home);
    await files.removeTree(`${home}/link`, home);
    assert.deepEqual(await files.list(home), ["run"]);
  }));

Deno.test("removeTree() refuses what is not in the folder, by its name or by a link on the way", () =>
  withCanary(async (home, canary) => {
    await Deno.remove(`${home}/run`, { recursive: true });
    await Deno.symlink(canary, `${home}/run`);
    await Deno.symlink(`${home}/..`, `${home}/up`);
    const paths = ["/run/tree", "/../canary", "/up/canary", "", "/.", "/x/..", "/up/home/run/tree"];
    for (const path of paths) {
      const error = await failure(files.removeTree(`${home}${path}`, home));
      assert.ok(error instanceof XcoreError, `${path}: ${error}`);
    }
    assert.deepEqual(await files.list(home), ["run", "up"]);
  }));

Deno.test("removeTree() in a home that is reached by a link works as elsewhere", () =>
  withCanary(async (home) => {
    await Deno.symlink(home, `${home}/../to-home`);
    await files.removeTree(`${home}/../to-home/run`, `${home}/../to-home`);
    assert.deepEqual(await files.list(home), []);
  }));

Deno.test("remove() never removes more than one file, link or empty folder", () =>
  withCanary(async (home, canary) => {
    await Deno.symlink(canary, `${home}/link`);
    await files.remove(`${home}/link`);
    await assert.rejects(files.remove(`${home}/run`));
    await files.remove(`${home}/run/scratch`);
    await files.remove(`${home}/run`);
    assert.deepEqual(await files.list(home), []);
  }));
