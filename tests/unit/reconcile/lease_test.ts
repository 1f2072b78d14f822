import assert from "node:assert/strict";
import { ConflictError } from "../../../lib/errors.ts";
import { apply } from "../../../lib/reconcile/apply.ts";
import { ACT_WITHIN_S, giveBackLease, isFresh, leaseTtlS, momentOf } from "../../../lib/reconcile/lease.ts";
import type { Action } from "../../../lib/model/mod.ts";
import { EMPTY_MEMORY } from "../../../lib/plan/memory.ts";
import { attempt, tasks } from "../../support/fakes/builders.ts";
import { FakeClock } from "../../support/fakes/fake_clock.ts";
import { World } from "../../support/fakes/world.ts";

const LAUNCH: Action = { kind: "launch", spec: attempt(["worker-0"]), reason: "1 task to run" };

Deno.test("isFresh() uses the clock that shows more time", () => {
  const clock = new FakeClock();
  const asked = momentOf(clock);
  clock.advance(ACT_WITHIN_S * 1000 - 1);
  assert.ok(isFresh(asked, clock));
  clock.wallOffsetMs = 1; // the machine slept, and its monotonic clock with it
  assert.ok(!isFresh(asked, clock));
  clock.wallOffsetMs = -7_200_000; // as before, and then the user set the clock
  assert.ok(!isFresh(asked, clock));
  clock.wallOffsetMs = -1000;
  assert.ok(isFresh(asked, clock));
  clock.advance(1);
  assert.ok(!isFresh(asked, clock));
});

Deno.test("the lease lasts longer than its holder may act, by the platform's lag", () => {
  const pace = { listWhenChangingS: 5, listWhenSteadyS: 30, goneAfterS: 30, terminateAgainS: 60 };
  assert.equal(leaseTtlS(pace), ACT_WITHIN_S + 30);
  assert.equal(leaseTtlS({ ...pace, goneAfterS: 0 }), ACT_WITHIN_S);
});

Deno.test("a daemon that stops gives the lease back once the platform lists what it launched", async () => {
  for (const goneAfterS of [0, 30]) {
    const world = new World();
    world.provider.pace = { ...world.provider.pace, goneAfterS };
    await giveBackLease(world.deps);
    assert.deepEqual(world.calls, [`lease ${goneAfterS}`]);
  }
});

Deno.test("a tick that the machine's sleep has interrupted carries out none of its plan", async () => {
  const world = new World();
  world.report = tasks(1);
  const asked = momentOf(world.clock);
  world.clock.wallOffsetMs += ACT_WITHIN_S * 1000;
  const { failures } = await apply({ ...world.deps, asked }, [LAUNCH], {
    memory: EMPTY_MEMORY,
    failures: {},
  });
  assert.deepEqual([world.deeds, failures], [[], {}]);
});

Deno.test("a call that was recorded before the sleep is not made after it, and stays open", async () => {
  const world = new World();
  const asked = momentOf(world.clock);
  const { openAttempt } = world.history;
  world.history.openAttempt = async (attempt) => {
    await openAttempt.call(world.history, attempt);
    world.clock.wallOffsetMs += 7_200_000;
  };
  const { failures } = await apply({ ...world.deps, asked }, [LAUNCH], {
    memory: EMPTY_MEMORY,
    failures: {},
  });
  assert.deepEqual(world.deeds, ["openAttempt 1"]);
  assert.ok(failures.launch_failed instanceof ConflictError);
  assert.equal(world.history.open.size, 1);
});
