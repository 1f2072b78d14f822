/** What the simulated cloud takes for a cluster, counted by the cloud itself. @module */

import type { Machine } from "./_cloud.ts";
import { BILLED_AT_LEAST_S, factorAt, type PriceChange, SCHEDULER_USD, workerUsd } from "./_prices.ts";
import type { Timeline } from "./_timeline.ts";

const HOUR_MS = 3600_000;

/** How long an instance has cost. */
export interface Run {
  /** When it began. */
  readonly hourlyUsd: number;
  /** Since prices have changed; null: they have not since it began. */
  laterUsd: number | null;
  readonly fromMs: number;
  /** Null: it still costs. */
  toMs: number | null;
  /** Whether it ran until it was told to end. */
  wasTold: boolean;
  /** When it was told to end after it had been powered off; null: it was not. */
  deletedMs: number | null;
}

/** The bill of one cluster. */
export class Bill {
  /** By instance id. */
  #runs = new Map<string, Run>();
  /** The most that all that ran at one time has cost an hour, however shortly it ran. */
  peakHourlyUsd = SCHEDULER_USD;

  constructor(readonly timeline: Timeline, readonly change: PriceChange | null) {
    if (change === null) return;
    timeline.in(change.atS * 1000, () => {
      for (const run of this.#runs.values()) run.laterUsd = run.hourlyUsd * change.factor;
      this.peakHourlyUsd = Math.max(this.peakHourlyUsd, this.hourlyUsd);
    });
  }

  began(machine: Machine): void {
    this.#runs.set(machine.id, {
      hourlyUsd: workerUsd(machine) * factorAt(this.change, this.timeline.nowMs),
      laterUsd: null,
      fromMs: this.timeline.nowMs,
      toMs: null,
      wasTold: false,
      deletedMs: null,
    });
    this.peakHourlyUsd = Math.max(this.peakHourlyUsd, this.hourlyUsd);
  }

  ended({ id, tells }: Machine): void {
    const run = this.#runs.get(id);
    if (run === undefined || run.toMs !== null) return;
    run.toMs = this.timeline.nowMs;
    run.wasTold = tells > 0;
  }

  /** It is shown as one that is stopping. */
  stops({ id }: Machine): void {
    const run = this.#runs.get(id);
    if (run !== undefined && run.toMs !== null) run.deletedMs ??= this.timeline.nowMs;
  }

  /** By instance id. */
  get runs(): ReadonlyMap<string, Run> {
    return this.#runs;
  }

  /** What an instance has cost. */
  usdOf({ hourlyUsd, laterUsd, fromMs, toMs }: Run): number {
    const ms = Math.max(BILLED_AT_LEAST_S * 1000, (toMs ?? this.timeline.nowMs) - fromMs);
    if (laterUsd === null || this.change === null) return hourlyUsd * ms / HOUR_MS;
    // The minimum is due at the price at which it begins.
    const firstMs = Math.min(ms, Math.max(BILLED_AT_LEAST_S * 1000, this.change.atS * 1000 - fromMs));
    return (hourlyUsd * firstMs + laterUsd * (ms - firstMs)) / HOUR_MS;
  }

  /** What workers have cost. */
  get workersUsd(): number {
    return [...this.#runs.values()].reduce((sum, run) => sum + this.usdOf(run), 0);
  }

  /** With the scheduler. */
  get usd(): number {
    return this.workersUsd + SCHEDULER_USD * this.timeline.nowMs / HOUR_MS;
  }

  /** What all that runs costs an hour. */
  get hourlyUsd(): number {
    return [...this.#runs.values()].reduce(
      (sum, { hourlyUsd, laterUsd, toMs }) => sum + (toMs === null ? laterUsd ?? hourlyUsd : 0),
      SCHEDULER_USD,
    );
  }

  /** Whether it costs now. */
  costsNow(id: string): boolean {
    return this.#runs.get(id)?.toMs === null;
  }
}
