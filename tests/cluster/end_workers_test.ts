import assert from "node:assert/strict";
import { ConflictError } from "../../lib/errors.ts";
import { type EndingDeps, endWorkers } from "../../lib/cluster/end_workers.ts";
import { instance } from "../fakes/builders.ts";
import { World } from "../fakes/world.ts";

/** The seconds it takes, and what it says. */
async function ending(
  world: World,
  deps: Partial<EndingDeps> = {},
): Promise<{ said: string[]; count: number; tookS: number }> {
  const said: string[] = [];
  let count: number | null = null;
  const done = endWorkers({ ...world.deps, launched: true, ...deps }, (line) => said.push(line)).then((
    ended,
  ) => count = ended);
  const startedMs = world.clock.monotonicMs();
  while (count === null) {
    const next = await Promise.race([done.then(() => null), world.clock.asleep()]);
    if (next !== null) world.clock.advance(next);
  }
  return { said, count, tookS: (world.clock.monotonicMs() - startedMs) / 1000 };
}

Deno.test("endWorkers() tells all to end and waits until they are gone", async () => {
  const world = new World();
  world.instances = [instance("worker-0"), instance("worker-1")];
  world.cloud.stopS = 3;
  const { said, count, tookS } = await ending(world);
  assert.deepEqual([said, count], [["Ending worker-0, worker-1 …"], 2]);
  assert.ok(tookS >= 3 && tookS < 3.5);
  assert.deepEqual(world.deeds, ["terminate i-worker-0 i-worker-1"]);
});

Deno.test("endWorkers() looks until a listing can no longer lack what was launched last", async () => {
  const world = new World();
  world.provider.pace = { ...world.provider.pace, goneAfterS: 30, listWhenChangingS: 5 };
  world.instances = [instance("worker-0")];
  const { listing } = world.cloud;
  world.cloud.listing = (id) =>
    world.clock.monotonicMs() < 20_000 ? { instances: [], complete: true } : listing.call(world.cloud, id);
  const { said, tookS } = await ending(world);
  assert.deepEqual(said, ["Ending worker-0 …"]);
  assert.deepEqual(world.instances, []);
  assert.ok(tookS >= 50, `${tookS} s`);
});

Deno.test("endWorkers() looks once where nothing can have been launched", async () => {
  const world = new World();
  world.provider.pace = { ...world.provider.pace, goneAfterS: 30, listWhenChangingS: 5 };
  assert.deepEqual(await ending(world, { launched: false }), { said: [], count: 0, tookS: 0 });
  assert.deepEqual(world.calls.filter((call) => call === "list"), ["list"]);
});

Deno.test("endWorkers() takes a listing that is not complete for no proof", async () => {
  const world = new World();
  world.cloud.listing = () => ({ instances: [], complete: world.clock.monotonicMs() >= 5000 });
  const { tookS } = await ending(world);
  assert.ok(tookS >= 5 && tookS < 5.5);
});

Deno.test("endWorkers() holds the lease meanwhile, so that no other daemon launches what it ends", async () => {
  const world = new World();
  world.instances = [instance("worker-0")];
  world.cloud.stopS = 3;
  await ending(world);
  const claims = world.calls.filter((call) => call.startsWith("lease"));
  assert.equal(claims.length, world.calls.filter((call) => call === "list").length);
});

Deno.test("endWorkers() ends nobody while another daemon looks after the cluster, and says which", async () => {
  const world = new World();
  world.instances = [instance("worker-0")];
  world.scheduler.leaseHolder = "other-machine:/home/ann/.xcore";
  await assert.rejects(endWorkers({ ...world.deps, launched: true }, () => {}), (error) => {
    assert.ok(error instanceof ConflictError);
    assert.match(error.message, /^Cannot shut down: other-machine:\/home\/ann\/\.xcore looks after/);
    assert.match(error.hint, /xcore daemon stop/);
    return true;
  });
  assert.deepEqual(world.deeds, []);
});

Deno.test("endWorkers() ends all the same when the scheduler is deaf, or there is none", async () => {
  for (const isThere of [true, false]) {
    const world = new World();
    world.instances = [instance("worker-0")];
    world.report = null;
    const { count } = await ending(world, isThere ? {} : { scheduler: null });
    assert.equal(count, 1);
    assert.deepEqual(world.instances, []);
  }
});
