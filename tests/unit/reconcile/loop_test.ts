import assert from "node:assert/strict";
import { loop } from "../../../lib/reconcile/tick.ts";
import { FIRST_STATE, type TickState } from "../../../lib/reconcile/tick_state.ts";
import { tasks } from "../../support/fakes/builders.ts";
import { World } from "../../support/fakes/world.ts";

/** A loop that runs, and the states that it told. */
function running(world: World, pollIntervalS = 1) {
  const stop = new AbortController();
  const states: TickState[] = [];
  const prepared: TickState[] = [];
  const ended = loop({
    clock: world.clock,
    stop: stop.signal,
    prepare: (state) => {
      prepared.push(state);
      return Promise.resolve({ deps: world.deps, state, pollIntervalS });
    },
    after: (state) => {
      states.push(state);
    },
  });
  return { stop, states, prepared, ended };
}

Deno.test("loop() ticks each poll interval, and hands each tick's state to the next", async () => {
  const world = new World();
  const { stop, states, prepared, ended } = running(world, 2);
  for (let i = 0; i < 4; i++) {
    assert.equal(await world.clock.asleep(), 2000);
    world.clock.advance(2000);
  }
  await world.clock.asleep();
  assert.deepEqual(states.map(({ tickedAtMs }) => tickedAtMs), [0, 2000, 4000, 6000, 8000]);
  assert.equal(prepared[0], FIRST_STATE);
  assert.deepEqual(prepared.slice(1), states.slice(0, -1));
  stop.abort();
  await ended;
});

Deno.test("loop() counts the interval from tick to tick, and does not catch up after a slow one", async () => {
  const world = new World();
  world.provider.list = async () => {
    await world.clock.sleep(700);
    return { instances: [], complete: true };
  };
  const { stop, states, ended } = running(world);
  assert.equal(await world.clock.asleep(), 700);
  world.clock.advance(700);
  assert.equal(await world.clock.asleep(), 300);
  world.clock.advance(300);
  assert.equal(await world.clock.asleep(), 700);
  world.clock.advance(5000);
  assert.equal(await world.clock.asleep(), 0);
  world.clock.advance(0);
  assert.equal(await world.clock.asleep(), 700);
  assert.equal(states.length, 2);
  stop.abort();
  world.clock.advance(700);
  await ended;
});

Deno.test("loop() ends at once when it is stopped between ticks", async () => {
  const world = new World();
  const { stop, states, ended } = running(world);
  await world.clock.asleep();
  stop.abort();
  await ended;
  assert.equal(states.length, 1);
});

Deno.test("loop() that is stopped during a tick finishes that tick, and begins no other", async () => {
  const world = new World();
  world.report = tasks(1);
  const { launch } = world.provider;
  world.provider.launch = async (attempt) => {
    await world.clock.sleep(100);
    return await launch.call(world.provider, attempt);
  };
  const { stop, states, ended } = running(world);
  assert.equal(await world.clock.asleep(), 100);
  stop.abort();
  world.clock.advance(100);
  await ended;
  assert.equal(states.length, 1);
  assert.equal(world.history.open.size, 0, "the answer is written down");
});

Deno.test("loop() ends without a tick where there is nothing to tick for any more", async () => {
  const world = new World();
  await loop({
    clock: world.clock,
    stop: new AbortController().signal,
    prepare: () => Promise.resolve(null),
    after: () => assert.fail("it did"),
  });
  assert.deepEqual(world.calls, []);
});

Deno.test("loop() does not tick at all when it was stopped before", async () => {
  const world = new World();
  const stopped = AbortSignal.abort();
  await loop({
    clock: world.clock,
    stop: stopped,
    prepare: () => Promise.reject(new Error("it did")),
    after: () => {},
  });
  assert.deepEqual(world.calls, []);
});
