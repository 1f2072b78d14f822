/** The base: what exists without workers, the scheduler above all. @module */

import type { InitialValues } from "../config/initial_config.ts";
import type { XcoreError } from "../errors.ts";
import type { CheckResult } from "./check_result.ts";
import type { LogPart } from "./provider.ts";

/** What exists of the base. */
export interface BaseState {
  /** `partial`: a start was interrupted, or the scheduler is gone though it should be there. */
  readonly state: "down" | "partial" | "up";
  /** The scheduler's URL for clients, `tls://host:8786`; null when there is none. */
  readonly url: string | null;
  /** Host and port of the scheduler's mutual-TLS HTTP port; null when there is none. */
  readonly http: { readonly host: string; readonly port: number } | null;
  /** Wall clock, milliseconds since 1970. */
  readonly startedAtMs: number | null;
}

/** How much of a whole is done. */
export interface Share {
  /** Parts that are done. */
  readonly done: number;
  /** All parts. */
  readonly total: number;
}

/**
 * Told what is being done, one line at a time.
 *
 * @param share given where the line is one of many, each of which replaces the last on a terminal
 */
export type Progress = (line: string, share?: Share) => void;

/** A machine that one can log in to. */
export interface Machine {
  /** No other machine has it, or ever had. */
  readonly id: string;
  /** Where this machine reaches it. */
  readonly address: string;
}

/** Where an instance is in its life; `off`: it is there, and only its disk is in use. */
export type InstanceLife = "pending" | "running" | "stopping" | "off" | "gone";

/** The scheduler's machine. */
export interface SchedulerMachine extends Machine {
  /** When it was launched; wall clock, milliseconds since 1970. Null: it is gone. */
  launchedAtMs(): Promise<number | null>;
  /** Where it is in its life. */
  life(): Promise<InstanceLife>;
}

/** What is known of a scheduler that is to end. */
export interface SchedulerKnown {
  /** False: it has been asked, and has not answered; there is nothing to wait for. Default: true. */
  readonly answers?: boolean;
}

/** Makes and removes the base. Each method may be run again at any point. */
export interface Base {
  /** Seconds that the scheduler may take from the end of {@linkcode up} to its first answer. */
  readonly schedulerWithinS: number;
  /** Null where the workers are no machines. */
  readonly images: Images | null;
  /**
   * Values for a new config that have to be found out: free ports, the region. What cannot be found
   * out is left out.
   */
  suggestConfig(): Promise<InitialValues>;
  /**
   * Preflight of what the base needs beside the provider, each result with one exact fix. Changes
   * nothing.
   *
   * @param settingUp whether it is for a new config, in which nothing has been chosen by a person
   * yet
   */
  check(settingUp: boolean): AsyncIterable<CheckResult>;
  /** Which packages of other makers `prepare` has recorded; a result each, none where it has none. */
  recorded(): Promise<readonly CheckResult[]>;
  /**
   * Milliseconds that the clock where the scheduler is, or would be, is ahead of this machine's, to
   * a few seconds; null where it is the same clock.
   */
  clockAheadMs(): Promise<number | null>;
  /**
   * Does what is only done once, so that `up` is quick and works.
   *
   * @param confirm given where newer versions of other makers' packages are wished for; it is asked
   * before they take the place of those recorded
   */
  prepare(progress: Progress, confirm?: (question: string) => Promise<boolean>): Promise<void>;
  /**
   * What `up` would make and what it costs, in lines for people; empty when there is nothing to do.
   * Makes nothing.
   */
  plan(progress: Progress): Promise<readonly string[]>;
  /** Makes what is missing; returns when the scheduler has been started, not when it answers. */
  up(progress: Progress): Promise<BaseState>;
  /**
   * Gives the scheduler up, so that the next `up` with other certificates makes another; what that
   * can stand on stays. The old one does not count as this cluster's any more. No scheduler is
   * success.
   */
  abandon(progress: Progress, known?: SchedulerKnown): Promise<void>;
  /** Removes everything; nothing there is success. */
  down(progress: Progress, known?: SchedulerKnown): Promise<void>;
  /**
   * All resources that carry the cluster's id, in words: `vpc vpc-0a1b`. Workers are not among
   * them.
   */
  resources(): Promise<readonly string[]>;
  /**
   * Those of them that `down` would leave: whatever made them was killed before it could record
   * them.
   */
  orphans(): Promise<readonly string[]>;
  /** Removes the orphans, and nothing else; returns what it removed. */
  deleteOrphans(progress: Progress): Promise<readonly string[]>;
  /**
   * Lets the config's `allowed_cidr` in, and nothing else is touched; returns the ranges.
   * @throws {UsageError} there is nothing to let in to
   */
  allow(progress: Progress): Promise<readonly string[]>;
  /** The state now. Changes nothing. */
  describe(): Promise<BaseState>;
  /**
   * What the scheduler has printed, as far as it is kept, or what came `after` a part; null when
   * there is none.
   */
  log(after?: string): Promise<LogPart | null>;
  /** The scheduler's machine; null when there is none, or it is this one. */
  machine(): Promise<SchedulerMachine | null>;
  /**
   * What a starting scheduler that does not answer yet has still to do: completes "Waiting for …".
   */
  startupPhase(): Promise<string>;
  /**
   * Starts a scheduler that has died again, at the same address, when that can be done from here.
   * Returns what it did in one line, or null when there was nothing to do.
   */
  repair(): Promise<string | null>;
  /**
   * Why a scheduler that is there cannot be reached: the firewall keeps this machine from it, which
   * has another address now, or on this machine its process is stopped (SchedulerError). Null when
   * that is not so, or cannot be told. Its answers are cached: it may be called often.
   */
  diagnoseAccess(): Promise<XcoreError | null>;
}

/** A machine image in the account. */
export interface CloudImage {
  readonly name: string;
  /** As the cloud has it. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /**
   * What is kept of its disks, in gigabytes, or the disks' size where the cloud does not tell; it
   * costs as long as it is there.
   */
  readonly sizeGb: number;
  /** The command of the cloud's own program that removes it with what it costs for. */
  readonly removeCommand: string;
}

/** The machine to build on, which the workers' machines are like. */
export interface BuildMachine {
  readonly type: string;
  /** Attached to it: `nvidia-tesla-t4`; null where there is none, or it is part of the type. */
  readonly accelerator: string | null;
  readonly acceleratorCount: number;
}

/** What image to build. */
export interface ImageSpec {
  readonly machine: BuildMachine;
  /** Whether that has an NVIDIA GPU, and the image is to have its driver. */
  readonly nvidia: boolean;
}

/** An image that was built. */
export interface BuiltImage {
  readonly name: string;
  /** As the cloud has it. */
  readonly id: string;
  /** The account or project that it is in. */
  readonly owner: string;
}

/** What makes and removes machine images. */
export interface Images {
  /**
   * Builds an image of the one that the config named before any was built. The config is left
   * alone.
   *
   * @throws {PrerequisiteError} there is no program to build with
   * @throws {ConflictError} another build of this cluster's is at work
   */
  build(image: ImageSpec, progress: Progress): Promise<BuiltImage>;
  /** Whether this home is building an image: its build machine must not be removed meanwhile. */
  isBuilding(): Promise<boolean>;
  /** Those that were built for this cluster and are there, the newest first. */
  list(): Promise<readonly CloudImage[]>;
  /** Removes one; one that is gone already is success. */
  remove(image: CloudImage): Promise<void>;
  /** What the config named before any was built; the provider's default where that is not known. */
  origin(): Promise<{ readonly imageName: string; readonly imageOwner: string }>;
}
