import assert from "node:assert/strict";
import { clusterLedger } from "../../../lib/cluster/cluster_ledger.ts";
import type { Cluster } from "../../../lib/cluster/cluster.ts";
import { endWorkersOf } from "../../../lib/cluster/end_workers.ts";
import { runText } from "../../../lib/cluster/shutdown.ts";
import { loadConfig } from "../../../lib/config/load_config.ts";
import type { Fact } from "../../../lib/model/mod.ts";
import { openHistory, pastLives } from "../../../lib/status/history.ts";
import { instance } from "../../support/fakes/builders.ts";
import { World } from "../../support/fakes/world.ts";
import { assertWording } from "../../support/wording.ts";
import { placeWith } from "../config/_home.ts";

/** With its address the worker's machine costs a tenth of a cent a second, the scheduler's a hundredth. */
const CONFIG = `provider: aws
region_name: us-east-1
cluster_id: xcore-01234567
scheduler_type: t3.small
prices: {c5.xlarge: 3.595, t3.small: 0.355}
`;

/** A cluster on AWS without a daemon, with a worker and a scheduler an hour old. */
async function place(config = CONFIG) {
  const place = await placeWith(config);
  const world = new World();
  world.clock.wallOffsetMs = 1e12;
  world.instances = [instance("worker-0", { type: "c5.xlarge", ageS: 3600 })];
  world.provider.pace = { ...world.provider.pace, listWhenChangingS: 1 };
  world.cloud.stopS = 3;
  const clock = {
    ...{ nowMs: () => world.clock.nowMs(), monotonicMs: () => world.clock.monotonicMs() },
    sleep: (ms: number) => Promise.resolve(world.clock.advance(ms)),
  };
  const machine = { id: "i-s", address: "192.0.2.1", launchedAtMs: () => Promise.resolve(1e12 - 3_600_000) };
  const base = {
    describe: () => Promise.resolve({ state: "partial", http: null, url: null }),
    machine: () => Promise.resolve({ ...machine, life: () => Promise.resolve("running") }),
  };
  const runtime = { ...place.runtime, clock };
  const cluster = {
    ...{ ...place, runtime, base, provider: world.provider },
    config: await loadConfig(place.runtime, place.home),
  } as unknown as Cluster;
  const lives = () => pastLives(runtime, place.home.history, 0);
  return { ...{ cluster, world, lives }, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
}

Deno.test("clusterLedger() knows what runs where no daemon has recorded anything, and writes nothing by itself", async () => {
  await using at = await place();
  const costs = await clusterLedger(at.cluster);
  costs.listed(await at.world.provider.list(), []);
  await costs.readScheduler(true);
  const { startedMs, sinceStart, perHour } = costs.now();
  assert.equal(startedMs, 1e12 - 3_600_000);
  assert.equal(perHour.instances, 2);
  // 3.60 and 0.36 for an hour, and two disks of 20 GB.
  assert.deepEqual([sinceStart.usd.toFixed(2), sinceStart.unknown], ["3.96", 0]);
  assert.deepEqual(await at.lives(), []);
});

Deno.test("endWorkersOf() records until when workers cost, and how much a run has cost is said after its end", async () => {
  await using at = await place();
  await endWorkersOf(at.cluster, () => {});
  const [life] = await at.lives();
  const seconds = life!.rates.map(({ fromMs, machineUsd }) => [(fromMs - 1e12) / 1000, machineUsd]);
  // Its machine stops at once, and its disk is there until it is gone.
  assert.deepEqual(seconds.at(-1), [0, 0]);
  assert.ok(life!.endedMs! >= 1e12 + 3000);
  const costs = await clusterLedger(at.cluster);
  await costs.readScheduler(false);
  at.world.clock.advance(60_000);
  costs.end();
  await costs.save();
  assert.deepEqual((await at.lives()).map(({ endedMs }) => endedMs === null), [false, false]);
  assert.equal((await clusterLedger(at.cluster)).now().perHour.instances, 0);
  assert.match(runText(costs.now()), /\$3\.97/);
  assertWording("cost", "run", runText({ sinceStart: { usd: 12.5, unknown: 0 } }));
  assertWording("cost", "run with an unknown price", runText({ sinceStart: { usd: 0.5, unknown: 2 } }));
});

Deno.test("endWorkersOf() records what a scheduler has told of its tasks before its end", async () => {
  await using at = await place();
  const { home } = at.cluster;
  const history = openHistory(home.history); // a daemon has been there
  const numbers = { done: 3, failed: 1, skipped: 0, running: 0, waiting: 0 };
  const span = { fromMs: 5000, toMs: 9000 };
  const tasks: Fact = { kind: "tasks", name: "", ...span, content: { functions: [], others: numbers } };
  await endWorkersOf(at.cluster, () => {}, { tasks });
  assert.deepEqual(await history.facts(span), [tasks]);
  history.close();
});

Deno.test("clusterLedger() counts an instance whose price is not known, and nothing on this machine", async () => {
  await using at = await place(CONFIG.replace("c5.xlarge: 3.595, ", ""));
  const costs = await clusterLedger(at.cluster);
  costs.listed(await at.world.provider.list(), []);
  const { sinceStart, perHour } = costs.now();
  assert.deepEqual([sinceStart.unknown, perHour.unknown], [1, 1]);
  await using local = await place("provider: local\ncluster_id: xcore-01234567\n");
  const free = await clusterLedger(local.cluster);
  free.listed(await local.world.provider.list(), []);
  free.endUnwatched();
  await free.save();
  assert.deepEqual([free.costs, free.now().sinceStart], [false, { usd: 0, unknown: 0 }]);
  assert.deepEqual((await local.lives()).map(({ name, startedMs }) => [name, startedMs]), [
    ["worker-0", 1e12 - 3_600_000],
  ]);
});
