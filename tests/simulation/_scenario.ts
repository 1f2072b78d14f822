/**
 * What a seed decides in advance: the cloud, the settings, which faults occur and how often.
 * @module
 */

import type { Pool } from "../../lib/model/mod.ts";
import type { Budget } from "../../lib/plan/money_limits.ts";
import type { Pace } from "../../lib/platform/provider.ts";
import { DEAREST_USD, type PriceChange, SCHEDULER_USD } from "./_prices.ts";
import { pool } from "../support/fakes/builders.ts";
import { Random } from "../support/fakes/random.ts";

/** The faults that a seed chooses of. */
const CHOSEN = [
  "partial launch",
  "request lost",
  "answer lost",
  "request twice",
  "slow answers",
  "throttled",
  "quota reached",
  "out of stock",
  "listing lags",
  "listing repeats",
  "listing loses",
  "zone unreachable",
  "never boots",
  "never joins",
  "boots late",
  "joins twice",
  "instance dies",
  "spot taken",
  "worker hangs",
  "worker pauses",
  "terminate ignored",
  "scheduler restarts",
  "scheduler unreachable",
  "wall clock set",
  "machine sleeps",
  "daemon killed",
  "daemon stopped",
  "config changed",
  "disk full",
  "two daemons",
  "shutdown killed",
  "client leaves",
  "result bound",
  "hand-over takes long",
  "retirement unanswered",
  "retirement stuck",
  "spot notice",
  "refused after its launch",
] as const;

/** All faults. A new one has a stream of its own, by which it is chosen: others stay as they were. */
export const FAULTS = [...CHOSEN, "sum unreadable"] as const;

/** A fault. */
export type Fault = typeof FAULTS[number];

/** The kinds of work that clients bring. */
export const WORKLOADS = ["burst", "poisson", "long tail", "fan-in", "scatter"] as const;

/** A kind of work. */
export type Workload = typeof WORKLOADS[number];

/** The kinds of platform: processes on this machine, and two clouds whose listings lag. */
export type CloudKind = "local" | "ec2" | "gce";

/** The user's settings. */
export interface Settings {
  readonly pools: readonly Pool[];
  readonly maxIdleTimeS: number | "auto";
  readonly holdResultsS: number | null;
  readonly pollIntervalS: number;
  /** What the cluster may cost an hour; null: there is no limit. */
  readonly maxHourlyUsd: number | null;
  /** What it may cost in all; null: there is no limit. */
  readonly budget: Budget | null;
}

/** The plan of one client. */
export interface ClientPlan {
  readonly workload: Workload;
  readonly fromS: number;
  /** It keeps its results until it disconnects. */
  readonly holdsResults: boolean;
}

/** What a seed decides. */
export interface Scenario {
  /** What the scheduler says of tasks that wait for one alone: it may be wrong about when that ends. */
  readonly foretells: "nothing" | "rightly" | "wrongly";
  readonly seed: number;
  readonly cloud: CloudKind;
  readonly pace: Pace;
  /** Whether an instance that is stopping costs, and counts against limits, until it is gone. */
  readonly stoppingCosts: boolean;
  /** Instances that the account may have, those that are stopping included; null: as many as are asked for. */
  readonly quota: number | null;
  readonly settings: Settings;
  readonly clients: readonly ClientPlan[];
  readonly faults: ReadonlySet<Fault>;
  /** How probable a fault is at each occasion, from 0 to 1. */
  readonly hardness: number;
  /** Until then faults occur and work arrives. */
  readonly stormS: number;
  /** When a user shuts down during the storm, or null. */
  readonly shutdownS: number | null;
  /** Idle workers end when no daemon has held the lease for so long. */
  readonly daemonGraceS: number;
  /** The machine type whose price xcore does not know; null: it knows all. */
  readonly unknownPriceOf: string | null;
  /** Null: prices stay as they are. */
  readonly priceChange: PriceChange | null;
  /** Whether the scheduler's preload holds to a budget by itself; one of an older xcore does not. */
  readonly nodeHoldsBudget: boolean;
  /** Whether it tells the daemon of changes, so that ticks come early, and later where there is nothing to do. */
  readonly tellsChanges: boolean;
}

/** The pace of both clouds. */
export const CLOUD_PACE: Pace = {
  listWhenChangingS: 5,
  listWhenSteadyS: 30,
  goneAfterS: 30,
  terminateAgainS: 60,
};
/** The pace of `local`, whose listings are exact. */
export const LOCAL_PACE: Pace = {
  listWhenChangingS: 0,
  listWhenSteadyS: 0,
  goneAfterS: 0,
  terminateAgainS: 5,
};

