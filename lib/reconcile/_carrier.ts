/** What carrying out an action takes and gives. @module */

import type { XcoreError } from "../errors.ts";
import type { Action, ActionKind } from "../model/mod.ts";
import type { Memory } from "../plan/memory.ts";
import type { Deps } from "./deps.ts";
import type { Moment } from "./lease.ts";

/** What actions are carried out with, and when what they rest on was asked for. */
export interface Acting extends Deps {
  readonly asked: Moment;
}

/** Carries out one action. */
export type Carrier<K extends ActionKind> = (
  deps: Acting,
  action: Extract<Action, { kind: K }>,
  memory: Memory,
) => Promise<Done>;

/** What one action did: its memory, and the names it touched (none: it did nothing worth telling). */
export interface Done {
  readonly memory: Memory;
  readonly names: readonly string[];
  /** The action was not, or only in part, carried out. */
  readonly error?: XcoreError;
}

/** Their names. */
export function namesOf(named: readonly { readonly name: string }[]): string[] {
  return named.map(({ name }) => name);
}
