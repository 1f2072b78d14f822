import assert from "node:assert/strict";
import { factRecorder, type FactSources, tasksFact } from "../../../lib/daemon/fact_recorder.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { type Fact, problem } from "../../../lib/model/mod.ts";
import { FakeClock } from "../../support/fakes/fake_clock.ts";
import { MemoryHistory } from "../../support/fakes/memory_history.ts";

const LOCAL = await parseConfig("provider: local\ncluster_id: xcore-01234567\n", "config.yaml");
const NO_OTHERS = { done: 0, failed: 0, skipped: 0, running: 0, waiting: 0 };

function report(done: number): NonNullable<FactSources["report"]> {
  const square = { ...NO_OTHERS, name: "square", done, firstError: null, firstFailedKey: null };
  return {
    startedAt: "1970-01-01T00:00:01Z",
    versions: { python: "3.12.4", numpy: null },
    record: { functions: [square], others: NO_OTHERS },
  };
}

const told = (facts: Iterable<Fact>) =>
  [...facts].map(({ kind, name, fromMs, toMs }) => `${kind} ${name} ${fromMs}-${toMs}`).sort();

/** A recorder; `record` goes on by so many seconds, and tells what was recorded. */
function recorder() {
  const [clock, history] = [new FakeClock(), new MemoryHistory()];
  const write = factRecorder(history, clock);
  const record = async (seconds: number, over: Partial<FactSources> = {}, isLast = false) => {
    clock.advance(seconds * 1000);
    const sources = {
      report: report(1),
      problems: [],
      config: LOCAL,
      xcore: "0.1.0",
      atMs: clock.nowMs(),
      ...over,
    };
    const before = new Map(history.known);
    await write(sources, isLast);
    return told([...history.known].filter(([key, fact]) => before.get(key) !== fact).map(([, fact]) => fact));
  };
  return { history, record };
}

Deno.test("factRecorder() writes what changes at once, and what goes on once a minute and at the end", async () => {
  const { history, record } = recorder();
  const scheduler = "1970-01-01T00:00:01Z";
  assert.deepEqual(await record(5), [
    "settings  5000-5000",
    `tasks ${scheduler} 1000-5000`,
    "versions  5000-5000",
  ]);
  assert.deepEqual(await record(5), []);
  assert.deepEqual(await record(5, { report: report(2) }), [`tasks ${scheduler} 1000-15000`]);
  assert.deepEqual(await record(50, { report: report(2) }), [
    "settings  5000-65000",
    `tasks ${scheduler} 1000-65000`,
    "versions  5000-65000",
  ]);
  assert.deepEqual(await record(5, { report: report(2), xcore: "0.2.0" }), ["versions  70000-70000"]);
  assert.equal((await record(1, { report: report(3), xcore: "0.2.0" }, true)).length, 3);
  const versions = [...history.known.values()].filter(({ kind }) => kind === "versions");
  assert.deepEqual(versions.map(({ content }) => content), [
    { xcore: "0.1.0", python: "3.12.4" },
    { xcore: "0.2.0", python: "3.12.4" },
  ]);
});

Deno.test("factRecorder() tells from when until when there was a problem, and each time anew", async () => {
  const { record } = recorder();
  await record(0, { report: null });
  const problems = [problem("worker_paused", "worker-0 starts no task")];
  const more = [problem("worker_paused", "worker-1 starts no task")];
  assert.deepEqual(await record(5, { problems, report: null }), ["problem worker_paused 5000-5000"]);
  assert.deepEqual(await record(5, { problems, report: null }), []);
  assert.deepEqual(await record(5, { problems: more, report: null }), ["problem worker_paused 5000-15000"]);
  assert.deepEqual(await record(5, { problems: more, report: null }), []);
  assert.deepEqual(await record(5, { report: null }), ["problem worker_paused 5000-20000"]);
  assert.deepEqual(await record(5, { report: null }), []);
  assert.deepEqual(await record(5, { problems, report: null }), ["problem worker_paused 35000-35000"]);
});

Deno.test("factRecorder() keeps what an unreachable scheduler told last, and another scheduler's tasks apart", async () => {
  const { record } = recorder();
  await record(5);
  assert.deepEqual(await record(5, { report: null }), []);
  assert.deepEqual(await record(5), []);
  const startedAt = "1970-01-01T00:00:18Z";
  assert.deepEqual(await record(5, { report: { ...report(0), startedAt } }), [
    `tasks ${startedAt} 18000-20000`,
  ]);
});

Deno.test("tasksFact() has none of a scheduler that does not count, or tells no time", () => {
  assert.equal(tasksFact({ ...report(1), record: null }, 5000), null);
  assert.equal(tasksFact({ ...report(1), startedAt: "soon" }, 5000), null);
  assert.equal(tasksFact(report(1), 500)!.fromMs, 500);
});
