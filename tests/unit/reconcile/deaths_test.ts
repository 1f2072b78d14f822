import assert from "node:assert/strict";
import { FIRST_STATE } from "../../../lib/reconcile/tick_state.ts";
import { report } from "../../support/fakes/builders.ts";
import { World } from "../../support/fakes/world.ts";

const AT = "2026-01-01T00:00:10.000Z";
const DEATH = { name: "worker-2", at: AT, ran: ["fill-1", "fill-2"] };

Deno.test("a worker's death is recorded once, whatever daemon sees it, and told in the log", async () => {
  const world = new World();
  world.report = report({ deaths: [DEATH] });
  const state = await world.ticks(3);
  const died = {
    atMs: Date.parse(AT),
    action: "died",
    names: ["worker-2"],
    reason: "worker-2: its connection was lost while it ran fill-1, fill-2",
  };
  assert.deepEqual(world.history.decided, [died]);
  assert.ok(world.log.includes(`! worker lost: ${died.reason}`));

  await world.ticks(1, FIRST_STATE); // another daemon
  world.report = null;
  await world.ticks(1, FIRST_STATE);
  world.report = report({ deaths: [DEATH, { ...DEATH, name: "worker-3", ran: [] }] });
  await world.ticks(1, state);
  assert.deepEqual(world.history.decided.map(({ reason }) => reason), [
    died.reason,
    "worker-3: its connection was lost",
  ]);
});

Deno.test("a death waits a tick for its platform to say why, and no longer", async () => {
  const world = new World();
  world.report = report({ deaths: [DEATH] });
  const causes: (string | null)[] = [null, "out of memory (11.7 of 11.8 GiB)"];
  Object.assign(world.provider, { causeOf: () => Promise.resolve(causes.shift() ?? null) });
  const state = await world.ticks(1);
  assert.equal(world.history.decided.length, 0);
  await world.ticks(1, state);
  assert.equal(
    world.history.decided[0]?.reason,
    "worker-2: out of memory (11.7 of 11.8 GiB) while it ran fill-1, fill-2",
  );

  world.report = report({ deaths: [{ ...DEATH, name: "worker-4" }] });
  await world.ticks(2, state);
  assert.equal(
    world.history.decided.at(-1)?.reason,
    "worker-4: its connection was lost while it ran fill-1, fill-2",
  );
});

Deno.test("a platform that cannot say why a worker ended stops no tick", async () => {
  const world = new World();
  Object.assign(world.provider, { causeOf: () => Promise.reject(new Error("away")) });
  world.report = report({ deaths: [DEATH] });
  await world.ticks(2);
  assert.equal(world.history.decided.length, 1);
});

Deno.test("a scheduler in the place of one that ended is recorded once, and not what a new daemon finds", async () => {
  const world = new World();
  world.report = report({ schedulerId: "Scheduler-1" });
  let state = await world.ticks(2);
  world.report = null;
  state = await world.ticks(2, state);
  assert.deepEqual(world.history.decided, []);
  world.report = report({ schedulerId: "Scheduler-2", startedAt: AT });
  await world.ticks(3, state);
  assert.deepEqual(
    world.history.decided.map(({ atMs, action, names }) => [atMs, action, names]),
    [[Date.parse(AT), "restarted", ["scheduler"]]],
  );
  await world.ticks(2, FIRST_STATE);
  assert.equal(world.history.decided.length, 1);
});
