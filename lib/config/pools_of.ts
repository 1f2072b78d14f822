/** A config's pools. @module */

import { type MachineTypes, NO_MACHINE_TYPES, type Pool, type SpotPrices } from "../model/mod.ts";
import type { CloudConfig, Config, PoolConfig } from "./config.ts";

/** What a config does not say of the machines. */
export interface Machines {
  /** Cores of this machine; for `slots_per_worker: auto` on local. */
  readonly cores?: number;
  /** What the platform says of its machine types. */
  readonly machineTypes?: MachineTypes;
  readonly spotPrices?: SpotPrices;
}

/** GPUs need their driver made or loaded before a worker can join. */
const BOOT_TIMEOUT_S = 600;
const BOOT_TIMEOUT_WITH_GPU_S = 1800;

/**
 * The pools: `default`, which the flat keys describe, and then those under `pools:`.
 *
 * Slots `auto` are as many as the type has cores. On local all workers are on this machine: there
 * each has an equal share of its cores when all pools have their most workers. Where the cores are
 * not known it is one. Accelerators that are part of the type are offered like those that are
 * attached to it.
 *
 * @param config a valid one
 * @param machines what it does not say
 */
export function poolsOf(config: Config, machines: Machines = {}): Pool[] {
  const flat: PoolConfig = {
    name: "default",
    workerType: config.workerType,
    acceleratorType: config.acceleratorType,
    acceleratorCount: config.acceleratorCount,
    resources: {},
    diskGb: null,
    diskType: null,
    maxWorkers: config.maxWorkers,
    minWorkers: config.minWorkers,
    market: config.market,
  };
  return [flat, ...config.pools].map((pool) => poolOf(pool, config, machines));
}

/**
 * Seconds that a worker may take to join, of whatever pool: so long a client's data waits for the
 * first one.
 */
export function longestBootS(config: Config): number {
  return config.bootDelayS + Math.max(...poolsOf(config).map(({ bootTimeoutS }) => bootTimeoutS));
}

function poolOf(pool: PoolConfig, config: Config, machines: Machines): Pool {
  const local = config.provider === "local";
  const { zones, types } = machines.machineTypes ?? NO_MACHINE_TYPES;
  const type = local ? "local" : typeOf(pool, config);
  const builtIn = types[type]?.acceleratorCount ?? 0;
  const count = pool.acceleratorCount || builtIn;
  const resources = count > 0 ? { GPU: count, ...pool.resources } : pool.resources;
  const hasGpu = count > 0 || (resources.GPU ?? 0) > 0;
  const accelerator = pool.acceleratorType ?? config.acceleratorType ?? types[type]?.accelerator ?? null;
  return {
    name: pool.name,
    type,
    fallbackTypes: local ? [] : fallbacksOf(pool, config, types, builtIn),
    accelerator: count > 0 ? accelerator : null,
    acceleratorCount: count,
    resources,
    slots: slotsOf(type, config, machines),
    minWorkers: pool.minWorkers,
    maxWorkers: pool.maxWorkers,
    market: pool.market ?? config.market,
    zones: local ? [] : zonesOf(config, zones),
    spotPricePerCore: pricePerCore(machines),
    bootTimeoutS: bootTimeoutOf(config, hasGpu),
  };
}

/** A smaller type is no cheaper for costing less. */
function pricePerCore({ spotPrices = {}, machineTypes = NO_MACHINE_TYPES }: Machines): SpotPrices {
  return Object.fromEntries(
    Object.entries(spotPrices).flatMap(([offering, price]) => {
      const cores = machineTypes.types[offering.split("/")[0]!]?.cores;
      return cores === undefined ? [] : [[offering, price / cores]];
    }),
  );
}

/** Seconds a worker may take to join before it is given up. */
export function bootTimeoutOf({ bootTimeoutS }: Config, hasGpu: boolean): number {
  return bootTimeoutS ?? (hasGpu ? BOOT_TIMEOUT_WITH_GPU_S : BOOT_TIMEOUT_S);
}

/** Empty where a worker is no machine: on local. */
function typeOf({ workerType }: Pick<PoolConfig, "workerType">, config: Config): string {
  return workerType ?? config.workerType ?? "";
}

/** Machine types that a config names for workers, each once. */
export function workerTypesOf(config: Config): string[] {
  const types = [config, ...config.pools].map((pool) => typeOf(pool, config));
  return [...new Set([...types, ...config.fallbackWorkerTypes])];
}

/**
 * A pool with a type of its own needs what that type has; and no type stands in for one with more
 * accelerators.
 */
function fallbacksOf(
  pool: PoolConfig,
  config: Config,
  types: MachineTypes["types"],
  accelerators: number,
): string[] {
  const type = typeOf(pool, config);
  if (type !== typeOf(config, config)) return [];
  return config.fallbackWorkerTypes.filter((fallback) =>
    fallback !== type && (types[fallback]?.acceleratorCount ?? 0) >= accelerators
  );
}

function slotsOf(type: string, config: Config, { cores = 1, machineTypes }: Machines): number {
  if (config.slotsPerWorker !== "auto") return config.slotsPerWorker;
  if (config.provider !== "local") return machineTypes?.types[type]?.cores ?? 1;
  return Math.max(1, Math.floor(cores / Math.max(1, workersOf(config))));
}

/** The disk of a machine. */
export interface Disk {
  readonly gb: number;
  /** Null: what the platform takes for the machine type. */
  readonly type: string | null;
}

/** The disk of each worker of a pool; of a pool that is no more, as of `default`. */
export function diskOf({ pools, diskGb, diskType }: CloudConfig, poolName: string): Disk {
  const pool = pools.find(({ name }) => name === poolName);
  return { gb: pool?.diskGb ?? diskGb, type: pool?.diskType ?? diskType };
}

/** How many workers all pools may have together. */
export function workersOf({ pools, maxWorkers }: Config): number {
  return pools.reduce((sum, pool) => sum + pool.maxWorkers, maxWorkers);
}

const UNITS: Readonly<Record<string, number>> = { MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** What `worker_memory` says in bytes; null: an equal share of what the machine has. */
export function memoryBytesOf({ workerMemory }: Config): number | null {
  if (workerMemory === "auto") return null;
  const [, number, unit = ""] = /^([\d.]+) ?(\w+)$/.exec(workerMemory) ?? [];
  return Math.round(Number(number) * (UNITS[unit] ?? Number.NaN));
}

/** Where zones are not named but the scheduler's is, workers go beside it. */
function zonesOf({ zones, zoneName }: Config, offered: readonly string[]): readonly string[] {
  if (zones.length > 0) return zones;
  return zoneName === null ? offered : [zoneName];
}
