import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import { orphanCheck } from "../../../lib/cluster/doctor.ts";
import type { Cluster } from "../../../lib/cluster/cluster.ts";
import { takeDaemonLock } from "../../../lib/daemon/presence.ts";
import { placeWith } from "../config/_home.ts";
import { instance } from "../../support/fakes/builders.ts";
import { World } from "../../support/fakes/world.ts";

/** A cluster with a worker that runs, one that is switched off, and a network that is nobody's. */
async function left(unknown: readonly string[] = ["network lost"]) {
  const place = await placeWith(null);
  const world = new World();
  world.provider.pace = { ...world.provider.pace, listWhenChangingS: 3 };
  world.instances = [instance("worker-0"), instance("worker-1", { state: "stopped" })];
  const base = {
    images: null,
    orphans: () => Promise.resolve(unknown),
    deleteOrphans: () => Promise.resolve(unknown),
  };
  const clock = {
    ...{ nowMs: () => world.clock.nowMs(), monotonicMs: () => world.clock.monotonicMs() },
    sleep: (ms: number) => Promise.resolve(world.clock.advance(ms)),
  };
  const runtime = { ...place.runtime, clock };
  const cluster = { ...place, runtime, provider: world.provider, base } as unknown as Cluster;
  const check = (fix: boolean) => orphanCheck(cluster, fix, () => {});
  return { ...place, world, check, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
}

Deno.test("orphanCheck() finds a worker that is switched off, beside what nothing knows of", async () => {
  await using cluster = await left();
  const { outcome, message, fix } = await cluster.check(false);
  assert.equal(outcome, "failed");
  assertWording("doctor", "orphans", `${message}\n${fix}`);
  assert.deepEqual(cluster.world.deeds, []);
});

Deno.test("orphanCheck() removes it when it is to, and returns when a whole listing has it no more", async () => {
  await using cluster = await left();
  const { world } = cluster;
  world.cloud.stopS = 20;
  const { listing } = world.cloud;
  world.cloud.listing = (id) =>
    world.clock.monotonicMs() < 30_000 && world.deeds.length > 0
      ? { instances: [], complete: false }
      : listing.call(world.cloud, id);
  const { outcome, message } = await cluster.check(true);
  assert.deepEqual([outcome, message], ["passed", "removed worker-1, network lost"]);
  assert.deepEqual(world.deeds, ["terminate i-worker-1"]);
  assert.deepEqual(world.instances.map(({ name }) => name), ["worker-0"]);
  assert.ok(world.clock.monotonicMs() >= 30_000);
});

Deno.test("orphanCheck() says of one that does not go that it is there still", async () => {
  await using cluster = await left();
  cluster.world.cloud.stopS = Infinity;
  const { outcome, message } = await cluster.check(true);
  assert.equal(outcome, "failed");
  assertWording("doctor", "an orphan that stays", message);
});

Deno.test("orphanCheck() leaves the switched off to a daemon that runs", async () => {
  await using cluster = await left([]);
  const place = await takeDaemonLock(cluster.runtime, cluster.home);
  assert.deepEqual([(await cluster.check(false)).outcome, (await cluster.check(true)).outcome], [
    "passed",
    "passed",
  ]);
  place!.release();
  assert.equal((await cluster.check(true)).message, "removed worker-1");
});
