/** The promises, each checked at the moment when it could be broken. @module */

import type { Attempt, SchedulerReport } from "../../lib/model/mod.ts";
import type { TickState } from "../../lib/reconcile/tick_state.ts";
import type { Chronicle } from "./_chronicle.ts";
import type { Machine, SimulatedCloud } from "./_cloud.ts";
import type { Guests } from "./_guests.ts";
import type { Home } from "./_home.ts";
import { knownUsd, SCHEDULER_USD, workerUsd } from "./_prices.ts";
import type { Process } from "./_process.ts";

/** For workers to end in, which a daemon keeps money for. */
const NEAR_S = 120;

/** Checks every action on the cloud and the scheduler. */
export class Referee {
  cloud!: SimulatedCloud;
  guests!: Guests;
  readonly homes: Home[] = [];
  /** Most workers of the pool when the call was last made, and what was ordered, by token. */
  #orders = new Map<
    string,
    { readonly limit: number; readonly usdLimit: number | null; readonly attempt: Attempt }
  >();
  /** When the scheduler was last asked to retire a worker, by name. */
  #askedMs = new Map<string, number>();
  /** What each daemon was told last. */
  #told = new Map<
    Process,
    { readonly requests: SchedulerReport["requests"]; readonly serving: readonly Machine[] }
  >();
  /** Names of workers that were ever drained. */
  #drained = new Set<string>();
  /** Ids of instances that some program has ended. */
  #ended = new Set<string>();
  /** Tokens that the cloud has carried out or refused for good. */
  #arrived = new Set<string>();
  /** Whose calls were made, by token. */
  #callers = new Map<string, Home>();
  /** When a call of each home arrived last. */
  #arrivedMs = new Map<Home, number>();
  /** When each daemon last asked for a listing that is whole. */
  #listedMs = new Map<Process, number>();

  constructor(readonly chronicle: Chronicle, readonly clusterId: string) {}

  /** The launch order by which an instance starts its worker. */
  orderOf(attemptId: string): Attempt | undefined {
    return this.#orders.get(attemptId)?.attempt;
  }

