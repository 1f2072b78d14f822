/**
 * That a further platform takes one folder and one line: all else of xcore knows it by its
 * descriptor.
 */

import assert from "node:assert/strict";
import { clusterOf } from "../../lib/cluster/cluster.ts";
import { buildImage } from "../../lib/cluster/cluster_image.ts";
import { ssh } from "../../lib/cluster/ssh.ts";
import { loadConfig } from "../../lib/config/load_config.ts";
import { parseConfig } from "../../lib/config/parse_config.ts";
import { ConfigError, NotFoundError, PrerequisiteError, UsageError } from "../../lib/errors.ts";
import { type Platform } from "../../lib/platform/platform.ts";
import { platformOf, platforms, registerPlatform } from "../../lib/platform/platforms.ts";
import { run, suggested, valuesOf } from "../unit/cli/_run.ts";
import { placeWith } from "../unit/config/_home.ts";
import { attemptOf, namesOf, providerContract, type ProviderHarness } from "../contract/provider/contract.ts";
import { testPython } from "../support/test_python.ts";
import { toyCloud } from "./toy/toy_cloud.ts";
import { toy } from "./toy/toy.ts";

registerPlatform(toy); // the one line

const ORDER: ProviderHarness["order"] = {
  ...{ pool: "default", type: "object", accelerator: null, acceleratorCount: 0, resources: {} },
  ...{ zone: null, market: "on-demand", slots: 1 },
};

/** The config of a cluster on it. */
const textOf = (clusterId: string) => `provider: toy\ncluster_id: ${clusterId}\nmax_workers: 3\n`;

/** Clusters of one account, until they are disposed of. */
async function toyPlace() {
  const place = await placeWith(textOf("xcore-00000001"));
  const { runtime, home } = place;
  const providerOf = async (clusterId: string) =>
    await toy.provider({ runtime, home, config: await parseConfig(textOf(clusterId), home.config) });
  return { ...place, cloud: toyCloud(home.root, runtime.clock), providerOf };
}

async function harness(): Promise<ProviderHarness> {
  const { runtime, cloud, providerOf, [Symbol.asyncDispose]: dispose } = await toyPlace();
  const [provider, another, stranger] = await Promise.all(
    ["xcore-00000001", "xcore-00000001", "xcore-00000002"].map(providerOf),
  );
  return {
    provider: provider!,
    another: () => another!,
    stranger: () => stranger!,
    order: ORDER,
    accelerator: "T4",
    foreign() {
      const { id } = cloud.put("by-hand", "worker-0", null);
      const isThere = () => Promise.resolve(cloud.instances().some((one) => one.id === id));
      return Promise.resolve({ id, isThere });
    },
    allowOnly(names) {
      cloud.allowed = names;
      return Promise.resolve();
    },
    async until(isSo) {
      while (!await isSo()) await runtime.clock.sleep(5);
    },
    print({ id }, text) {
      cloud.instances().find((one) => one.id === id)!.console += text;
      return Promise.resolve();
    },
    trouble: null,
    dispose: async () => await dispose(),
  };
}

providerContract("toy", harness, { most: 2500, troubled: false });

Deno.test("a config may name a platform that is registered, and no other", async () => {
  assert.equal((await parseConfig(textOf("xcore-00000001"), "config.yaml")).provider as string, "toy");
  const other = textOf("xcore-00000001").replace("toy", "cardboard");
  await assert.rejects(parseConfig(other, "config.yaml"), ConfigError);
  const provider = "cardboard" as Parameters<typeof platformOf>[0]["provider"];
  assert.throws(() => platformOf({ provider }), PrerequisiteError);
});

Deno.test("`xcore init` offers, checks and writes a config for a platform that is registered", async () => {
  await using place = await placeWith(null);
  const { dir } = place.home;
  assert.ok(valuesOf(await suggested(dir, ["init", ""])).includes("toy"));
  const { code, out } = await run(dir, ["init", "toy", "--python", testPython()]);
  assert.equal(code, 0, out);
  assert.match(out, /^✓ Memory: /m);
  assert.equal((await loadConfig(place.runtime, place.home)).provider as string, "toy");
});

Deno.test("the verbs make, use and remove a cluster on it, and ask what it can do", async () => {
  await using place = await toyPlace();
  const cluster = await clusterOf(place, await loadConfig(place.runtime, place.home));
  const said: string[] = [];
  assert.equal((await cluster.base.up((line) => said.push(line))).state, "up");
  assert.equal(said.length, 1);
  const { instances } = await cluster.provider.launch(attemptOf(ORDER, ["worker-0"]));
  assert.deepEqual(namesOf(instances), ["worker-0"]);
  // Workers of this machine are refused; a machine without an address is one to wait for.
  await assert.rejects(ssh(place, "worker-0", []), NotFoundError);
  await assert.rejects(buildImage(place, { gpu: false }, () => Promise.resolve(true), () => {}), UsageError);
  assert.deepEqual(await cluster.base.resources(), ["object xcore-00000001"]);
  await cluster.base.down(() => {});
  assert.deepEqual(await cluster.base.resources(), []);
});

Deno.test("each platform says all that a verb asks of it", () => {
  const incomplete = (platform: Platform) =>
    platform.title === "" || platform.gpuHint === "" ||
    (platform.userData !== null && platform.userData.cloud !== platform.name);
  assert.deepEqual(platforms().filter(incomplete).map(({ name }) => name), []);
  assert.deepEqual(platforms().map(({ name }) => name), ["aws", "gcp", "local", "toy"]);
});
