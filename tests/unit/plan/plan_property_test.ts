import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import type { Action, DaskWorker, Instance, Pool, Snapshot } from "../../../lib/model/mod.ts";
import { plan } from "../../../lib/plan/plan.ts";
import type { Rules } from "../../../lib/plan/rules.ts";
import { clearFailures, EMPTY_MEMORY, type Memory } from "../../../lib/plan/memory.ts";
import { attempt, daskWorker, instance, pool, report, rules } from "../../support/fakes/builders.ts";

const RUNS = 200;
const POOLS = ["default", "gpu", "removed"];
const NAMES = Array.from({ length: 8 }, (_, i) => `worker-${i}`);

const poolArb = (name: string): fc.Arbitrary<Pool> =>
  fc.record({ min: fc.nat(2), more: fc.nat(4), slots: fc.integer({ min: 1, max: 3 }), type: typeArb })
    .map(({ min, more, slots, type }) =>
      pool({
        ...{ name, type, slots, minWorkers: min, maxWorkers: min + more },
        resources: name === "gpu" ? { GPU: 1 } : {},
      })
    );

const typeArb = fc.constantFrom("small", "large");

const rulesArb: fc.Arbitrary<Rules> = fc.record({
  pools: fc.tuple(poolArb("default"), poolArb("gpu")),
  maxIdleTimeS: fc.constantFrom(0, 5, 60),
  holdResultsS: fc.constantFrom(null, 0, 10),
  goneAfterS: fc.constantFrom(0, 30),
}).map(rules);

/** A name, as its provider and its scheduler have it: neither, one, or both. */
const slotArb = (name: string) =>
  fc.record({
    instance: fc.option(
      fc.record<Partial<Instance>>({
        pool: fc.constantFrom(...POOLS),
        type: typeArb,
        state: fc.constantFrom("pending", "running", "running", "running", "stopping", "stopped"),
        ageS: fc.constantFrom(0, 10, 700),
      }),
    ),
    worker: fc.option(
      fc.record<Partial<DaskWorker>>({
        processing: fc.constantFrom(0, 0, 1, 3),
        executing: fc.constantFrom(0, 0, 0, 1),
        completed: fc.constantFrom(0, 0, 0, 1),
        holdsResults: fc.boolean(),
        heldBytes: fc.nat(100),
        status: fc.constantFrom("running", "running", "running", "paused", "closing_gracefully"),
      }),
    ),
  }).map(({ instance: i, worker: w }) => ({
    instance: i === null ? [] : [instance(name, i)],
    worker: w === null ? [] : [daskWorker(name, w)],
  }));

const snapshotArb: fc.Arbitrary<Omit<Snapshot, "listedAtMs">> = fc.record({
  slots: fc.tuple(...NAMES.map(slotArb)),
  plain: fc.nat(12),
  gpu: fc.nat(5),
  scatters: fc.nat(2),
  requests: fc.uniqueArray(
    fc.record({
      pool: fc.constantFrom(...POOLS),
      workers: fc.integer({ min: 1, max: 9 }),
      leftS: fc.constantFrom(0.5, 100),
    }),
    { selector: ({ pool }) => pool },
  ),
  waitingClients: fc.array(fc.constantFrom(3600, 3), { maxLength: 2 }),
  unreachable: fc.nat(9).map((n) => n === 0),
  complete: fc.nat(9).map((n) => n > 0),
  leaseHeld: fc.nat(9).map((n) => n > 0),
  openAttempts: fc.uniqueArray(fc.nat(3), { maxLength: 2 }).map((found) =>
    found.map((n) =>
      attempt([`worker-${8 + 2 * n}`, `worker-${9 + 2 * n}`], { id: `${n}`, pool: POOLS[n % 3]! })
    )
  ),
}).map((
  { slots, plain, gpu, scatters, requests, waitingClients, unreachable, complete, leaseHeld, openAttempts },
) => ({
  scheduler: unreachable ? null : report({
    runnable: [{ resources: {}, count: plain }, { resources: { GPU: 1 }, count: gpu }],
    pendingScatters: scatters,
    requests,
    waitingClients,
    workers: slots.flatMap(({ worker }) => worker),
  }),
  listing: { instances: slots.flatMap(({ instance }) => instance), complete },
  openAttempts,
  launchedBefore: [],
  spent: null,
  leaseHeld,
}));

interface Seen {
  readonly rules: Rules;
  readonly snapshot: Snapshot;
  readonly before: Memory;
  readonly actions: readonly Action[];
  readonly after: Memory;
}

/**
 * Checks `holds` on each plan of random histories: some snapshots, seconds apart, under rules that
 * may change.
 */
