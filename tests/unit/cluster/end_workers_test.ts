import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import { ConflictError, XcoreError } from "../../../lib/errors.ts";
import { checkNoWorkers, endWorkers, type EndWorkersDeps } from "../../../lib/cluster/end_workers.ts";
import { instance } from "../../support/fakes/builders.ts";
import { World } from "../../support/fakes/world.ts";

/** What comes of it, with time going on, and the seconds it takes. */
async function lived<T>({ clock }: World, work: Promise<T>): Promise<{ result: T; tookS: number }> {
  const startedMs = clock.monotonicMs();
  for (;;) {
    const next = await Promise.race([work.then(() => null), clock.asleep()]);
    if (next === null) return { result: await work, tookS: (clock.monotonicMs() - startedMs) / 1000 };
    clock.advance(next);
  }
}

/** The seconds it takes, what it says and what comes of it. */
async function ending(
  world: World,
  deps: Partial<EndWorkersDeps> = {},
): Promise<{ said: string[]; count: number; isAlone: boolean; tookS: number }> {
  const said: string[] = [];
  const work = endWorkers({ ...world.deps, launched: true, ...deps }, (line) => said.push(line));
  const { result, tookS } = await lived(world, work);
  return { said, ...result, tookS };
}

Deno.test("endWorkers() tells all to end and waits until they are gone", async () => {
  const world = new World();
  world.instances = [instance("worker-0"), instance("worker-1")];
  world.cloud.stopS = 3;
  const { said, count, tookS } = await ending(world);
  assert.equal(count, 2);
  assertWording("shutdown", "terminates two workers", said.join("\n"));
  assert.ok(tookS >= 3 && tookS < 3.5);
  assert.deepEqual(world.deeds, ["terminate i-worker-0 i-worker-1"]);
});

Deno.test("endWorkers() lists until a listing can no longer lack what was launched last", async () => {
  const world = new World();
  world.provider.pace = { ...world.provider.pace, goneAfterS: 30, listWhenChangingS: 5 };
  world.instances = [instance("worker-0")];
  const { listing } = world.cloud;
  world.cloud.listing = (id) =>
    world.clock.monotonicMs() < 20_000 ? { instances: [], complete: true } : listing.call(world.cloud, id);
  const { said, tookS } = await ending(world);
  assert.equal(said.length, 1);
  assert.deepEqual(world.instances, []);
  assert.ok(tookS >= 50, `${tookS} s`);
});

Deno.test("endWorkers() takes a listing that was long on its way for no older than its coming", async () => {
  const world = new World();
  world.provider.pace = { ...world.provider.pace, goneAfterS: 30, listWhenChangingS: 5 };
  const list = () => world.provider.list();
  let isFirst = true;
  const provider = Object.assign(Object.create(world.provider), {
    async list() {
      const answer = await list();
      if (isFirst) await world.clock.sleep(15_000);
      isFirst = false;
      return answer;
    },
  });
  const { tookS } = await ending(world, { provider });
  assert.ok(tookS >= 45, `${tookS} s`);
});

Deno.test("endWorkers() lists once where nothing can have been launched, and does not wait for another daemon", async () => {
  const world = new World();
  world.provider.pace = { ...world.provider.pace, goneAfterS: 30, listWhenChangingS: 5 };
  const alone = { said: [], count: 0, isAlone: true, tookS: 0 };
  assert.deepEqual(await ending(world, { launched: false }), alone);
  world.report = null;
  assert.deepEqual(await ending(world, { launched: false }), alone);
  assert.deepEqual(world.calls.filter((call) => call === "list"), ["list", "list"]);
});

Deno.test("endWorkers() takes a listing that is not complete for no proof", async () => {
  const world = new World();
  world.cloud.listing = () => {
    const complete = world.clock.monotonicMs() >= 5000;
    return { instances: [], complete, ...(!complete && { silent: ["north-1b"] }) };
  };
  const { said, tookS } = await ending(world);
  assert.deepEqual(said, ["Waiting for north-1b, which does not answer …"]);
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

Deno.test("endWorkers() terminates no worker while another daemon holds the lease, and says which daemon", async () => {
  const world = new World();
  world.instances = [instance("worker-0")];
  world.scheduler.leaseHolder = "other-machine:/home/ann/.xcore";
  await assert.rejects(endWorkers({ ...world.deps, launched: true }, () => {}), (error) => {
    assert.ok(error instanceof ConflictError);
    assertWording("shutdown", "another daemon", `${error.message}\n${error.hint}`);
    return true;
  });
  assert.deepEqual(world.deeds, []);
});

Deno.test("endWorkers() overrides the lease of another daemon by force, and says so once", async () => {
  const world = new World();
  world.instances = [instance("worker-0")];
  world.cloud.stopS = 3;
  world.scheduler.leaseHolder = "other-machine:/home/ann/.xcore";
  const { said, count, isAlone } = await ending(world, { force: true });
  assert.deepEqual([count, isAlone], [1, false]);
  assertWording("shutdown", "another daemon's lease overridden", said.join("\n"));
});

Deno.test("endWorkers() asks a scheduler that does not answer once where no other daemon can launch", async () => {
  const world = new World();
  world.instances = [instance("worker-0")];
  world.cloud.stopS = 3;
  world.report = null;
  const { isAlone } = await ending(world, { hasOneDaemon: true });
  assert.equal(isAlone, true);
  assert.equal(world.calls.filter((call) => call.startsWith("lease")).length, 1);
});

Deno.test("endWorkers() terminates the workers when the scheduler is unreachable, or there is none", async () => {
  for (const isThere of [true, false]) {
    const world = new World();
    world.instances = [instance("worker-0")];
    world.report = null;
    const { count, isAlone } = await ending(world, isThere ? {} : { scheduler: null });
    assert.deepEqual(
      [count, isAlone],
      [1, !isThere],
      "another daemon may reach a scheduler that is unreachable for us",
    );
    assert.deepEqual(world.instances, []);
  }
});

Deno.test("checkNoWorkers() waits for what a daemon may launch that heard the scheduler when we did not", async () => {
  const world = new World();
  world.provider.pace = { ...world.provider.pace, goneAfterS: 30 };
  const check = (isAlone: boolean) => lived(world, checkNoWorkers(world.deps, { isAlone }, () => {}));
  assert.equal((await check(true)).tookS, 0);
  assert.equal((await check(false)).tookS, 60);
  const { listing } = world.cloud;
  const beginsMs = world.clock.monotonicMs();
  world.cloud.listing = (id) =>
    world.clock.monotonicMs() - beginsMs < 50_000
      ? { instances: [], complete: true }
      : listing.call(world.cloud, id);
  world.instances = [instance("worker-0")];
  await assert.rejects(
    check(false),
    (error) => error instanceof XcoreError && /worker-0/.test(error.message),
  );
});
