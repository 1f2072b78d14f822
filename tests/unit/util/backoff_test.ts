import assert from "node:assert/strict";
import { backoff } from "../../../lib/util/backoff.ts";
import { FakeClock } from "../../support/fakes/fake_clock.ts";

/**
 * Seconds between the times at which something is tried that fails each time, by a daemon that
 * looks once a second.
 */
function waits(clock: FakeClock, of: ReturnType<typeof backoff>, count: number): number[] {
  const found: number[] = [];
  while (found.length < count) {
    of.record("failed");
    const sinceMs = clock.monotonicMs();
    while (!of.isReady()) clock.advance(1000);
    found.push((clock.monotonicMs() - sinceMs) / 1000);
  }
  return found;
}

Deno.test("backoff() doubles the wait with each failure in a row, up to a minute", () => {
  const clock = new FakeClock();
  assert.deepEqual(waits(clock, backoff(clock), 7), [2, 4, 8, 16, 32, 60, 60]);
});

Deno.test("backoff() has no wait before the first failure, nor after what went well, and begins anew", () => {
  const clock = new FakeClock();
  const refusals = backoff(clock);
  assert.equal(refusals.isReady(), true);
  waits(clock, refusals, 5);
  refusals.record("done");
  assert.equal(refusals.isReady(), true);
  assert.deepEqual(waits(clock, refusals, 2), [2, 4]);
});
