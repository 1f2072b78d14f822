/** One simulation, from the first task to the proof that nothing is left. @module */

import { ConflictError } from "../../lib/errors.ts";
import { checkNoWorkers, endWorkers } from "../../lib/cluster/end_workers.ts";
import { CAPACITY_MEMORY_S, LAUNCH_BACKOFF_MAX_S } from "../../lib/plan/rules.ts";
import { leaseTtlS } from "../../lib/reconcile/lease.ts";
import { WORKER_TTL_S } from "./_guests.ts";
import { arrangeMishaps, describe } from "./_mishaps.ts";
import { Process } from "./_process.ts";
import { Requests } from "./_requests.ts";
import { unrest } from "./_rest.ts";
import { type Scenario, scenarioOf } from "./_scenario.ts";
import { CLUSTER_ID, type KillAt, World } from "./_world.ts";

/** The result of a seed. */
export interface Outcome {
  readonly seed: number;
  /** The first promise that was broken, or null. */
  readonly violation: string | null;
  /** How often each thing happened. */
  readonly counts: ReadonlyMap<string, number>;
  /** Lines to read; empty unless a trace was asked for. */
  readonly trace: readonly string[];
  /** Seconds of simulated time. */
  readonly simulatedS: number;
  /** Calls that daemons and shutdowns made. */
  readonly calls: number;
}

/** What may be told to a simulation beside its seed. */
export interface Options {
  readonly isTraced?: boolean;
  readonly scenario?: Scenario;
  readonly killAt?: KillAt;
}

/** Lives through a seed. */
export async function simulate(
  seed: number,
  { isTraced = false, scenario = scenarioOf(seed), killAt }: Options = {},
): Promise<Outcome> {
  const world = new World(scenario, isTraced, killAt);
  const story = new Story(world);
  const { chronicle, timeline } = world;
  chronicle.say("seed", () => `${seed}: ${scenario.cloud}, ${describe(world)}`);
  chronicle.say("seed", () => `at each occasion ${scenario.hardness}: ${[...scenario.faults].join(", ")}`);
  story.begin();
  await timeline.run(() => story.isOver || chronicle.violation !== null);
  if (!story.isOver && chronicle.violation === null) chronicle.fail("everything stands still");
  return {
    ...{ seed, violation: chronicle.violation, counts: chronicle.counts, trace: chronicle.lines },
    simulatedS: timeline.nowMs / 1000,
    calls: world.callsMade,
  };
}

/** A supervisor starts a daemon that was killed. */
const RESTART_MS = 3000;

/** How often it is looked whether all is as it should be. */
const LOOK_MS = 2000;

/** How late an answer can be. */
const ECHO_MS = 30_000;

/** How long it is watched that it stays so. */
const WATCH_S = 60;

/** After a shutdown, how long it is watched that nothing comes back. */
const AFTERMATH_S = 200;

/**
 * How often a person tries at most when nothing goes wrong any more: another daemon takes a while
 * to let go.
 */
const TRIES = 12;

/**
 * How long a person waits for a daemon that was told to stop, and between two tries to shut down.
 */
const STOP_MS = 30_000;
const AGAIN_MS = 10_000;

class Story {
  isOver = false;
  #isCalm = false;
  #isShutDown = false;
  #triesInCalm = 0;
  readonly #requests: Requests;

  constructor(readonly world: World) {
    this.#requests = new Requests(world);
  }

