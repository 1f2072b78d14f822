/** All parts of one simulation. @module */

import { SchedulerError } from "../../lib/errors.ts";
import type { Attempt, Scheduler } from "../../lib/model/mod.ts";
import { pool } from "../support/fakes/builders.ts";
import { Random } from "../support/fakes/random.ts";
import { Bill } from "./_bill.ts";
import { BillWatch } from "./_bill_watch.ts";
import { BudgetWatch } from "./_budget_watch.ts";
import { Chronicle } from "./_chronicle.ts";
import { Clients } from "./_clients.ts";
import { type Climate, type Fate, type Machine, SimulatedCloud } from "./_cloud.ts";
import { SimulatedDask } from "./_dask.ts";
import { Guests } from "./_guests.ts";
import { Home, type Surroundings } from "./_home.ts";
import { factorAt } from "./_prices.ts";
import type { Process } from "./_process.ts";
import { Referee } from "./_referee.ts";
import type { Scenario } from "./_scenario.ts";
import { ZONES } from "./_scenario.ts";
import { Storm } from "./_storm.ts";
import { Timeline } from "./_timeline.ts";
import { CallWeather } from "./_weather.ts";
import type { Passage, Weather, Wire } from "./_wire.ts";

/** The cluster under test. */
export const CLUSTER_ID = "xcore-0000ours";

/** Another cluster in the same account. */
const STRANGER_ID = "xcore-00theirs";
const STRANGERS_ATTEMPT = "theirs";

/** The call at which its caller is killed. */
export interface KillAt {
  readonly call: number;
  readonly when: "before" | "after";
}

/** All parts of one simulation. */
export class World implements Weather, Climate, Surroundings {
  readonly clusterId = CLUSTER_ID;
  readonly timeline = new Timeline();
  readonly chronicle: Chronicle;
  readonly storm: Storm;
  readonly cloud: SimulatedCloud;
  readonly dask: SimulatedDask;
  readonly guests: Guests;
  readonly clients: Clients;
  readonly referee: Referee;
  readonly homes: Home[];
  readonly bill: Bill;
  readonly budgetWatch: BudgetWatch;
  readonly billWatch: BillWatch;
  /** The scheduler's process runs. */
  schedulerIsUp = true;
  /** Shutdowns that run. */
  readonly shutdowns = new Set<Process>();
  #calls: CallWeather;
  #nature: Random;
  #handOvers: Random;
  #telling: Process | null = null;

  /** Calls that all programs have made so far. */
  callsMade = 0;

  /** @param killAt the call, counted from 0, in which its caller is killed */
  constructor(readonly scenario: Scenario, isTraced: boolean, readonly killAt?: KillAt) {
    const { seed, cloud } = scenario;
    const stream = (n: number) => new Random(seed * 104_729 + n * 7907);
    this.chronicle = new Chronicle(this.timeline, isTraced);
    this.storm = new Storm(scenario, this.timeline, this.chronicle);
    this.#calls = new CallWeather(this.storm, stream(1), cloud === "local", () => !this.schedulerIsUp);
    this.#nature = stream(2);
    this.#handOvers = stream(3);
    this.referee = new Referee(this.chronicle, CLUSTER_ID);
    const { foretells, nodeHoldsBudget } = scenario;
    this.dask = new SimulatedDask(this.timeline, stream(4).chance(0.3), foretells, nodeHoldsBudget);
    this.dask.handOverMs = () => this.handOverMs();
    this.dask.bindsResult = () => this.storm.happens("result bound", 5);
    this.guests = new Guests(
      ...[cloud, this.dask, this.storm, stream(5), this.chronicle] as const,
      (attemptId) => this.referee.orderOf(attemptId) ?? pool(),
      () => this.schedulerIsUp,
      () => {},
    );
    this.cloud = new SimulatedCloud(this.timeline, this);
    this.guests.cloud = this.referee.cloud = this.cloud;
    this.referee.guests = this.guests;
    this.clients = new Clients(scenario, this.dask, stream(6), this.chronicle);
    this.homes = [new Home(this, "laptop", stream(7)), new Home(this, "desktop", stream(8))];
    this.referee.homes.push(...this.homes);
    this.bill = new Bill(this.timeline, scenario.priceChange);
    this.budgetWatch = new BudgetWatch(this, this.bill);
    this.billWatch = new BillWatch(this, this.bill);
    this.dask.onBegun = (worker) => this.budgetWatch.begins(worker);
    this.budgetWatch.arrange();
    this.#watchLease();
    this.#addStrangers();
  }

  // ---- Surroundings

  get weather(): Weather {
    return this;
  }

  get priceFactor(): number {
    return factorAt(this.scenario.priceChange, this.timeline.nowMs);
  }

  ordered(home: Home, attempt: Attempt): void {
    this.referee.ordered(home, attempt);
    this.budgetWatch.ordered(home, attempt);
  }

