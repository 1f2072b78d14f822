/**
 * Crosscore for Deno scripts: an autoscaling pool of Dask workers.
 *
 * @example
 * ```ts
 * import { cluster } from "./mod.ts"; // by path or by URL
 *
 * await cluster.setMaxWorkers(5);
 * await cluster.start();
 * console.log(await cluster.getUrl());
 * await cluster.shutdown();
 * ```
 * @module
 */

export { cluster } from "./cluster/script_cluster.ts";
export type {
  ClusterEvent,
  EventOptions,
  LogsOptions,
  ScriptCluster,
  WaitOptions,
} from "./cluster/script_cluster.ts";
export type { Cost, CostBy, CostOptions, CostPart, CostRow } from "./cluster/cost.ts";
export type { TaskPartKind } from "./price/task_part.ts";
export type { Scaled, ScaleOptions } from "./cluster/scale.ts";
export type { WorkerTypeOptions } from "./cluster/set_settings.ts";
export type { Progress, Share } from "./cluster/cluster.ts";
export {
  AuthError,
  CapacityError,
  ConfigError,
  ConflictError,
  NotFoundError,
  NotRunningError,
  PrerequisiteError,
  QuotaError,
  SchedulerError,
  ThrottledError,
  TypeRefusedError,
  UsageError,
  XcoreError,
} from "./errors.ts";
export type { ConfigMistake } from "./errors.ts";
export { PROBLEMS } from "./model/mod.ts";
export type {
  ClusterState,
  ClusterStatus,
  CostStatus,
  DaemonStatus,
  DecisionStatus,
  DemandStatus,
  FunctionStatus,
  PoolStatus,
  Problem,
  ProblemCode,
  SchedulerStatus,
  ShutdownStatus,
  Status,
  TaskNumbers,
  TasksStatus,
  WorkerState,
  WorkerStatus,
} from "./model/mod.ts";
