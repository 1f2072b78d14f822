import assert from "node:assert/strict";
import { patience } from "../../lib/daemon/patience.ts";
import { FakeClock } from "../fakes/fake_clock.ts";

/** Seconds between the times at which something is tried that fails each time, by a daemon that looks once a second. */
function waits(clock: FakeClock, of: ReturnType<typeof patience>, count: number): number[] {
  const found: number[] = [];
  while (found.length < count) {
    of.tried("failed");
    const sinceMs = clock.monotonicMs();
    while (!of.isOver()) clock.advance(1000);
    found.push((clock.monotonicMs() - sinceMs) / 1000);
  }
  return found;
}

Deno.test("patience() doubles the wait with each failure in a row, up to a minute", () => {
  const clock = new FakeClock();
  assert.deepEqual(waits(clock, patience(clock), 7), [2, 4, 8, 16, 32, 60, 60]);
});

Deno.test("patience() has no wait before the first failure, nor after what went well, and begins anew", () => {
  const clock = new FakeClock();
  const refusal = patience(clock);
  assert.equal(refusal.isOver(), true);
  waits(clock, refusal, 5);
  refusal.tried("done");
  assert.equal(refusal.isOver(), true);
  assert.deepEqual(waits(clock, refusal, 2), [2, 4]);
});
