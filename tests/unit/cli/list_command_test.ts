import assert from "node:assert/strict";
import type { ListedCluster } from "../../../lib/cluster/list_clusters.ts";
import { listText, othersText } from "../../../lib/cli/list_text.ts";
import { assertWording } from "../../support/wording.ts";
import { withDaemon, withHome } from "./_home.ts";
import { run } from "./_run.ts";
import { ago, busy, NOW_MS, status } from "./_status.ts";

const LOCAL = "provider: local\ncluster_name: mine\ncluster_id: mine-01234567\n";
const AWS = "provider: aws\ncluster_name: gpu\ncluster_id: gpu-0a1b2c3d\nregion_name: eu-west-2\n";

/** A cluster on a cloud that runs and costs. */
const RUNS = status({
  cluster: { name: "gpu", id: "gpu-0a1b2c3d", provider: "aws" },
  cost: { per_hour_usd: 0.53 },
});

/** The home of a cluster that is down, and one with this config under `-c gpu`, started when that is said. */
async function write(home: string, { gpu, started = false }: { gpu: string; started?: boolean }) {
  await Deno.writeTextFile(`${home}/config.yaml`, LOCAL);
  await Deno.mkdir(`${home}/clusters/gpu/run`, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(`${home}/clusters/gpu/config.yaml`, gpu);
  if (started) await Deno.writeTextFile(`${home}/clusters/gpu/run/made.yaml`, gpu);
}

/** `xcore list --json` in this home. */
async function listed(home: string): Promise<ListedCluster[]> {
  const { code, out } = await run(home, ["list", "--json"]);
  assert.equal(code, 0);
  return JSON.parse(out).clusters;
}

const short = (found: readonly ListedCluster[]) =>
  found.map(({ cluster, name, provider, state, per_hour_usd }) => [
    ...[cluster, name, provider, state, per_hour_usd],
  ]);

Deno.test("xcore list asks the daemon of each cluster, and none of those that are shut down", () =>
  withHome(async (home) => {
    await write(home, { gpu: AWS });
    const down = [null, "mine", "local", "down", 0];
    await withDaemon(home, () => RUNS, async () => {
      assert.deepEqual(short(await listed(home)), [down, ["gpu", "gpu", "aws", "running", 0.53]]);
    }, "gpu");
    assert.deepEqual(short(await listed(home)), [down, ["gpu", "gpu", "aws", "down", 0]]);
  }));

Deno.test("xcore list says when a cluster was shut down", () =>
  withHome(async (home) => {
    await write(home, { gpu: AWS });
    const endedAtMs = Date.UTC(2026, 10, 30);
    await Deno.writeTextFile(`${home}/shutdown.json`, JSON.stringify({ beganAtMs: 1, endedAtMs }));
    assert.equal((await listed(home))[0]!.since, new Date(endedAtMs).toISOString());
  }));

Deno.test("xcore list tells what it cannot know of one cluster, and lists the others", () =>
  withHome(async (home) => {
    await write(home, { gpu: "provider: mars\n" });
    const [mine, gpu] = await listed(home);
    assert.equal(mine!.state, "down");
    assert.deepEqual([gpu!.cluster, gpu!.state, gpu!.per_hour_usd], ["gpu", "unknown", null]);
    assert.ok(gpu!.error!.hint.length > 0);
  }));

Deno.test("xcore list of a home without a cluster says what makes one", () =>
  withHome(async (home) => {
    assert.equal((await run(home, ["list"])).code, 3);
    assert.deepEqual(await listed(home), []);
  }));

Deno.test("xcore status names other clusters that cost, and those that may", () =>
  withHome(async (home) => {
    await write(home, { gpu: AWS, started: true });
    await withDaemon(home, busy, async () => {
      assert.match((await run(home, ["status"])).out, /gpu \(aws\)\. See `xcore list`/);
      await withDaemon(home, () => RUNS, async () => {
        assert.match((await run(home, ["status"])).out, /gpu \(aws, \$0\.53 an hour\)/);
        assert.doesNotMatch((await run(home, ["status", "-c", "gpu"])).out, /xcore list/);
      }, "gpu");
      await Deno.remove(`${home}/clusters/gpu/run/made.yaml`);
      assert.doesNotMatch((await run(home, ["status"])).out, /xcore list/);
    });
  }));

Deno.test("xcore doctor --all-clusters checks each, also beside one that is broken", () =>
  withHome(async (home) => {
    await write(home, { gpu: "provider: mars\n" });
    const { code, out } = await run(home, ["doctor", "--all-clusters", "--json"]);
    assert.notEqual(code, 0);
    const { clusters } = JSON.parse(out);
    assert.deepEqual(clusters.map(({ cluster }: { cluster: string | null }) => cluster), [null, "gpu"]);
    assert.ok(clusters[0].checks.length > 5);
    assert.equal(clusters[1].checks[0].outcome, "failed");
    assert.equal((await run(home, ["-c", "gpu", "doctor", "--all-clusters"])).code, 2);
  }));

function cluster(over: Partial<ListedCluster> = {}): ListedCluster {
  return {
    ...{ cluster: "gpu", name: "gpu", id: "gpu-0a1b2c3d", provider: "aws", state: "running" },
    ...{ per_hour_usd: 0.53, since: ago(7200), home: "/h/clusters/gpu", error: null },
    ...over,
  };
}

Deno.test("listText() has a row a cluster, and what all cost", () => {
  const local = cluster({ cluster: null, name: "xcore", provider: "local", per_hour_usd: 0 });
  const error = { message: "the cloud does not answer", hint: "Wait a minute." };
  const silent = cluster({
    cluster: "md",
    name: "md",
    state: "unknown",
    per_hour_usd: null,
    since: null,
    error,
  });
  const down = cluster({ cluster: "old", name: "old", state: "down", per_hour_usd: 0 });
  assertWording("status", "a list of clusters", listText([local, cluster(), silent, down], NOW_MS));
  assertWording(
    "status",
    "a list of two that cost",
    listText([cluster(), cluster({ cluster: "b" })], NOW_MS),
  );
  assert.equal(listText([cluster()], NOW_MS).split("\n").length, 2, "no sum of one");
  assert.equal(othersText([]), "");
});
