/** A cloud in this process's memory, as it would be if nothing were ever in its way. */

import type { Attempt, Instance } from "../../../lib/model/mod.ts";
import type { Clock } from "../../../lib/runtime.ts";

/** An object that stands for a machine. */
export interface ToyInstance {
  readonly clusterId: string;
  readonly name: string;
  readonly id: string;
  readonly attempt: Attempt | null;
  readonly launchedMs: number;
  /** When it was told to end; null: it was not. */
  terminatedMs: number | null;
  /** What it has printed. */
  console: string;
}

/** A scheduler with what is around it. */
export interface ToyBase {
  readonly startedMs: number;
}

const STOPS_WITHIN_MS = 20;

/** All that there is of it, whatever cluster it is of. */
export class ToyCloud {
  readonly bases = new Map<string, ToyBase>();
  /** Names that there is capacity for; null: all. */
  allowed: readonly string[] | null = null;
  readonly #attempts = new Map<string, readonly string[]>();
  #instances: ToyInstance[] = [];
  #made = 0;

  constructor(readonly clock: Clock) {}

  /** The instances that are not gone. */
  instances(): ToyInstance[] {
    const nowMs = this.clock.nowMs();
    this.#instances = this.#instances.filter(({ terminatedMs }) =>
      terminatedMs === null || nowMs - terminatedMs < STOPS_WITHIN_MS
    );
    return this.#instances;
  }

  /**
   * Makes one instance a name that there is capacity for; the same attempt again makes nothing.
   * Returns ids.
   */
  launch(clusterId: string, attempt: Attempt): readonly string[] {
    const key = `${clusterId} ${attempt.id}`;
    const before = this.#attempts.get(key);
    if (before !== undefined) return before;
    const names = attempt.names.filter((name) => this.allowed?.includes(name) ?? true);
    const ids = names.map((name) => this.put(clusterId, name, attempt).id);
    if (ids.length > 0) this.#attempts.set(key, ids);
    return ids;
  }

  /** Makes an instance. */
  put(clusterId: string, name: string, attempt: Attempt | null): ToyInstance {
    const made = {
      ...{ clusterId, name, attempt, id: `toy-${this.#made++}`, launchedMs: this.clock.nowMs() },
      ...{ terminatedMs: null, console: "" },
    };
    this.#instances.push(made);
    return made;
  }

  /** An instance as the project knows it. */
  describe({ id, name, attempt, launchedMs, terminatedMs }: ToyInstance): Instance {
    return {
      id,
      name,
      attemptId: attempt?.id ?? null,
      pool: attempt?.pool ?? "default",
      type: attempt?.type ?? "",
      accelerator: attempt?.accelerator ?? null,
      zone: attempt?.zone ?? null,
      market: attempt?.market ?? "on-demand",
      state: terminatedMs === null ? "running" : "stopping",
      ageS: (this.clock.nowMs() - launchedMs) / 1000,
      address: null,
    };
  }
}

const clouds = new Map<string, ToyCloud>();

/** The cloud that all clusters of one root share, as they would share an account. */
export function toyCloud(root: string, clock: Clock): ToyCloud {
  return clouds.getOrInsertComputed(root, () => new ToyCloud(clock));
}
