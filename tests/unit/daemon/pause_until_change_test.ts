import assert from "node:assert/strict";
import { type ChangedFrom, pauseUntilChange } from "../../../lib/daemon/pause_until_change.ts";
import { FIRST_STATE, type TickState } from "../../../lib/reconcile/tick_state.ts";
import { FakeClock } from "../../support/fakes/fake_clock.ts";
import { daskWorker, instance, report } from "../../support/fakes/builders.ts";
import { firstMemory } from "../../../lib/plan/memory.ts";
import { SchedulerError } from "../../../lib/errors.ts";

const TASK = { released: 0, waiting: 0, queued: 1, noWorker: 0, processing: 0, memory: 0, erred: 0 };
const HELD_MS = 30_000;

/** After a tick of a daemon that has the lease, on a cluster with nothing to do. */
function idle(over: Partial<TickState> = {}): TickState {
  return {
    ...FIRST_STATE,
    report: report({ changes: 1 }),
    lease: { sinceMs: 0, renewed: { monotonicMs: 0, wallMs: 0 } },
    listing: { instances: [], complete: true },
    memory: { ...FIRST_STATE.memory, listedUnderLease: true },
    ...over,
  };
}

const busy = (changes: number | null = 1) => idle({ report: report({ changes, tasks: TASK }) });

/** With a worker more. */
function launched(state: TickState, name: string): TickState {
  const workers = { ...state.memory.workers, [name]: firstMemory(instance(name), 0, null) };
  return { ...state, memory: { ...state.memory, workers } };
}

/** What can run without time has run. */
async function settled(): Promise<void> {
  for (let i = 0; i < 100; i++) await Promise.resolve();
}

/** A scheduler that holds calls, and a daemon between ticks. */
class Pausing {
  readonly clock = new FakeClock();
  readonly stop = new AbortController();
  /** The `changes` of the calls so far. */
  readonly asked: number[] = [];
  holds = true;
  #held: ReturnType<typeof Promise.withResolvers<number>>[] = [];
  #before = busy();

  readonly changedFrom: ChangedFrom = async (changes) => {
    this.asked.push(changes);
    if (!this.holds) return changes;
    const held = Promise.withResolvers<number>();
    this.#held.push(held);
    return await Promise.race([held.promise, this.clock.sleep(HELD_MS).then(() => changes)]);
  };

  readonly pause = pauseUntilChange(this.clock, (changes) => this.changedFrom(changes));

  answer(changes: number): void {
    this.#held.pop()!.resolve(changes);
  }

  fail(): void {
    this.#held.pop()!.reject(
      new SchedulerError("Cannot reach the scheduler: the connection was cut", "Wait."),
    );
  }

  /** Milliseconds from the tick's begin to the end of the pause after it; `during` is done when time stands still. */
  async after(state: TickState, { during = () => {}, atMs = 0, pollIntervalS = 1 } = {}): Promise<number> {
    const startedMs = this.clock.monotonicMs();
    const { stop: { signal }, clock } = this;
    let isOver = false;
    const last = { startedMs, pollIntervalS, before: this.#before, after: state };
    const over = this.pause(last, signal).then(() => isOver = true);
    this.#before = state;
    let leftMs = atMs;
    await settled();
    while (!isOver && leftMs > 0) {
      const passMs = Math.min(leftMs, await clock.asleep());
      clock.advance(passMs);
      leftMs -= passMs;
      await settled();
    }
    during();
    await settled();
    while (!isOver) {
      clock.advance(await clock.asleep());
      await settled();
    }
    await over;
    return clock.monotonicMs() - startedMs;
  }
}

Deno.test("a change ends the pause at once; without one it is a poll interval, and the same call goes on", async () => {
  const daemon = new Pausing();
  assert.equal(await daemon.after(busy()), 1000);
  assert.equal(await daemon.after(busy(), { pollIntervalS: 20 }), 20_000);
  assert.deepEqual(daemon.asked, [1]);
  assert.equal(await daemon.after(busy(), { atMs: 300, during: () => daemon.answer(2) }), 300);
  assert.equal(await daemon.after(busy(2)), 1000);
  assert.deepEqual(daemon.asked, [1, 2]);
});

Deno.test("many workers are asked about less often, after five seconds at most, unless something changes", async () => {
  const daemon = new Pausing();
  const withWorkers = (count: number) =>
    idle({
      report: report({
        changes: 1,
        workers: Array.from({ length: count }, (_, i) => daskWorker(`worker-${i}`)),
      }),
    });
  const pauses: number[] = [];
  for (const count of [1, 333, 1000, 3000]) pauses.push(await daemon.after(withWorkers(count)));
  assert.deepEqual(pauses, [1000, 1000, 3000, 5000]);
  assert.equal(await daemon.after(withWorkers(1000), { pollIntervalS: 20 }), 20_000);
  assert.equal(await daemon.after(withWorkers(1000), { atMs: 300, during: () => daemon.answer(2) }), 300);
  const toldOf = withWorkers(1000);
  const untold = { ...toldOf, report: { ...toldOf.report!, changes: null } };
  assert.equal(await daemon.after(untold), 3000, "also where the scheduler tells no changes");
});