  /**
   * A launch is recorded: instances in use, open and new ones never exceed the limit. One that is
   * stopping is in use for as long as the cloud takes money for it.
   */
  ordered(home: Home, attempt: Attempt): void {
    const limit = home.limitOf(attempt.pool);
    const { usdLimit } = home;
    const isLimited = usdLimit !== null || home.budget !== null;
    if (this.#orders.has(attempt.id)) this.chronicle.fail(`token ${attempt.id} is used for a second launch`);
    const flying = [...home.file.open.values()]
      .filter(({ id, pool }) => id !== attempt.id && pool === attempt.pool && !this.#arrived.has(id));
    this.#orders.set(attempt.id, { limit, usdLimit, attempt });
    const there = this.#inUse(attempt.pool).length;
    const count = there + namesIn([...flying, attempt]);
    if (count > limit) {
      this.chronicle.fail(
        `over max_workers: ${there} of pool ${attempt.pool} there, ${namesIn(flying)} on their way, ` +
          `${attempt.names.length} more ordered, ${limit} allowed`,
      );
    }
    if (isLimited && knownUsd(home.around.scenario.unknownPriceOf, attempt) === null) {
      this.chronicle.fail(`a ${attempt.type} is ordered under a limit, and its price is not known`);
    }
    const flyingOfAll = [...home.file.open.values()]
      .filter(({ id }) => id !== attempt.id && !this.#arrived.has(id));
    this.#checkCost(
      usdLimit,
      [...flyingOfAll, attempt].flatMap((each) => each.names.map(() => each)),
      "ordered",
    );
    this.#checkNames(
      [...this.#there(), ...flying.flatMap(({ names }) => names.map((name) => ({ name })))],
      attempt,
    );
  }

  /** A daemon's call for a whole listing arrives. */
  listed(process: Process): void {
    this.#listedMs.set(process, this.chronicle.timeline.nowMs);
  }

  /**
   * A launch call is made: it is recorded, and still open. It is made, or made again, only after a whole
   * listing has shown what other daemons have launched.
   */
  calledLaunch(process: Process, id: string): void {
    const home = this.homes.find(({ file }) => file.open.has(id));
    const order = this.#orders.get(id);
    if (home !== undefined && order !== undefined) {
      const caller = this.homes.find(({ daemon }) => daemon === process) ?? home; // one home may be a copy
      const othersMs = [...this.#arrivedMs].filter(([other]) => other !== caller).map(([, atMs]) => atMs);
      if (Math.max(...othersMs) >= (this.#listedMs.get(process) ?? 0)) {
        const again = this.#callers.has(id) ? " again" : "";
        this.chronicle.fail(`launch ${id} is called${again} before a whole listing has shown what is there`);
      }
      this.#callers.set(id, caller);
      const { usdLimit } = home;
      this.#orders.set(id, { ...order, limit: home.limitOf(order.attempt.pool), usdLimit });
    } else {
      this.chronicle.fail(
        `launch ${id} is called, and ${this.#orders.has(id) ? "its end is" : "it is not"} written down`,
      );
    }
  }

  /** Workers are drained: with a budget that is used up they may be ended with their tasks. */
  draining(names: readonly string[]): void {
    for (const name of names) this.#drained.add(name);
  }

  /** A terminate call is made: these serve no more, whether it arrives or not. */
  calledTerminate(ids: readonly string[]): void {
    for (const id of ids) this.#ended.add(id);
  }

  /** A launch call arrives. */
  launching(clusterId: string, attempt: Attempt): void {
    if (clusterId !== this.clusterId) return;
    this.chronicle.count(this.#arrived.has(attempt.id) ? "call: launch again" : "call: launch");
    this.#arrived.add(attempt.id);
    const caller = this.#callers.get(attempt.id);
    if (caller !== undefined) this.#arrivedMs.set(caller, this.chronicle.timeline.nowMs);
    const ordered = this.#orders.get(attempt.id)?.attempt;
    if (JSON.stringify(ordered) !== JSON.stringify(attempt)) {
      this.chronicle.fail(`token ${attempt.id} is used for what was not ordered with it`);
    }
  }

  /** Instances were created. */
  launched(attempt: Attempt): void {
    const limit = this.#orders.get(attempt.id)?.limit ?? 0;
    const there = this.#inUse(attempt.pool);
    if (there.length > limit) {
      this.chronicle.fail(
        `over max_workers: ${
          there.map(({ name, id }) => `${name} (${id})`).join(", ")
        } of pool ${attempt.pool} are there, ${limit} allowed`,
      );
    }
    this.#checkCost(this.#orders.get(attempt.id)?.usdLimit ?? null, [], "launched");
    const names = this.#there().map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) this.chronicle.fail(`two instances are named ${twice}`);
  }

  /** The daemon (or, `isShutdown`, a shutdown) terminates instances. */
  telling(ids: readonly string[], machines: readonly Machine[], isShutdown: boolean): void {
    this.chronicle.count(isShutdown ? "action: terminate by shutdown" : "call: terminate");
    for (const { id, clusterId, name } of machines) {
      if (clusterId !== this.clusterId) this.chronicle.fail(`${name} (${id}) of ${clusterId} is told to end`);
      const worker = this.guests.workerOn(id);
      if (worker === null || worker.hung || isShutdown) continue;
      if (this.#drained.has(name) && this.homes[0]!.around.scenario.settings.budget !== null) continue;
      if (worker.joinedMs > (this.#askedMs.get(name) ?? Infinity)) continue; // the daemon cannot know
      if (worker.processing.length > 0) {
        this.chronicle.fail(`${name} (${id}) is told to end while it has ${worker.processing.length} tasks`);
      }
      if (this.guests.dask.soleResults(worker).length > 0) {
        this.chronicle.fail(`${name} (${id}) is told to end while it alone holds results that are needed`);
      }
    }
    if (ids.length === 0) this.chronicle.fail("no instance is terminated");
  }

  /** A daemon is told of requests and of the workers that serve. */
  told(process: Process, { requests, workers }: SchedulerReport): void {
    const machines = new Map(this.#there().map((machine) => [machine.name, machine]));
    const serving = workers.filter(({ status }) => status === "running")
      .flatMap(({ name }) => machines.get(name) ?? []);
    this.#told.set(process, { requests, serving });
  }

  /** What the cloud took back, and said so in a listing, is a refused launch: no boot has failed. */
  ticked({ listing, memory: { failedBoots } }: TickState): void {
    const wrong = failedBoots.find(({ id }) => listing?.refused?.some((refused) => refused.id === id));
    if (wrong !== undefined) {
      this.chronicle.fail(`${wrong.name} (${wrong.id}) was refused, and counts as a failed boot`);
    }
  }

  /** The daemon asks the scheduler to retire workers. */
  retiring(process: Process, call: "retire" | "cancel", names: readonly string[]): void {
    this.chronicle.count(`call: ${call}`);
    if (call === "retire") this.#checkRequests(process, names);
    for (const name of names) {
      if (call === "retire") this.#askedMs.set(name, this.chronicle.timeline.nowMs);
      const worker = this.guests.dask.workers.get(name);
      if (worker?.instanceId === null) this.chronicle.fail(`${call} of ${name}, which is a person's`);
    }
  }

  /**
   * Of the workers that a daemon was told of, as many stay as are asked for and allowed. It also
   * asks for one to retire that it ends for another reason, and for all where a budget is used up, by what it
   * reckons itself. Two daemons may take one worker for the other's that had its name.
   */
  #checkRequests(process: Process, names: readonly string[]): void {
    const home = this.homes.find(({ daemon }) => daemon === process);
    const { requests = [], serving = [] } = this.#told.get(process) ?? {};
    if (home === undefined || this.homes.filter(({ hasStarted }) => hasStarted).length > 1) return;
    if (this.#isNearItsBudget(home)) return;
    for (const { pool, workers } of requests) {
      const own = serving.filter((machine) => machine.pool === pool && machine.type === home.typeOf(pool));
      const retired = own.filter((machine) =>
        names.includes(machine.name) && !this.#ended.has(machine.id) && this.#there().includes(machine) &&
        machine.state === "running"
      );
      const left = own.length - retired.length;
      this.chronicle.count(
        workers > home.limitOf(pool) ? "request: beyond max_workers" : "request: some workers retire",
      );
      if (left >= Math.min(workers, home.limitOf(pool), own.length)) continue;
      this.chronicle.fail(
        `${names.join(", ")} are to retire: ${left} of pool ${pool} stay, ${workers} are asked for`,
      );
    }
  }

  /** Whether what is there uses a budget up within minutes. */
  #isNearItsBudget({ budget, saidUsd }: Home): boolean {
    if (budget === null || saidUsd === null) return false;
    const limitUsd = Math.min(budget.clusterUsd ?? Infinity, budget.perDayUsd ?? Infinity);
    const hourlyUsd = this.#there().reduce((sum, machine) => sum + workerUsd(machine), SCHEDULER_USD);
    return saidUsd + hourlyUsd * NEAR_S / 3600 > limitUsd;
  }

  /** Scheduler and workers in use cost no more than the limit. */
  #checkCost(usdLimit: number | null, more: readonly Attempt[], what: string): void {
    if (usdLimit === null) return;
    const usd = [...this.#inUse(), ...more].reduce((sum, each) => sum + workerUsd(each), SCHEDULER_USD);
    this.chronicle.count("limit: launched under one");
    if (usd > usdLimit + 1e-6) {
      this.chronicle.fail(`over max_hourly_usd of ${usdLimit}: ${usd} an hour with what is ${what}`);
    }
  }

  #there(pool?: string): Machine[] {
    return this.cloud.machines.filter((machine) =>
      machine.clusterId === this.clusterId && (pool === undefined || machine.pool === pool)
    );
  }

  /** Those that cost, and count against limits. */
  #inUse(pool?: string): Machine[] {
    const { stoppingCosts } = this.homes[0]!.around.scenario;
    const there = this.#there(pool);
    const inUse = there.filter(({ state }) => stoppingCosts || state !== "stopping");
    if (inUse.length < there.length) this.chronicle.count("limit: stopping does not count");
    return inUse;
  }

  #checkNames(taken: readonly { readonly name: string }[], attempt: Attempt): void {
    const twice = attempt.names.find((name, i) =>
      attempt.names.indexOf(name) !== i || taken.some((other) => other.name === name)
    );
    if (twice !== undefined) {
      this.chronicle.fail(`${twice} is ordered while there is one, or one is on its way`);
    }
  }
}

function namesIn(attempts: readonly Attempt[]): number {
  return attempts.reduce((sum, { names }) => sum + names.length, 0);
}
