/**
 * A user's machine with this cluster's home: its history stays, and its daemons start and end.
 * @module
 */

import { XcoreError } from "../../lib/errors.ts";
import { type Attempt, type Decision, SCHEDULER, type Scheduler } from "../../lib/model/mod.ts";
import { clearFailures } from "../../lib/plan/memory.ts";
import { BOOT_FAILURES_TO_HALT } from "../../lib/plan/rules.ts";
import type { Offering } from "../../lib/plan/offering.ts";
import type { Deps } from "../../lib/reconcile/deps.ts";
import { type ChangedFrom, pauseUntilChange } from "../../lib/daemon/pause_until_change.ts";
import { SchedulerError } from "../../lib/errors.ts";
import { giveBackLease } from "../../lib/reconcile/lease.ts";
import { loop } from "../../lib/reconcile/tick.ts";
import { FIRST_STATE, type TickState } from "../../lib/reconcile/tick_state.ts";
import type { Budget } from "../../lib/plan/money_limits.ts";
import { costSoFar, newLife } from "../../lib/price/ledger.ts";
import { ledgerReader } from "../../lib/price/ledger_reader.ts";
import { rules } from "../support/fakes/builders.ts";
import { type Cloud, FakeProvider } from "../support/fakes/fake_provider.ts";
import { MemoryHistory } from "../support/fakes/memory_history.ts";
import { Random } from "../support/fakes/random.ts";
import type { Chronicle } from "./_chronicle.ts";
import { BILLED_AT_LEAST_S, knownUsd, SCHEDULER_USD } from "./_prices.ts";
import { EPOCH_MS, Machine, Process } from "./_process.ts";
import type { Scenario, Settings } from "./_scenario.ts";
import type { Timeline } from "./_timeline.ts";
import type { Storm } from "./_storm.ts";
import { type Weather, Wire } from "./_wire.ts";
import { DEFAULT_TERMS } from "../../lib/protocol/messages.ts";

/** Longer than any simulation: it does not cover the orphan timeout. */
const ORPHAN_TIMEOUT_S = 12 * 3600;

const SCHEDULERS_LIFE = newLife({
  ...{ id: "i-scheduler", name: SCHEDULER, kind: "scheduler", pool: null, type: "small", zone: null },
  ...{ market: "on-demand", startedMs: EPOCH_MS },
}, { machineUsd: SCHEDULER_USD, diskUsd: 0 });

/** The surroundings of a home. */
export interface Surroundings {
  readonly scenario: Scenario;
  readonly timeline: Timeline;
  readonly chronicle: Chronicle;
  readonly cloud: Cloud;
  readonly clusterId: string;
  readonly weather: Weather;
  readonly storm: Storm;
  /** What prices have become since the beginning, as a multiple. */
  readonly priceFactor: number;
  /** The scheduler over a process's wire. */
  schedulerOver(wire: Wire): Scheduler;
  /** A launch is recorded. */
  ordered(home: Home, attempt: Attempt): void;
  /** A daemon has ticked. */
  ticked(home: Home): void;
}

/** Reports each recorded launch, and counts decisions. */
class WatchedHistory extends MemoryHistory {
  constructor(
    wire: Wire,
    file: MemoryHistory,
    readonly chronicle: Chronicle,
    readonly told: (attempt: Attempt) => void,
  ) {
    super(wire, file);
  }

  override record(decisions: readonly Decision[]): Promise<void> {
    for (const { action } of decisions) this.chronicle.count(`action: ${action}`);
    return super.record(decisions);
  }

  override openAttempt(attempt: Attempt): Promise<void> {
    const wasOpen = this.open.has(attempt.id);
    const written = super.openAttempt(attempt); // at once, or not at all
    if (!wasOpen && this.open.has(attempt.id)) this.told(attempt);
    return written;
  }
}

/** A home, and its daemon if one runs. */
export class Home {
  readonly machine: Machine;
  /** history.db */
  readonly file = new MemoryHistory();
  settings: Settings;
  daemon: Process | null = null;
  hasStarted = false;
  /** After the daemon's last tick. */
  state: TickState = FIRST_STATE;
  /** What the daemon reckons that the cluster has cost, in US dollars; null: it has not looked. */
  saidUsd: number | null = null;
  #settingsOfDaemon: Settings;
  #stop = new AbortController();

  constructor(readonly around: Surroundings, readonly name: string, readonly random: Random) {
    this.machine = new Machine(around.timeline, random.chance(0.5));
    this.settings = this.#settingsOfDaemon = around.scenario.settings;
  }

  /** The settings that the daemon read last. */
  limitOf(pool: string): number {
    return this.#settingsOfDaemon.pools.find(({ name }) => name === pool)?.maxWorkers ?? 0;
  }

  /** What the cluster may cost an hour, by the settings that the daemon read last; null: no limit. */
  get usdLimit(): number | null {
    return this.#settingsOfDaemon.maxHourlyUsd;
  }

  /** What the cluster may cost in all, by the settings that the daemon read last; null: no limit. */
  get budget(): Budget | null {
    return this.#settingsOfDaemon.budget;
  }

  /** Machine type of the pool, by the settings that the daemon read last. */
  typeOf(pool: string): string | undefined {
    return this.#settingsOfDaemon.pools.find(({ name }) => name === pool)?.type;
  }

  /** True when launches for a pool are halted until the user has changed something. */
  get isHalted(): boolean {
    const byPool = Map.groupBy(this.state.memory.failedBoots, ({ pool }) => pool);
    return [...byPool.values()].some(({ length }) => length >= BOOT_FAILURES_TO_HALT);
  }

