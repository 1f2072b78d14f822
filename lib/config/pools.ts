/** A config's pools. @module */

import type { Pool } from "../model/mod.ts";
import type { Config, PoolConfig } from "./config.ts";
import { defaultOf, FIELDS } from "./fields.ts";

/** What a config does not say of the machines. */
export interface Machines {
  /** Cores of this machine; for `slots_per_worker: auto` on local. */
  readonly cores?: number;
  /** Cores of a cloud's machine type, or null when unknown; for `slots_per_worker: auto`. */
  readonly coresOf?: (type: string) => number | null;
}

/** GPUs need their driver made or loaded before a worker can join. */
const BOOT_TIMEOUT_S = 600;
const BOOT_TIMEOUT_WITH_GPU_S = 1800;

/**
 * The pools: `default`, which the flat keys describe, and then those under `pools:`.
 *
 * Slots `auto` are as many as the type has cores. On local all workers are on this machine: there each has an equal
 * share of its cores when all pools have their most workers. Where the cores are not known it is one.
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
    maxWorkers: config.maxWorkers,
    market: config.market,
  };
  return [flat, ...config.pools].map((pool) => poolOf(pool, config, machines));
}

function poolOf(pool: PoolConfig, config: Config, machines: Machines): Pool {
  const local = config.provider === "local";
  const type = local
    ? "local"
    : pool.workerType ?? config.workerType ?? defaultOf(FIELDS.worker_type, config.provider) ?? "";
  const count = pool.acceleratorCount;
  const resources = count > 0 ? { GPU: count, ...pool.resources } : pool.resources;
  const hasGpu = count > 0 || (resources.GPU ?? 0) > 0;
  return {
    name: pool.name,
    type,
    accelerator: count > 0 ? pool.acceleratorType ?? config.acceleratorType : null,
    acceleratorCount: count,
    resources,
    slots: slotsOf(type, config, machines),
    minWorkers: pool.name === "default" ? config.minWorkers : 0,
    maxWorkers: pool.maxWorkers,
    market: pool.market ?? config.market,
    zones: local ? [] : zonesOf(config),
    bootTimeoutS: config.bootTimeoutS ?? (hasGpu ? BOOT_TIMEOUT_WITH_GPU_S : BOOT_TIMEOUT_S),
  };
}

function slotsOf(type: string, config: Config, { cores = 1, coresOf = () => null }: Machines): number {
  if (config.slotsPerWorker !== "auto") return config.slotsPerWorker;
  if (config.provider !== "local") return coresOf(type) ?? 1;
  const workers = config.pools.reduce((sum, pool) => sum + pool.maxWorkers, config.maxWorkers);
  return Math.max(1, Math.floor(cores / Math.max(1, workers)));
}

/** Where zones are not named but the scheduler's is, workers go beside it. */
function zonesOf({ zones, zoneName }: Config): readonly string[] {
  return zones.length === 0 && zoneName !== null ? [zoneName] : zones;
}
