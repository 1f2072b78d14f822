/** What a plan can ask for. @module */

import type { Attempt } from "./attempt.ts";

/** What a plan asks for; its id and time are given when it is written down. */
export type LaunchOrder = Omit<Attempt, "id" | "atMs">;

/** A worker named to the scheduler and the instance under it. */
export interface WorkerRef {
  readonly name: string;
  readonly id: string;
}

/** One decision, with the reason a person will read. */
export type Action =
  | { readonly kind: "launch"; readonly order: LaunchOrder; readonly reason: string }
  /** Make a launch call again whose answer was lost, with the same token. */
  | { readonly kind: "replay"; readonly attempt: Attempt; readonly reason: string }
  /** Write down what a launch call got whose answer was lost, and that no more will come of it. */
  | {
    readonly kind: "settle";
    readonly attempt: Attempt;
    readonly launched: readonly WorkerRef[];
    readonly reason: string;
  }
  /** Ask the scheduler to let go; what it lets go is terminated, what is busy or kept stays. */
  | { readonly kind: "retire"; readonly workers: readonly WorkerRef[]; readonly reason: string }
  /** End instances that no scheduler speaks for. */
  | { readonly kind: "terminate"; readonly workers: readonly WorkerRef[]; readonly reason: string }
  /** Give up results that only these workers hold. */
  | { readonly kind: "cancel"; readonly workers: readonly WorkerRef[]; readonly reason: string };

/** The verb of an action. */
export type ActionKind = Action["kind"];

/** An action that was carried out, as the history keeps it. */
export interface Decision {
  /** Wall clock, milliseconds since 1970. */
  readonly atMs: number;
  readonly action: ActionKind;
  readonly names: readonly string[];
  readonly reason: string;
}

/** Something a person should know or mend. */
export interface Problem {
  /** Stable, snake_case: `scheduler_deaf`. */
  readonly code: string;
  /** What was found, one line. */
  readonly message: string;
  /** What to do, one line. */
  readonly hint: string;
}
