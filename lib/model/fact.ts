/** What was so for a time, as the history keeps it beside lives and samples. @module */

import type { Problem } from "./problem.ts";
import type { TasksStatus } from "./status.ts";

/** What a fact says, by its kind. */
export interface FactContents {
  /** Of `xcore`, and of the scheduler's `python` and packages. */
  readonly versions: Readonly<Record<string, string>>;
  /** Settings that are not the defaults, as texts. */
  readonly settings: Readonly<Record<string, string>>;
  /** What became of a scheduler's tasks until then; the fact begins when that scheduler started. */
  readonly tasks: TasksStatus;
  readonly problem: Problem;
}

/** The kind of a fact. */
export type FactKind = keyof FactContents;

/** What was so for a time, by the wall clock, milliseconds since 1970. */
export type Fact = {
  readonly [Kind in FactKind]: {
    readonly kind: Kind;
    /** Of a problem its code; else empty. */
    readonly name: string;
    readonly fromMs: number;
    /** When it was last known to be so. */
    readonly toMs: number;
    readonly content: FactContents[Kind];
  };
}[FactKind];