  ticked(home: Home): void {
    this.referee.ticked(home.state);
    this.budgetWatch.ticked(home);
    this.billWatch.ticked(home);
  }

  schedulerOver(wire: Wire): Scheduler {
    const { dask } = this;
    // The scheduler may have ended while the call was under way.
    const heard = <T>(work: () => T): T => {
      if (!this.schedulerIsUp) throw new SchedulerError("Cannot reach the scheduler: it has ended", "Wait.");
      return work();
    };
    return {
      report: () =>
        wire.call(() =>
          heard(() => {
            const report = { ...dask.report(), changes: this.scenario.tellsChanges ? 0 : null };
            this.referee.told(wire.process, report);
            return report;
          }), "report"),
      lease: (claim) => {
        const home = this.homes.find(({ daemon }) => daemon === wire.process);
        if (home !== undefined) this.budgetWatch.claims(home, claim);
        return wire.call(() => heard(() => dask.lease(claim)), "lease", claim.daemonId, claim.ttlS);
      },
      cancelHeldBy: (names) => wire.call(() => heard(() => dask.cancelHeldBy(names)), "cancel", ...names),
      drain: (names, drain) => {
        if (drain) this.referee.draining(names);
        return wire.call(() => heard(() => dask.drain(names, drain)), "drain", ...names);
      },
      retire: (names, force) => {
        if (force) wire.refuse(`retire ${names.join(", ")} by force`);
        return wire.exchange(
          (reply) => heard(() => dask.retire(names, this.handOverMs(), reply)),
          "retire",
          ...names,
        );
      },
    };
  }

  // ---- Weather