/** Zones of the clouds. */
export const ZONES = ["a", "b", "c"] as const;

/** The scenario of a seed. */
export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed * 7919);
  const cloud = random.pick<CloudKind>(["local", "ec2", "gce"]);
  const faults = someFaults(random);
  const stormS = random.whole(150, 700);
  const { maxHourlyUsd, unknownPriceOf } = moneyOf(seed, cloud);
  const { budget, nodeHoldsBudget, sumFails, priceChange } = budgetOf(seed, cloud);
  if (sumFails) faults.add("sum unreadable");
  const { foretells, followsBoots } = foresightOf(seed);
  return {
    unknownPriceOf,
    // Under max_hourly_usd it is a change of the limit, which there is.
    priceChange: maxHourlyUsd === null ? priceChange : null,
    nodeHoldsBudget,
    tellsChanges: new Random(seed * 86_028_121).chance(0.3),
    foretells,
    seed,
    cloud,
    pace: cloud === "local" ? LOCAL_PACE : CLOUD_PACE,
    stoppingCosts: cloud !== "ec2",
    quota: quotaOf(seed, cloud),
    settings: {
      maxHourlyUsd,
      budget,
      // One that the other leaves no money waits for as long as the other has work.
      pools: random.chance(0.5) || maxHourlyUsd !== null
        ? [plainPool(random, cloud)]
        : [plainPool(random, cloud), gpuPool(random, cloud)],
      maxIdleTimeS: followsBoots(random.pick([0, 5, 20, 60])),
      holdResultsS: random.pick([null, null, 0, 30]),
      pollIntervalS: random.pick([1, 1, 2, 5]),
    },
    clients: Array.from({ length: random.whole(1, 4) }, () => ({
      workload: random.pick(WORKLOADS),
      fromS: random.whole(0, Math.round(stormS * 0.8)),
      holdsResults: random.chance(0.3),
    })),
    faults,
    hardness: random.pick([0.01, 0.03, 0.1, 0.25]),
    stormS,
    shutdownS: random.chance(0.2) ? random.whole(5, stormS) : null,
    daemonGraceS: random.pick([60, 900]),
  };
}

/** Its own stream, as for prices. */
function foresightOf(seed: number) {
  const random = new Random(seed * 15_485_863);
  const foretells: Scenario["foretells"] = random.pick(["nothing", "nothing", "rightly", "wrongly"]);
  const isAuto = random.chance(0.2);
  return { foretells, followsBoots: (seconds: number) => isAuto ? "auto" : seconds };
}

/** Its own stream: what a seed decided before there were prices stays as it was. */
function moneyOf(
  seed: number,
  cloud: CloudKind,
): Pick<Settings, "maxHourlyUsd"> & Pick<Scenario, "unknownPriceOf"> {
  const random = new Random(seed * 32_452_843);
  if (cloud === "local" || !random.chance(0.3)) return { maxHourlyUsd: null, unknownPriceOf: null };
  const maxHourlyUsd = someLimit(random);
  return { maxHourlyUsd, unknownPriceOf: random.chance(0.1) ? random.pick(["small", "large"]) : null };
}

/** What a seed decides of budgets. */
interface BudgetPlan extends Pick<Settings, "budget">, Pick<Scenario, "nodeHoldsBudget" | "priceChange"> {
  readonly sumFails: boolean;
}

/** Its own stream as well. */
function budgetOf(seed: number, cloud: CloudKind): BudgetPlan {
  const random = new Random(seed * 49_979_687);
  if (cloud === "local" || !random.chance(0.25)) {
    return { budget: null, nodeHoldsBudget: true, sumFails: false, priceChange: null };
  }
  return {
    budget: someBudget(random),
    nodeHoldsBudget: random.chance(0.6),
    sumFails: random.chance(0.3),
    priceChange: random.chance(0.3) ? { atS: random.whole(30, 500), factor: random.pick([0.5, 2, 3]) } : null,
  };
}

/** Its own stream as well. */
function quotaOf(seed: number, cloud: CloudKind): number | null {
  const random = new Random(seed * 67_867_967);
  return cloud === "local" || !random.chance(0.3) ? null : random.whole(1, 6);
}

