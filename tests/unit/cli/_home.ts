/** A home with a daemon in it that tells what the test wants told. */

import { serveControl } from "../../../lib/daemon/control.ts";
import { homeOf } from "../../../lib/config/home.ts";
import type { Home } from "../../../lib/config/home.ts";
import type { Status } from "../../../lib/model/mod.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";

/** Runs `body` with a fresh home, which is gone afterwards. */
export async function withHome(body: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "xcore-cli-" }));
  try {
    await body(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/**
 * Answers for the daemon of a home while `body` runs.
 *
 * @param tell the status to answer with; asked at each request
 */
export async function withDaemon(
  root: string,
  tell: () => Status | Promise<Status>,
  body: (home: Home) => Promise<void>,
  cluster?: string,
): Promise<void> {
  const runtime = systemRuntime(null);
  const env = (name: string) => name === "XCORE_HOME" ? root : undefined;
  const home = homeOf({ ...runtime, env }, cluster);
  await runtime.files.mkdir(home.dir);
  const close = await serveControl(runtime, home, {
    status: async () => await tell(),
    stop() {
      throw new Error("nobody is to stop it");
    },
  });
  try {
    await body(home);
  } finally {
    await close();
  }
}
