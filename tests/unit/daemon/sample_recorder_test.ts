import assert from "node:assert/strict";
import { READ_EVERY_MS, SAMPLE_EVERY_MS, sampleRecorder } from "../../../lib/daemon/sample_recorder.ts";
import type { Status } from "../../../lib/model/mod.ts";
import { FakeClock } from "../../support/fakes/fake_clock.ts";
import { MemoryHistory } from "../../support/fakes/memory_history.ts";
import { busy, status } from "../cli/_status.ts";

const reading = (found: Status) => () => Promise.resolve(found);

Deno.test("sampleRecorder() writes what has changed within seconds, and what stays once a minute", async () => {
  const [clock, history] = [new FakeClock(), new MemoryHistory()];
  const record = sampleRecorder(history, clock);
  const times = () => history.sampled.map(({ atMs }) => atMs);
  await record(reading(status()));
  await record(() => Promise.reject(new Error("it is read too often")));
  clock.advance(READ_EVERY_MS);
  await record(reading(status()));
  assert.deepEqual(times(), [0]);
  clock.advance(READ_EVERY_MS);
  await record(reading(busy()));
  assert.deepEqual(times(), [0, 10_000]);
  clock.advance(SAMPLE_EVERY_MS);
  await record(reading(busy()));
  assert.deepEqual(times(), [0, 10_000, 70_000]);
  assert.deepEqual(history.sampled.at(-1)!.workers, { running: 3 });
});

Deno.test("sampleRecorder() writes again what could not be written", async () => {
  const [clock, history] = [new FakeClock(), new MemoryHistory()];
  let isFull = true;
  const record = sampleRecorder({
    recordSample: (sample) => isFull ? Promise.reject(new Error("no room")) : history.recordSample(sample),
  }, clock);
  await assert.rejects(record(reading(status())));
  isFull = false;
  clock.advance(READ_EVERY_MS);
  await record(reading(status()));
  assert.equal(history.sampled.length, 1);
});
