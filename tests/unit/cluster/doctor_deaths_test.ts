import assert from "node:assert/strict";
import { deathChecks } from "../../../lib/cluster/doctor.ts";
import { openHistory } from "../../../lib/status/history.ts";
import { instance } from "../../support/fakes/builders.ts";
import { assertWording } from "../../support/wording.ts";
import { placeWith } from "../config/_home.ts";

/** A home whose workers died so many seconds ago, of which these run now, each for so many seconds. */
async function after(deaths: readonly [name: string, agoS: number][], running: Record<string, number> = {}) {
  const place = await placeWith(null);
  const nowMs = place.runtime.clock.nowMs();
  const clock = { ...place.runtime.clock, nowMs: () => nowMs };
  const history = openHistory(place.home.history);
  for (const [name, agoS] of deaths.toSorted(([, one], [, other]) => other - one)) {
    const reason = `${name}: out of memory (11.7 of 11.8 GiB) while it ran fill-1`;
    await history.record([{ atMs: nowMs - agoS * 1000, action: "died", names: [name], reason }]);
    await history.record([{ atMs: nowMs - agoS * 1000, action: "launch", names: [name], reason: "1 task" }]);
  }
  history.close();
  const instances = Object.entries(running).map(([name, ageS]) => instance(name, { ageS }));
  const provider = { list: () => Promise.resolve({ instances, complete: true }) };
  const cluster = { ...place, runtime: { ...place.runtime, clock }, provider } as unknown as Parameters<
    typeof deathChecks
  >[0];
  const found = await deathChecks(cluster);
  await place[Symbol.asyncDispose]();
  return found;
}

Deno.test("deathChecks() tells of each worker that died within the hour, with the command that shows its log", async () => {
  const found = await after([["worker-0", 60], ["worker-1", 600], ["worker-2", 3700]], { "worker-1": 500 });
  assert.deepEqual(found.map(({ outcome }) => outcome), ["warning", "warning"]);
  assertWording(
    "doctor",
    "workers that died",
    found.map(({ message, fix }) => `${message}\n${fix}`).join("\n"),
  );
});

Deno.test("deathChecks() shows the log of a worker that started again in its place under its own name", async () => {
  const [found] = await after([["worker-0", 60]], { "worker-0": 500 });
  assert.match(found!.fix!, /`xcore logs worker-0`/);
});

Deno.test("deathChecks() tells the last of several of one name, and how many there were", async () => {
  const found = await after([["worker-0", 60], ["worker-0", 120], ["worker-0", 180]]);
  assert.equal(found.length, 1);
  assertWording("doctor", "a name whose workers die", found[0]!.message);
});

Deno.test("deathChecks() says nothing where none died", async () => {
  assert.deepEqual(await after([]), []);
});
