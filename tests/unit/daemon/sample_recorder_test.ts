import assert from "node:assert/strict";
import { SAMPLE_EVERY_MS, sampleRecorder } from "../../../lib/daemon/sample_recorder.ts";
import { FakeClock } from "../../support/fakes/fake_clock.ts";
import { MemoryHistory } from "../../support/fakes/memory_history.ts";
import { busy, status } from "../cli/_status.ts";

Deno.test("sampleRecorder() writes what has changed at once, and what stays once a minute", async () => {
  const [clock, history] = [new FakeClock(), new MemoryHistory()];
  const record = sampleRecorder(history, clock);
  const times = () => history.sampled.map(({ atMs }) => atMs);
  await record(status());
  await clock.advance(5000);
  await record(status());
  assert.deepEqual(times(), [0]);
  await record(busy());
  assert.deepEqual(times(), [0, 5000]);
  await clock.advance(SAMPLE_EVERY_MS);
  await record(busy());
  assert.deepEqual(times(), [0, 5000, 5000 + SAMPLE_EVERY_MS]);
  assert.deepEqual(history.sampled.at(-1)!.workers, { running: 3 });
});

Deno.test("sampleRecorder() writes again what could not be written", async () => {
  const [clock, history] = [new FakeClock(), new MemoryHistory()];
  let isFull = true;
  const record = sampleRecorder({
    recordSample: (sample) => isFull ? Promise.reject(new Error("no room")) : history.recordSample(sample),
  }, clock);
  await assert.rejects(record(status()));
  isFull = false;
  await record(status());
  assert.equal(history.sampled.length, 1);
});
