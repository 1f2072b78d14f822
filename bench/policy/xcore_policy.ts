/** xcore's whole tick, as the daemon runs it, in the world and at the pace of a cloud. @module */

import type { DaskWorker, Instance, Scheduler, SchedulerReport, StoppingTerms } from "../../lib/model/mod.ts";
import type { Pace, Provider } from "../../lib/platform/provider.ts";
import { DEFAULT_TERMS } from "../../lib/protocol/messages.ts";
import type { Deps } from "../../lib/reconcile/deps.ts";
import { tick } from "../../lib/reconcile/tick.ts";
import { FIRST_STATE } from "../../lib/reconcile/tick_state.ts";
import { daskWorker, instance, pool, report, rules } from "../../tests/support/fakes/builders.ts";
import { MemoryHistory } from "../../tests/support/fakes/memory_history.ts";
import type { Policy, Worker, World } from "./world.ts";

/** How long calls take, in seconds, and how often listings may be asked for. */
export interface CloudPace extends Pace, StoppingTerms {
  readonly launchS: number;
  readonly terminateS: number;
}

/** EC2's, as lib/platform/aws asks it; calls as they were measured on the emulation. */
export const EC2_PACE: CloudPace = {
  ...{ listWhenChangingS: 3, listWhenSteadyS: 15, goneAfterS: 30, terminateAgainS: 180 },
  ...{ launchS: 1.4, terminateS: 1, stoppingCosts: false },
};

/** What the comparison changes. */
export interface XcoreOptions {
  readonly name: string;
  readonly maxIdleTimeS: number | "auto";
  readonly pace: CloudPace;
}

/** A daemon of its own for one run. */
export function xcorePolicy({ name, maxIdleTimeS, pace }: XcoreOptions): Policy {
  let state = FIRST_STATE;
  let callS = 0;
  let hexes = 0;
  const history = new MemoryHistory();
  return {
    name,
    async tick(world: World) {
      callS = 0;
      const nowMs = () => Math.round((world.nowS + callS) * 1000);
      const takes = (seconds: number) => void (callS = Math.max(callS, seconds));
      const deps: Deps = {
        ...{ history, daemonId: "daemon", leaseTerms: DEFAULT_TERMS, prices: null },
        spent: () => Promise.resolve(null),
        rules: rules({
          pools: [pool({ maxWorkers: world.workload.maxWorkers, bootTimeoutS: 1800 })],
          maxIdleTimeS,
          goneAfterS: pace.goneAfterS,
          terminateAgainS: pace.terminateAgainS,
          stoppingCosts: pace.stoppingCosts,
        }),
        clock: { nowMs, monotonicMs: nowMs, sleep: () => Promise.resolve() },
        random: { hex: () => String(++hexes), fraction: () => 0.5 },
        log: { info: () => {}, warn: (line) => console.error(`${name} at ${world.nowS}: ${line}`) },
        scheduler: schedulerOf(world),
        provider: providerOf(world, pace, takes),
      };
      state = await tick(deps, state);
      return Math.max(1, callS);
    },
  };
}

function schedulerOf(world: World): Scheduler {
  return {
    report: () => Promise.resolve(reportOf(world)),
    lease: () => Promise.resolve({ granted: true, holder: "daemon" }),
    retire(names) {
      const known = names.map((name) => ({ name, worker: world.workers.get(name) }));
      const those = (is: (worker: Worker | undefined) => boolean) =>
        known.filter(({ worker }) => is(worker)).map(({ name }) => name);
      return Promise.resolve({
        retired: those((worker) => worker?.hasJoined === true && worker.task === null),
        busy: those((worker) => worker?.hasJoined === true && worker.task !== null),
        unknown: those((worker) => worker?.hasJoined !== true),
        ...{ kept: [], reasons: {} },
      });
    },
    drain: () => Promise.resolve(),
    cancelHeldBy: () => Promise.resolve(0),
  };
}

function providerOf(world: World, pace: CloudPace, takes: (seconds: number) => void): Provider {
  return {
    ...{ name: "aws", pace, logEveryS: 5 },
    check: () => new ReadableStream().values() as AsyncIterableIterator<never>,
    machineTypes: () => Promise.reject(new TypeError("the tick asks for no types")),
    list: () => Promise.resolve({ instances: instancesOf(world), complete: true }),
    launch({ id, names }) {
      takes(pace.launchS);
      const launched = world.launch(names, id);
      return Promise.resolve({ instances: launched.map((worker) => instanceOf(world, worker, "pending")) });
    },
    terminate(ids) {
      takes(pace.terminateS);
      for (const worker of world.workers.values()) if (ids.includes(idOf(worker))) world.terminate(worker);
      return Promise.resolve();
    },
    bootLog: () => Promise.resolve(null),
  };
}

/** What the scheduler's preload says. */
function reportOf(world: World): SchedulerReport {
  const count = world.queue.length + world.processing;
  return report({
    runnable: count > 0 ? [{ resources: {}, count }] : [],
    soon: soonOf(world),
    tasks: {
      ...{ released: 0, noWorker: 0, erred: 0, memory: 0 },
      ...{ waiting: world.waiting, queued: world.queue.length, processing: world.processing },
    },
    workers: world.joined.map(({ name, task, completed }): DaskWorker => {
      const busy = task === null ? 0 : 1;
      return daskWorker(name, { processing: busy, executing: busy, completed });
    }),
  });
}

/** As the preload's Soon. */
function soonOf(world: World): SchedulerReport["soon"] {
  if (world.waiting === 0) return [];
  return world.joined.flatMap(({ task, startedS }) => {
    if (task === null) return [];
    const { durationAverage } = world.prefixOf(task);
    const count = world.dependents[task]!.filter((dependent) =>
      world.missing[dependent] === 1 && world.states[dependent] === "waiting"
    ).length;
    if (durationAverage < 0 || count < 2) {
      return [];
    }
    return [{ resources: {}, count, inS: durationAverage - (world.nowS - startedS) }];
  });
}

function instancesOf(world: World): Instance[] {
  return [
    ...[...world.workers.values()].map((worker) =>
      instanceOf(world, worker, worker.hasJoined ? "running" : "pending")
    ),
    ...[...world.stopping].map((worker) => instanceOf(world, worker, "stopping")),
  ];
}

function instanceOf(world: World, worker: Worker, state: Instance["state"]): Instance {
  const { name, attempt, launchedS } = worker;
  return instance(name, { id: idOf(worker), attemptId: attempt, state, ageS: world.nowS - launchedS });
}

function idOf({ number }: Worker): string {
  return `i-${number}`;
}
