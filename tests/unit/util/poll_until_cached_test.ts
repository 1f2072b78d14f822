import assert from "node:assert/strict";
import { cached } from "../../../lib/util/poll_until.ts";
import { FakeClock } from "../../support/fakes/fake_clock.ts";

Deno.test("cached() gives the last answer for a while, by key", async () => {
  const clock = new FakeClock();
  const asked: string[] = [];
  const ask = cached(clock, 10, (key) => (asked.push(key), Promise.resolve(asked.length)));
  assert.equal(await ask("a"), 1);
  clock.advance(9_000);
  assert.equal(await ask("a"), 1);
  assert.equal(await ask("b"), 2);
  clock.advance(1_000);
  assert.equal(await ask("a"), 3);
  assert.deepEqual(asked, ["a", "b", "a"]);
});

Deno.test("cached() asks again after a failure", async () => {
  let fails = true;
  const ask = cached(
    new FakeClock(),
    10,
    () => fails ? Promise.reject(new Error("no")) : Promise.resolve("yes"),
  );
  await assert.rejects(ask("a"), /no/);
  fails = false;
  assert.equal(await ask("a"), "yes");
});
