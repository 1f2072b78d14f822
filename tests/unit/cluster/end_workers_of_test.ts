import assert from "node:assert/strict";
import type { Cluster } from "../../../lib/cluster/cluster.ts";
import { endWorkersOf } from "../../../lib/cluster/end_workers.ts";
import { loadConfig } from "../../../lib/config/load_config.ts";
import { openHistory } from "../../../lib/status/history.ts";
import { placeWith } from "../config/_home.ts";
import { attempt, instance } from "../../support/fakes/builders.ts";
import { World } from "../../support/fakes/world.ts";
import { XcoreError } from "../../../lib/errors.ts";

/** A cluster with a worker, which its history has launched; its scheduler has ended, and no daemon runs. */
async function cluster() {
  const place = await placeWith("provider: local\ncluster_id: xcore-01234567\n");
  const world = new World();
  world.instances = [instance("worker-0")];
  const clock = {
    ...{ nowMs: () => world.clock.nowMs(), monotonicMs: () => world.clock.monotonicMs() },
    sleep: (ms: number) => Promise.resolve(world.clock.advance(ms)),
  };
  const config = await loadConfig(place.runtime, place.home);
  const base = { describe: () => Promise.resolve({ state: "stopped", http: null, url: null }) };
  const runtime = { ...place.runtime, clock };
  const cluster = { ...place, runtime, config, provider: world.provider, base } as unknown as Cluster;
  return {
    cluster,
    world,
    history: place.home.history,
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

Deno.test("endWorkersOf() leaves no instance in the history for which the next daemon would wait", async () => {
  await using at = await cluster();
  const history = openHistory(at.history);
  try {
    await history.openAttempt(attempt(["worker-0"], { id: "1" }));
    await history.closeAttempt("1", { launched: [{ name: "worker-0", id: "i-worker-0" }], error: null });
    assert.equal((await endWorkersOf(at.cluster, () => {})).count, 1);
    assert.deepEqual(at.world.instances, []);
    assert.deepEqual(await history.launched(), []);
  } finally {
    history.close();
  }
});

Deno.test("endWorkersOf() ends the workers of a cluster whose history cannot be used", async () => {
  await using at = await cluster();
  const damaged = "This is a text and no database. ".repeat(100);
  await Deno.writeTextFile(at.history, damaged);
  assert.equal((await endWorkersOf(at.cluster, () => {})).count, 1);
  assert.deepEqual(at.world.instances, []);
  assert.equal(await Deno.readTextFile(at.history), damaged);
});

Deno.test("endWorkersOf() keeps in the history what is not proven to be gone", async () => {
  await using at = await cluster();
  const history = openHistory(at.history);
  try {
    await history.openAttempt(attempt(["worker-0"], { id: "1" }));
    await history.closeAttempt("1", { launched: [{ name: "worker-0", id: "i-worker-0" }], error: null });
    at.world.cloud.stopS = Infinity;
    await assert.rejects(endWorkersOf(at.cluster, () => {}), XcoreError);
    const [{ launched } = { launched: [] }] = await history.launched();
    assert.deepEqual(launched, [{ name: "worker-0", id: "i-worker-0" }]);
  } finally {
    history.close();
  }
});
