import assert from "node:assert/strict";
import { pollUntil } from "../../../lib/util/poll_until.ts";
import { FakeClock } from "../../support/fakes/fake_clock.ts";

Deno.test("pollUntil() asks at once, and returns the first answer", async () => {
  const clock = new FakeClock();
  let asked = 0;
  const answer = pollUntil(
    clock,
    { everyMs: 100, withinMs: 1000 },
    () => Promise.resolve(++asked < 3 ? null : asked),
  );
  for (let i = 0; i < 2; i++) {
    assert.equal(await clock.asleep(), 100);
    clock.advance(100);
  }
  assert.equal(await answer, 3);
  assert.equal(clock.monotonicMs(), 200);
});

Deno.test("pollUntil() asks a last time when the time is up", async () => {
  const clock = new FakeClock();
  let asked = 0;
  const answer = pollUntil(
    clock,
    { everyMs: 400, withinMs: 1000 },
    () => {
      asked++;
      return Promise.resolve(null);
    },
  );
  for (let i = 0; i < 3; i++) {
    await clock.asleep();
    clock.advance(400);
  }
  assert.equal(await answer, null);
  assert.equal(asked, 4);
});
