/** A walk through a cluster's life on a booting cloud, step after step, and the first steps of such a walk by a page. */

import assert from "node:assert/strict";
import type { TestCluster } from "../e2e/local/harness.ts";
import type { Reader } from "../e2e/local/page.ts";

/** Seconds that a wait for a busy cloud may take. */
export const TIMEOUT_S = 180;

/** Takes the steps of a test: one that fails leaves nothing to go on with. */
export function stepsOf(t: Deno.TestContext): (name: string, body: () => Promise<void>) => Promise<void> {
  return async (name, body) => assert.ok(await t.step(name, body), name);
}

/** Types a page's first two blocks, which make a key and the config; returns what init said, of which nothing is a complaint. */
export async function typeInit(
  reader: Reader,
  provider: "aws" | "gcp",
  own: Readonly<Record<string, string>> = {},
): Promise<string> {
  await reader.types("ssh-keygen");
  const said = await reader.types(`xcore init ${provider}`, own);
  assert.match(said, /^✓ SSH key: .*\/\.ssh\/id_ed25519\.pub \(ssh-ed25519\)$/m);
  assert.doesNotMatch(said, /^[✗!]/m);
  return said;
}

/** Types the block that starts the cluster, and starts it once more, which changes nothing. */
export async function typeStart(cluster: TestCluster, reader: Reader): Promise<void> {
  assert.match(
    await reader.types("xcore start"),
    /^The cluster is running: tls:\/\/198\.18\.\d+\.\d+:8786$/m,
  );
  assert.match(await cluster.ok("start"), /^The cluster is already running: .* Nothing was changed\.$/m);
  assert.equal(await cluster.ok("start", "--plan"), "Nothing would be created: the cluster is running.\n");
}

/** Waits until the cluster runs, and nothing is wrong. */
export async function allIsWell(cluster: TestCluster): Promise<void> {
  await cluster.until(
    "the cluster runs, and nothing is wrong",
    ({ cluster, problems }) => cluster.state === "running" && problems.length === 0,
    TIMEOUT_S,
  );
}