  passageOf(process: Process, call: string, words: readonly (string | number)[]): Passage {
    if (call === "launch") this.referee.calledLaunch(process, String(words[0]));
    if (call === "terminate") this.referee.calledTerminate(words.map(String));
    const passage = this.#calls.passageOf(
      call,
      this.shutdowns.has(process) ? "shutdown killed" : "daemon killed",
    );
    return this.callsMade++ === this.killAt?.call ? { ...passage, kill: this.killAt.when } : passage;
  }

  kill(process: Process, at: string): void {
    this.chronicle.count("killed");
    const home = this.homes.find(({ daemon }) => daemon === process);
    if (home !== undefined) home.kill(at);
    else this.chronicle.say("person", () => `a program is killed ${at}`);
    process.kill();
  }

  fault(_process: Process, what: string): void {
    this.chronicle.fail(`what no correct caller does: ${what}`);
  }

  arrived(process: Process, call: string, words: readonly (string | number)[]): void {
    if (call === "retire" || call === "cancel") this.referee.retiring(process, call, words.map(String));
    if (call === "terminate") this.#telling = process;
    if (call === "list" && this.unreachable().length === 0) this.referee.listed(process);
    if (call === "launch" || call === "terminate" || call === "retire" || call === "cancel") {
      this.chronicle.say("call", () => `${call} ${words.join(" ")}`);
    }
  }

  // ---- Climate

  granted({ names, zone, market }: Attempt): "quota" | readonly string[] {
    const { storm } = this;
    if (storm.isOn("quota reached")) {
      storm.note("quota reached");
      return "quota";
    }
    const own = this.cloud.machines.filter(({ clusterId }) => clusterId === CLUSTER_ID);
    const left = (storm.isOver ? null : this.scenario.quota) ?? Infinity;
    if (own.length >= left) {
      const isHeld = own.filter(({ state }) => state !== "stopping").length < left;
      this.chronicle.count(isHeld ? "quota: held by what is stopping" : "quota: reached");
      return "quota";
    }
    if (storm.isOn("out of stock") && market === storm.market && zone !== "c") {
      storm.note("out of stock");
      return [];
    }
    const isPartial = names.length > 1 && storm.happens("partial launch", 5);
    const most = isPartial ? storm.of("partial launch").whole(1, names.length - 1) : names.length;
    return names.slice(0, Math.min(most, left - own.length));
  }

  fateOf({ id, zone }: Attempt): Fate {
    const { storm, scenario } = this;
    const isLocal = scenario.cloud === "local";
    const nature = this.#nature;
    const never = storm.happens("never boots", 1.5);
    const lagMs = isLocal
      ? 0
      : storm.happens("listing lags", 3)
      ? storm.of("listing lags").whole(1000, 25_000)
      : 0;
    const loses = !isLocal && lagMs === 0 && storm.happens("listing loses", 3);
    const from = loses ? storm.of("listing loses").whole(0, 120) * 1000 : 0;
    return {
      bootMs: never ? Infinity : nature.whole(isLocal ? 0 : 5000, isLocal ? 2000 : 40_000),
      stopMs: nature.whole(isLocal ? 50 : 1000, isLocal ? 6000 : 60_000),
      tells: storm.happens("terminate ignored", 1.5) ? 2 : 1,
      hiddenMs: loses ? [from, from + storm.of("listing loses").whole(1000, 25_000)] : [0, lagMs],
      ghostMs: lagMs,
      refusedMs:
        scenario.cloud === "ec2" && id !== STRANGERS_ATTEMPT && storm.happens("refused after its launch", 3)
          ? storm.of("refused after its launch").whole(500, 20_000)
          : Infinity,
      zone: isLocal ? null : zone ?? nature.pick(ZONES),
    };
  }

  unreachable(): readonly string[] {
    if (!this.storm.isOn("zone unreachable") || this.scenario.cloud === "local") return [];
    this.storm.note("zone unreachable");
    return [this.storm.zone];
  }

  repeats(): boolean {
    return this.scenario.cloud !== "local" && this.storm.happens("listing repeats", 0.3);
  }

  launching(clusterId: string, attempt: Attempt): void {
    this.referee.launching(clusterId, attempt);
  }

  launched(attempt: Attempt): void {
    this.referee.launched(attempt);
  }

  telling(_clusterId: string, ids: readonly string[], machines: readonly Machine[]): void {
    this.referee.telling(ids, machines, this.#telling !== null && this.shutdowns.has(this.#telling));
  }

  booted(machine: Machine): void {
    if (machine.clusterId !== CLUSTER_ID) return;
    this.chronicle.say("cloud", () => `${machine.name} (${machine.id}) has booted`);
    this.bill.began(machine);
    this.guests.booted(machine);
  }

  ended(machine: Machine): void {
    this.chronicle.say("cloud", () => `${machine.name} (${machine.id}) is ${machine.state}`);
    if (machine.state === "stopping") this.bill.stops(machine);
    if (machine.state !== "stopping" || !this.scenario.stoppingCosts) this.bill.ended(machine);
    this.guests.ended(machine);
  }

  gone(machine: Machine): void {
    this.bill.ended(machine);
  }

  // ---- what happens to the scheduler

  /** The scheduler's process restarts: its memory is empty, and its clients submit again. */
  restartScheduler(downMs: number): void {
    if (!this.schedulerIsUp) return;
    const unfinished = this.dask.tasks.filter(({ state }) => state !== "memory" && state !== "erred");
    this.dask.restart();
    this.schedulerIsUp = false;
    this.chronicle.say("dask", () => `the scheduler ends, with ${unfinished.length} unfinished tasks`);
    this.guests.schedulerLost();
    this.timeline.in(downMs, () => {
      if (this.isOver) return;
      this.schedulerIsUp = true;
      this.chronicle.say("dask", () => "the scheduler is back");
      this.timeline.in(1000, () => this.clients.resubmit(unfinished));
    });
  }

  /** The base is removed. */
  isOver = false;

  /** The scheduler is removed. */
  endScheduler(): void {
    this.isOver = true;
    this.schedulerIsUp = false;
    this.dask.restart();
    this.guests.schedulerLost();
  }

  /** Dask moves results before it closes a worker; infinite: it never comes to an end of it. */
  handOverMs(): number {
    if (this.storm.happens("retirement stuck", 3)) return Infinity;
    if (this.storm.happens("hand-over takes long", 3)) {
      return this.storm.of("hand-over takes long").whole(5000, 60_000);
    }
    return this.#handOvers.chance(0.1)
      ? this.#handOvers.whole(3000, 20_000)
      : this.#handOvers.whole(20, 1500);
  }

  /** Idle workers end when the last claim of the lease was long ago. */
  #watchLease(): void {
    const leftMs = this.dask.idleEndMs - this.timeline.nowMs;
    if (leftMs <= 0 && this.schedulerIsUp) this.guests.endIdle();
    this.timeline.in(Math.min(Math.max(5000, leftMs), 60_000), () => this.#watchLease());
  }

  /** An instance of another cluster, and a manually started worker. */
  #addStrangers(): void {
    const attempt: Attempt = {
      ...{
        id: STRANGERS_ATTEMPT,
        pool: "default",
        type: "small",
        accelerator: null,
        acceleratorCount: 0,
        resources: {},
      },
      ...{ zone: null, market: "on-demand", slots: 1, names: ["worker-0"], atMs: 0 },
    };
    this.cloud.create(STRANGER_ID, attempt, "worker-0");
    if (this.#nature.chance(0.1)) {
      this.dask.register({
        ...{
          name: "alice",
          instanceId: null,
          slots: 1,
          resources: {},
          address: "tls://127.0.0.1:39999",
          joinedMs: 0,
        },
        ...{
          status: "running",
          hung: false,
          completed: 0,
          processing: [],
          executing: new Set(),
          results: new Set(),
        },
      });
    }
  }
}