function always(holds: (seen: Seen) => void): void {
  const step = fc.record({
    snapshot: snapshotArb,
    passS: fc.constantFrom(1, 10, 100),
    rules: fc.option(rulesArb),
  });
  fc.assert(
    fc.property(rulesArb, fc.array(step, { minLength: 1, maxLength: 6 }), (first, steps) => {
      let [memory, rules, nowMs] = [EMPTY_MEMORY, first, 0];
      for (const { snapshot: seen, passS, rules: changed } of steps) {
        nowMs += passS * 1000;
        if (changed !== null) [rules, memory] = [changed, clearFailures(memory)];
        const snapshot: Snapshot = { ...seen, listedAtMs: nowMs };
        const { actions, memory: after } = plan({ rules, snapshot, memory, nowMs });
        holds({ rules, snapshot, before: memory, actions, after });
        memory = after;
      }
    }),
    { numRuns: RUNS },
  );
}

const named = (actions: readonly Action[], ...kinds: Action["kind"][]) =>
  actions.flatMap((action) => "workers" in action && kinds.includes(action.kind) ? action.workers : []);
const launches = (actions: readonly Action[]) =>
  actions.flatMap((action) => action.kind === "launch" ? [action.spec] : []);

Deno.test("plan() launches nothing that would go over a pool's max_workers", () => {
  always(({ rules, snapshot, actions, after }) => {
    for (const { name, maxWorkers } of rules.pools) {
      const asked = launches(actions).filter((spec) => spec.pool === name);
      if (asked.length === 0) continue;
      const counts = (own: string) => own === name || own === "removed" && name === "default";
      const known = Object.values(after.workers).filter(({ instance }) => counts(instance.pool)).length;
      const flying = snapshot.openAttempts.filter(({ pool }) =>
        counts(pool)
      ).flatMap(({ names }) => names).length;
      const launched = asked.flatMap(({ names }) => names).length;
      assert.ok(
        known + flying + launched <= maxWorkers,
        `${known} + ${flying} + ${launched} > ${maxWorkers}`,
      );
    }
  });
});

Deno.test("plan() uses each name once, and none that is taken", () => {
  always(({ snapshot, actions, after }) => {
    const names = launches(actions).flatMap(({ names }) => names);
    assert.equal(new Set(names).size, names.length);
    const taken = new Set([
      ...Object.values(after.workers).map(({ instance }) => instance.name),
      ...(snapshot.scheduler?.workers ?? []).map(({ name }) => name),
      ...snapshot.openAttempts.flatMap(({ names }) => names),
    ]);
    assert.deepEqual(names.filter((name) => taken.has(name)), []);
  });
});

Deno.test("plan() ends no busy worker but a paused one that executes nothing, and none without the scheduler's report or the lease", () => {
  always(({ snapshot, actions, after }) => {
    if (snapshot.scheduler === null || !snapshot.leaseHeld) return assert.deepEqual(actions, []);
    const known = Object.values(after.workers).map(({ instance }) => instance);
    const gone = known.filter(({ state }) => state === "stopping" || state === "stopped");
    const busy = snapshot.scheduler.workers.filter(({ status, processing, executing }) =>
      executing > 0 || processing > 0 && status !== "paused"
    );
    const ended = named(actions, "retire", "terminate", "cancel").map(({ name }) => name);
    for (const { name } of busy) {
      if (!gone.some((instance) => instance.name === name)) {
        assert.ok(!ended.includes(name), `${name} is busy`);
      }
    }
  });
});

Deno.test("plan() retires registered workers through the scheduler before they end", () => {
  always(({ snapshot, actions }) => {
    const terminated = new Set(named(actions, "terminate").map(({ id }) => id));
    const there = snapshot.listing!.instances.filter(({ state }) =>
      state === "pending" || state === "running"
    );
    const registered = snapshot.scheduler?.workers ?? [];
    for (const { id, name } of there) {
      if (registered.some((worker) => worker.name === name)) assert.ok(!terminated.has(id), name);
    }
  });
});

Deno.test("plan() leaves a worker that can take the results, or a holder, while it ends holders", () => {
  always(({ snapshot, actions }) => {
    const retired = named(actions, "retire").map(({ name }) => name);
    const workers = snapshot.scheduler?.workers ?? [];
    const stays = workers.filter(({ name }) => !retired.includes(name));
    if (!workers.some(({ name, holdsResults }) => holdsResults && retired.includes(name))) return;
    assert.ok(stays.some(({ status, holdsResults }) => status === "running" || holdsResults));
  });
});

Deno.test("plan() has at most one action for a worker, with a reason", () => {
  always(({ actions }) => {
    const ids = named(actions, "retire", "terminate").map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const action of actions) {
      assert.notEqual(action.reason, "");
      if ("workers" in action) assert.notEqual(action.workers.length, 0);
    }
  });
});

Deno.test("plan() decides the same from the same input", () => {
  always(({ rules, snapshot, before, actions, after }) => {
    const again = plan({ rules, snapshot, memory: before, nowMs: snapshot.listedAtMs });
    assert.deepEqual(again, { actions, memory: after });
  });
});