/** One that some minutes of some workers use up. */
function someBudget(random: Random): Budget {
  const some = () => random.whole(3, 60) / 100;
  const both = random.chance(0.2);
  const perDay = random.chance(0.3);
  return {
    clusterUsd: both || !perDay ? some() : null,
    perDayUsd: both || perDay ? some() : null,
    onBudget: random.pick(["drain", "stop", "drain", "stop", "shutdown"]),
  };
}

/** One that leaves room for a worker of any type at least. */
function someLimit(random: Random): number {
  return SCHEDULER_USD + DEAREST_USD * random.whole(10, 50) / 10;
}

/** What a worker may take to join. */
export const BOOT_TIMEOUTS_S = [60, 120] as const;

/** Faults that make each other worse. */
const THEMES: readonly (readonly Fault[])[] = [
  ["boots late", "terminate ignored", "slow answers"],
  ["scheduler restarts", "daemon killed", "daemon stopped"],
  ["request lost", "answer lost", "config changed", "quota reached"],
  ["listing lags", "daemon killed", "partial launch", "throttled", "answer lost"],
  ["two daemons", "machine sleeps", "slow answers", "request lost"],
];

/** One fault, those of a theme, several, or all. */
function someFaults(random: Random): Set<Fault> {
  const share = random.pick([0, 0.1, 0.3, 0.5, 1]);
  const first = random.chance(0.3) ? random.pick(THEMES) : [random.pick(CHOSEN)];
  const faults = new Set<Fault>([...first, ...CHOSEN.filter(() => random.chance(share))]);
  // The decision record 0014 says what two daemons may do to each other then: nothing prevents it.
  if (faults.has("two daemons")) {
    for (const known of ["listing loses", "scheduler restarts"] as const) faults.delete(known);
  }
  return faults;
}

function plainPool(random: Random, cloud: CloudKind): Pool {
  const minWorkers = random.pick([0, 0, 0, 1]);
  return pool({
    ...place(random, cloud),
    minWorkers,
    maxWorkers: random.whole(Math.max(1, minWorkers), 8),
    slots: random.pick([1, 1, 2, 4]),
    bootTimeoutS: random.pick(BOOT_TIMEOUTS_S),
  });
}

/** A second pool, whose workers have what some tasks need. */
function gpuPool(random: Random, cloud: CloudKind): Pool {
  return pool({
    ...place(random, cloud),
    name: "gpu",
    accelerator: "t4",
    acceleratorCount: 1,
    resources: { GPU: 1 },
    maxWorkers: random.whole(1, 3),
    bootTimeoutS: random.pick(BOOT_TIMEOUTS_S),
  });
}

function place(random: Random, cloud: CloudKind): Partial<Pool> {
  if (cloud === "local") return { type: "local" };
  return {
    type: random.pick(["small", "large"]),
    zones: random.pick([[], ["a"], ["a", "b"], [...ZONES]]),
    market: random.pick(["on-demand", "spot", "spot-then-on-demand"]),
  };
}

/** The settings after the user has changed one. */
export function changedSettings(settings: Settings, random: Random, cloud: CloudKind): Settings {
  if (settings.maxHourlyUsd !== null && random.chance(0.5)) {
    return { ...settings, maxHourlyUsd: someLimit(random) };
  }
  if (settings.budget !== null && random.chance(0.5)) return { ...settings, budget: someBudget(random) };
  const [first, ...others] = settings.pools as [Pool, ...Pool[]];
  const change = random.whole(0, 7);
  switch (change) {
    case 0:
    case 6:
    case 7: {
      const maxWorkers = random.whole(1, 6);
      const minWorkers = Math.min(first.minWorkers, maxWorkers);
      return { ...settings, pools: [{ ...first, maxWorkers, minWorkers }, ...others] };
    }
    case 1:
      return { ...settings, pools: [{ ...first, minWorkers: random.whole(0, first.maxWorkers) }, ...others] };
    case 2:
      return cloud === "local" ? settings : {
        ...settings,
        pools: [{ ...first, type: random.pick(["small", "large"]), zones: [random.pick(ZONES)] }, ...others],
      };
    case 3:
      if (settings.maxHourlyUsd !== null) return settings;
      return { ...settings, pools: others.length > 0 ? [first] : [first, gpuPool(random, cloud)] };
    case 4:
      return { ...settings, maxIdleTimeS: random.pick([0, 5, 20, 60]) };
    default:
      return { ...settings, holdResultsS: random.pick([null, 0, 30]) };
  }
}