Deno.test("a call that ends without a change is made again, in the same pause or a later one", async () => {
  const daemon = new Pausing();
  assert.equal(await daemon.after(busy(), { pollIntervalS: 60 }), 60_000);
  assert.deepEqual(daemon.asked, [1, 1, 1]);
});

Deno.test("an idle cluster's pause is five intervals, five seconds at most, and never less than one", async () => {
  const daemon = new Pausing();
  const pauses: number[] = [];
  for (const pollIntervalS of [0.2, 1, 2, 20]) pauses.push(await daemon.after(idle(), { pollIntervalS }));
  assert.deepEqual(pauses, [1000, 5000, 5000, 20_000]);
  assert.equal(await daemon.after(idle(), { atMs: 4000, during: () => daemon.answer(2) }), 4000);
});

const MORE_THAN_IDLE: readonly (readonly [string, TickState])[] = [
  ["a task that waits", busy()],
  ["a worker", idle({ report: report({ changes: 1, workers: [daskWorker("worker-0")] }) })],
  ["an instance", idle({ listing: { instances: [instance("worker-0")], complete: true } })],
  ["an instance that is remembered", launched(idle(), "worker-0")],
  ["a request", idle({ report: report({ changes: 1, requests: [{ pool: "gpu", workers: 1, leftS: 9 }] }) })],
  ["a client that waits for workers", idle({ report: report({ changes: 1, waitingClients: [2] }) })],
  ["a client that waits to send its input", idle({ report: report({ changes: 1, pendingScatters: 1 }) })],
  ["a listing that is not complete", idle({ listing: { instances: [], complete: false } })],
  ["no listing under the lease", idle({ memory: FIRST_STATE.memory })],
  ["no lease", idle({ lease: null })],
  ["a failure", idle({ failures: { lease_held: new SchedulerError("Another", "Wait.") } })],
  [
    "a launch that waits",
    idle({
      memory: {
        ...FIRST_STATE.memory,
        listedUnderLease: true,
        failedLaunches: { default: { count: 1, notBeforeMs: 9999 } },
      },
    }),
  ],
  [
    "a launch whose outcome is open",
    idle({ memory: { ...FIRST_STATE.memory, listedUnderLease: true, lostAnswersMs: { attempt: 0 } } }),
  ],
];

for (const [what, state] of MORE_THAN_IDLE) {
  Deno.test(`a cluster with ${what} is not idle: ticks come each poll interval`, async () => {
    assert.equal(await new Pausing().after(state), 1000);
  });
}

Deno.test("changes without end: early ticks that launch nothing come later and later, until they are a poll interval apart", async () => {
  const daemon = new Pausing();
  const storm = async (state: (changes: number) => TickState, ticks: number) => {
    const pauses: number[] = [];
    for (let i = 1; i <= ticks; i++) {
      pauses.push(await daemon.after(state(i), { during: () => daemon.answer(i + 1) }));
    }
    return pauses;
  };
  assert.deepEqual(await storm(busy, 8), [0, 25, 50, 100, 200, 400, 800, 1000]);
  assert.equal(await daemon.after(busy(9)), 1000, "nothing changes");
  assert.equal(
    await daemon.after(busy(9), { during: () => daemon.answer(10) }),
    0,
    "and the next one is in time",
  );
});

for (const [pollIntervalS, gapMs] of [[1, 250], [0.2, 50], [60, 1000]] as const) {
  Deno.test(`early ticks that launch are ${gapMs} ms apart where the poll interval is ${pollIntervalS} s`, async () => {
    const daemon = new Pausing();
    const pauses: number[] = [];
    let state = busy();
    for (let i = 1; i <= 4; i++) {
      state = launched({ ...state, report: report({ changes: i, tasks: TASK }) }, `worker-${i}`);
      pauses.push(await daemon.after(state, { during: () => daemon.answer(i + 1), pollIntervalS }));
    }
    assert.deepEqual(pauses, [0, gapMs, gapMs, gapMs]);
  });
}

Deno.test("a scheduler that tells no changes, does not hold the call, or cuts it, is polled, and asked again later", async () => {
  const daemon = new Pausing();
  assert.equal(await daemon.after(idle({ report: report() })), 1000);
  assert.equal(await daemon.after(idle({ report: null })), 1000);
  assert.deepEqual(daemon.asked, []);

  assert.equal(await daemon.after(idle(), { atMs: 10, during: () => daemon.fail() }), 1000);
  for (const pauseMs of [1000, 1000, 5000]) assert.equal(await daemon.after(idle()), pauseMs);
  assert.deepEqual(daemon.asked, [1, 1], "two seconds after the failure");
  daemon.fail();
  daemon.holds = false;
  const pauses: number[] = [];
  for (let i = 0; i < 16; i++) pauses.push(await daemon.after(idle()));
  assert.deepEqual(new Set(pauses), new Set([1000]));
  assert.deepEqual(daemon.asked, [1, 1, 1, 1], "4 and 8 seconds after the next failures");
});

Deno.test("a pause ends at once when the daemon is stopped", async () => {
  const daemon = new Pausing();
  assert.equal(await daemon.after(idle(), { atMs: 700, during: () => daemon.stop.abort() }), 700);
  assert.equal(await daemon.after(busy()), 0);
});