  /** What a program of this home works with. */
  depsOf(process: Process): Omit<Deps, "rules"> {
    const { around, name, random, file } = this;
    const wire = new Wire(process, around.weather, around.timeline);
    const provider = new FakeProvider(around.cloud, wire, around.clusterId);
    provider.pace = around.scenario.pace;
    const say = (line: string) => around.chronicle.say(name, () => line);
    const history = new WatchedHistory(
      wire,
      file,
      around.chronicle,
      (attempt) => around.ordered(this, attempt),
    );
    const { unknownPriceOf, settings: { budget } } = around.scenario;
    // Lives are recorded where a budget needs them.
    const prices = budget === null ? null : {
      schedulerRate: { machineUsd: SCHEDULER_USD, diskUsd: 0 },
      workerRate: (_pool: string, offering: Offering) => ({
        machineUsd: times(knownUsd(unknownPriceOf, offering), around.priceFactor),
        diskUsd: 0,
      }),
      billing: { minimumS: BILLED_AT_LEAST_S, stoppingCosts: around.scenario.stoppingCosts },
      isNamed: () => false,
    };
    const readLedger = ledgerReader({
      lives: async (sinceMs) => [SCHEDULERS_LIFE, ...await history.lives(sinceMs)],
    });
    return {
      provider,
      scheduler: around.schedulerOver(wire),
      history,
      clock: process,
      random: {
        hex: (bytes) => Array.from({ length: bytes }, () => random.whole(16, 255).toString(16)).join(""),
        fraction: () => random.fraction(),
      },
      log: { info: say, warn: (line) => say(`! ${line}`) },
      daemonId: name,
      prices,
      spent: async () => {
        if (prices === null || this.budget === null) return null;
        if (around.storm.isOn("sum unreadable")) {
          around.storm.note("sum unreadable");
          throw new XcoreError("Cannot read the cluster's history: an input/output error", "Check the disk.");
        }
        const spent = costSoFar(await readLedger(process.nowMs(), prices));
        this.saidUsd = spent.clusterUsd;
        return spent;
      },
      leaseTerms: {
        ...DEFAULT_TERMS,
        daemonGraceS: around.scenario.daemonGraceS,
        orphanTimeoutS: ORPHAN_TIMEOUT_S,
      },
    };
  }

  /** Starts the daemon, unless it runs. */
  start(): void {
    if (this.daemon !== null) return;
    const { around, name } = this;
    const process = new Process(this.machine);
    const stop = new AbortController();
    const deps = this.depsOf(process);
    this.daemon = process;
    this.hasStarted = true;
    this.#stop = stop;
    this.#settingsOfDaemon = this.settings;
    this.state = FIRST_STATE;
    around.chronicle.say(name, () => "the daemon starts");
    around.timeline.stir();
    const ended = async () => {
      await giveBackLease(deps);
      around.chronicle.say(name, () => "the daemon has stopped");
      process.kill();
      if (this.daemon === process) this.daemon = null;
    };
    loop({
      clock: process,
      stop: stop.signal,
      pause: pauseUntilChange(process, this.#changedFrom(process)),
      prepare: (state) => {
        const prepared = this.#prepared(state);
        return Promise.resolve({ deps: { ...deps, rules: this.#rules() }, ...prepared });
      },
      after: (state) => {
        this.state = state;
        around.chronicle.count("ticks");
        around.ticked(this);
      },
    }).then(ended, (error) => around.chronicle.fail(`a tick threw: ${error?.stack ?? error}`));
  }

  /** A scheduler that tells of changes at any time, whatever has changed, and sometimes does not answer. */
  #changedFrom(process: Process): ChangedFrom {
    const random = new Random(this.around.scenario.seed * 122_949_823 + this.name.length);
    return async (changes) => {
      await process.sleep(random.whole(0, random.pick([20, 1000, 10_000])));
      if (random.chance(0.05)) {
        throw new SchedulerError("Cannot reach the scheduler: connection refused", "Wait.");
      }
      return changes + Number(random.chance(0.8));
    };
  }

  /** Asks the daemon to stop; it ends after the current tick. */
  stop(): void {
    this.#stop.abort();
    this.around.timeline.stir();
  }

  /** Kills the daemon, whatever it is doing. */
  kill(why: string): void {
    if (this.daemon === null) return;
    this.around.chronicle.say(this.name, () => `the daemon is killed ${why}`);
    this.daemon.kill();
    this.daemon = null;
  }

  #rules(): Deps["rules"] {
    const { pools, maxIdleTimeS, holdResultsS, maxHourlyUsd, budget } = this.#settingsOfDaemon;
    const { scenario, priceFactor } = this.around;
    const { pace: { goneAfterS, terminateAgainS }, stoppingCosts } = scenario;
    const moneyLimits = maxHourlyUsd === null && budget === null ? null : {
      ...{ maxHourlyUsd, budget, stoppingCosts },
      schedulerUsd: SCHEDULER_USD,
      workerUsd: (_pool: string, offering: Offering) =>
        times(knownUsd(scenario.unknownPriceOf, offering), priceFactor),
    };
    return rules({
      ...{ pools, maxIdleTimeS, holdResultsS, moneyLimits, goneAfterS, terminateAgainS, stoppingCosts },
    });
  }

  /** Like the daemon: a changed configuration clears failures. */
  #prepared(state: TickState): { state: TickState; pollIntervalS: number } {
    const { pollIntervalS } = this.settings;
    if (this.settings === this.#settingsOfDaemon) return { state, pollIntervalS };
    this.#settingsOfDaemon = this.settings;
    return { state: { ...state, memory: clearFailures(state.memory) }, pollIntervalS };
  }
}

function times(usd: number | null, factor: number): number | null {
  return usd === null ? null : usd * factor;
}