  begin(): void {
    const { scenario, timeline, homes } = this.world;
    arrangeMishaps(this.world);
    this.#requests.arrange();
    homes[0]!.start();
    this.#supervise();
    timeline.in(scenario.stormS * 1000, () => this.#calm());
    if (scenario.shutdownS !== null) timeline.in(scenario.shutdownS * 1000, () => this.#shutDown());
  }

  /** A service manager brings the daemon back, as long as the cluster is wanted. */
  #supervise(): void {
    const { timeline, homes: [home] } = this.world;
    if (this.#isShutDown) return;
    if (!home!.machine.isAsleep) home!.start();
    timeline.in(RESTART_MS, () => this.#supervise());
  }

  #calm(): void {
    const { storm, homes, chronicle, timeline } = this.world;
    storm.end();
    this.#isCalm = true;
    if (this.#isShutDown) return;
    // What is left undone shows that a budget that is raised has no effect.
    for (const home of homes) home.settings = { ...home.settings, budget: null };
    for (const home of homes) home.machine.wake();
    chronicle.say("storm", () => "is over");
    this.#requests.calm();
    const boundMs = this.#boundS() * 1000;
    const isAtRest = () => unrest(this.world);
    const leave = () => {
      this.world.clients.leave();
      chronicle.say("clients", () => "all leave");
      this.#requests.end();
      this.#converge("all idle workers are gone", boundMs, isAtRest, () => this.#shutDown());
    };
    // What was asked in the storm may be answered a little later.
    timeline.in(ECHO_MS, () => this.#converge("all work is done", boundMs, isAtRest, leave));
  }

  /**
   * How long it may take after the last fault until all work is done and all idle workers are gone.
   */
  #boundS(): number {
    const { clients, homes, scenario } = this.world;
    const { pools, maxIdleTimeS, pollIntervalS, holdResultsS } = homes[0]!.settings;
    const bootS = Math.max(
      ...scenario.settings.pools.map(({ bootTimeoutS }) => bootTimeoutS),
      ...pools.map(({ bootTimeoutS }) => bootTimeoutS),
    );
    const { goneAfterS, terminateAgainS, listWhenSteadyS } = scenario.pace;
    return clients.workLeftS + WORKER_TTL_S + 3 * bootS + CAPACITY_MEMORY_S + LAUNCH_BACKOFF_MAX_S +
      2 * leaseTtlS(scenario.pace) +
      3 * (goneAfterS + terminateAgainS + listWhenSteadyS) +
      2 * (maxIdleTimeS === "auto" ? 300 : maxIdleTimeS) + (holdResultsS ?? 0) +
      20 * pollIntervalS + 60;
  }

  /** Waits until all is as it should be and stays so for a while, with nothing launched. */
  #converge(what: string, boundMs: number, wrongNow: () => string | null, then: () => void): void {
    const { timeline, chronicle } = this.world;
    const deadlineMs = timeline.nowMs + boundMs;
    let since: { readonly ms: number; readonly launches: number } | null = null;
    const look = () => {
      this.#endFaults();
      const wrong = wrongNow();
      if (wrong !== null && timeline.nowMs > deadlineMs) {
        return chronicle.fail(`not within ${boundMs / 1000} s after the last fault: ${wrong}`);
      }
      if (wrong !== null) since = null;
      else since ??= { ms: timeline.nowMs, launches: this.#launches() };
      if (since !== null && this.#launches() > since.launches) {
        return chronicle.fail("workers are launched while there is nothing to do");
      }
      if (since === null || timeline.nowMs < since.ms + WATCH_S * 1000) return timeline.in(LOOK_MS, look);
      chronicle.say("calm", () => what);
      then();
    };
    look();
  }

  /** A person sees in the status that nothing more is launched, and changes something. */
  #endFaults(): void {
    for (const home of this.world.homes) {
      if (home.isHalted) home.settings = { ...home.settings };
    }
  }

  #launches(): number {
    return this.world.chronicle.counts.get("call: launch") ?? 0;
  }

  /** A person takes everything down, and tries again until it works. */
  #shutDown(): void {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    const { world } = this;
    const [home] = world.homes;
    world.chronicle.say("person", () => "xcore shutdown");
    home!.stop();
    const deadlineMs = world.timeline.nowMs + STOP_MS;
    const wait = () => {
      if (home!.daemon !== null && world.timeline.nowMs < deadlineMs) return world.timeline.in(500, wait);
      home!.kill("for it does not stop");
      home!.machine.wake();
      this.#endEverything();
    };
    wait();
  }

  #endEverything(): void {
    const { world } = this;
    const process = new Process(world.homes[0]!.machine);
    world.shutdowns.add(process);
    const deps = world.homes[0]!.depsOf(process);
    const progress = (line: string) => world.chronicle.say("shutdown", () => line);
    const takeDown = async () => {
      const ended = await endWorkers({ ...deps, launched: true }, progress);
      world.endScheduler();
      await checkNoWorkers(deps, ended, progress);
    };
    let done = false;
    takeDown().then(() => {
      done = true;
      this.#watchAftermath();
    }, (error) => {
      done = true;
      progress(`! ${error.message}`);
      if (error instanceof ConflictError) world.homes[1]!.stop(); // as the hint says
      world.chronicle.count("shutdown: again");
      if (this.#isCalm && ++this.#triesInCalm > TRIES) {
        world.chronicle.fail(`shutdown does not come to an end: ${error.message}`);
      }
      world.timeline.in(AGAIN_MS, () => this.#endEverything());
    });
    world.timeline.stir();
    const watch = () => {
      if (done) return;
      if (process.alive) return world.timeline.in(LOOK_MS, watch);
      world.timeline.in(AGAIN_MS, () => this.#endEverything());
    };
    watch();
  }

  /** Everything is down, it was said. */
  #watchAftermath(): void {
    const { world } = this;
    world.chronicle.say("shutdown", () => "Nothing is left.");
    world.chronicle.count("shutdown: done");
    const untilMs = world.timeline.nowMs + AFTERMATH_S * 1000;
    const look = () => {
      const left = world.cloud.machines.filter(({ clusterId }) => clusterId === CLUSTER_ID);
      if (left.length > 0) {
        return world.chronicle.fail(
          `left after the shutdown: ${
            left.map(({ name, id, state }) => `${name} (${id}, ${state})`).join(", ")
          }`,
        );
      }
      if (world.cloud.machines.length === 0) {
        return world.chronicle.fail("another cluster's instance is gone");
      }
      if (world.timeline.nowMs > untilMs) this.isOver = true;
      else world.timeline.in(LOOK_MS, look);
    };
    look();
  }
}
