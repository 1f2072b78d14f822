/** Instances, the pools they belong to, and what a platform offers. @module */

import type { XcoreError } from "../errors.ts";

/** The scheduler's name, beside `worker-0` and the other workers. */
export const SCHEDULER = "scheduler";

/** The daemon's name. */
export const DAEMON = "daemon";

/** The name under which the log of the daemon's shutdowns is shown. */
export const SHUTDOWN = "shutdown";

/** Seconds that a task may go on after its worker's lifetime; then the instance powers off. */
export const LAST_TASK_S = 3600;

/** How an instance is paid for. */
export type Market = "on-demand" | "spot";

/**
 * An instance's state as the platform reports it. `stopped`: powered off but not deleted, its disk
 * still costs.
 */
export type CloudState = "pending" | "running" | "stopping" | "stopped";

/** What a platform counts of an instance that is stopping. */
export interface StoppingTerms {
  /** Whether it costs, and counts against quotas, as if it ran; else it does not from then on. */
  readonly stoppingCosts: boolean;
}

/**
 * Whether an instance that is still listed is over for its platform: then it costs nothing but its
 * disk, and counts against no limit. Bills, limits and launches all go by this.
 *
 * @param state as listed: that it was told to end does not show that it is stopping
 */
export function isOver(state: CloudState, { stoppingCosts }: StoppingTerms): boolean {
  return state === "stopping" && !stoppingCosts;
}

/** A worker's instance as the platform lists it; on `local` a process. */
export interface Instance {
  /** The platform's own id; on local `<pid>-<start time>`. */
  readonly id: string;
  /** The Dask worker's name: `worker-0`. */
  readonly name: string;
  /** The attempt that launched it, or null when something else made it with this cluster's tags. */
  readonly attemptId: string | null;
  /** The pool it belongs to. */
  readonly pool: string;
  /** Machine type, `c5.xlarge`; on local `local`. */
  readonly type: string;
  /** Accelerator type, `nvidia-tesla-t4`, or null. */
  readonly accelerator: string | null;
  /** Zone, or null where there is none. */
  readonly zone: string | null;
  /** How it is paid for. */
  readonly market: Market;
  /** Its state as the platform reports it. */
  readonly state: CloudState;
  /** Seconds since launch by the platform's clock, never negative. */
  readonly ageS: number;
  /** Address at which this machine reaches it; null: it has none yet, or it is a process here. */
  readonly address: string | null;
}

/** An instance that the platform accepted, and terminated before it ran. */
export interface Refused {
  /** The instance's id. */
  readonly id: string;
  /** Why, as a launch call would have failed. */
  readonly error: XcoreError;
}

/** The instances that the platform reports. */
export interface Listing {
  /** Instances in any state but gone. */
  readonly instances: readonly Instance[];
  /** False when a zone did not answer: then an instance that is not listed may still exist. */
  readonly complete: boolean;
  /** The parts of the cloud that did not answer, `us-central1-a`; missing: none that is known. */
  readonly silent?: readonly string[];
  /** Those that are gone without having run, as far as the platform still tells of them. */
  readonly refused?: readonly Refused[];
}

/** A kind of worker that the cluster may launch. */
export interface Pool {
  /** `default`, or the name given in `pools:`. */
  readonly name: string;
  /** Machine type. */
  readonly type: string;
  /** Machine types to try, in order, when that one is not available. */
  readonly fallbackTypes: readonly string[];
  /** Accelerator type, or null. */
  readonly accelerator: string | null;
  /** Accelerators per instance. */
  readonly acceleratorCount: number;
  /** What one worker offers Dask: `{GPU: 1}`. */
  readonly resources: Readonly<Record<string, number>>;
  /** Tasks one worker runs at a time. */
  readonly slots: number;
  /** Workers that it has without any task. */
  readonly minWorkers: number;
  /** Workers that it never exceeds. */
  readonly maxWorkers: number;
  /** How its instances are paid for. */
  readonly market: Market | "spot-then-on-demand";
  /** Zones to try, in order; empty: the platform chooses. */
  readonly zones: readonly string[];
  /** See {@linkcode SpotPrices}, for one core: which of its spot offerings is tried first. */
  readonly spotPricePerCore: SpotPrices;
  /** Seconds an instance may take to join before it is terminated. */
  readonly bootTimeoutS: number;
}

/**
 * US dollars an hour of spot instances by `TYPE/ZONE`, `c5.xlarge/us-east-1a`; what is not known is
 * missing.
 */
export type SpotPrices = Readonly<Record<string, number>>;

/** Facts about a machine type. */
export interface MachineType {
  /** `c5.xlarge`. */
  readonly name: string;
  readonly cores: number;
  /** The accelerator that is part of it, `T4`, or null. */
  readonly accelerator: string | null;
  /** How many of them it has. */
  readonly acceleratorCount: number;
}

/** What a platform says of the machine types that one cluster names, and of its zones. */
export interface MachineTypes {
  /**
   * Zones to launch in where the configuration names none, in the order to try; empty: the platform
   * chooses.
   */
  readonly zones: readonly string[];
  /**
   * Facts by name about the types that were asked for; a type that does not exist, or has none, is
   * missing.
   */
  readonly types: Readonly<Record<string, MachineType>>;
  /**
   * The types that were asked for and do not exist, each with names that may have been meant, the
   * likeliest first.
   */
  readonly missing?: Readonly<Record<string, readonly string[]>>;
  /**
   * The accelerators that were asked for and no zone here attaches, each with those that are
   * attached.
   */
  readonly lacking?: Readonly<Record<string, readonly string[]>>;
}

/** Machine types of a platform that has nothing to choose from. */
export const NO_MACHINE_TYPES: MachineTypes = { zones: [], types: {} };
