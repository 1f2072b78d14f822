/** Requests for workers without a task: `xcore scale`, and clients in Dask's `wait_for_workers`. @module */

import { Random } from "../support/fakes/random.ts";
import type { World } from "./_world.ts";

/** One use of `xcore scale`. */
interface Scaling {
  readonly atS: number;
  readonly pool: string;
  /** 0 takes the earlier request back. */
  readonly workers: number;
  readonly forS: number;
}

/** A client that waits for workers. */
interface Wait {
  readonly atS: number;
  readonly workers: number;
  /** Then it gives up. */
  readonly forS: number;
}

/** What a person asks for, and what clients wait for, in the storm and after it. */
export class Requests {
  readonly #random: Random;
  readonly #scalings: readonly Scaling[];
  readonly #waits: readonly Wait[];

  constructor(readonly world: World) {
    const { seed, stormS } = world.scenario;
    // Its own stream: what a seed decided before there were requests stays as it was.
    const random = this.#random = new Random(seed * 15_485_863);
    const isAsked = random.chance(0.4);
    this.#scalings = !isAsked ? [] : Array.from({ length: random.whole(1, 5) }, () => ({
      atS: random.whole(0, stormS),
      pool: random.chance(0.75) ? "default" : "gpu",
      workers: random.chance(0.2) ? 0 : random.whole(1, 9),
      forS: random.pick([20, 90, 600, 7200]),
    }));
    this.#waits = !random.chance(0.2) ? [] : Array.from({ length: random.whole(1, 2) }, () => ({
      atS: random.whole(0, stormS),
      workers: random.whole(1, 5),
      forS: random.whole(10, 400),
    }));
  }

  /** Schedules all of them. */
  arrange(): void {
    const { timeline, storm } = this.world;
    for (const { atS, pool, workers, forS } of this.#scalings) {
      timeline.in(atS * 1000, () => {
        if (!storm.isOver) this.#scale(pool, workers, forS);
      });
    }
    for (const { atS, workers, forS } of this.#waits) {
      timeline.in(atS * 1000, () => {
        if (!storm.isOver) this.#wait(workers, forS);
      });
    }
  }

  /**
   * The storm is over: requests either stay until all work is done, or are taken back; and a client
   * waits for a worker.
   */
  calm(): void {
    const { dask } = this.world;
    for (const { pool, workers } of dask.requests()) {
      const stays = this.#random.chance(0.5);
      this.#scale(pool, stays ? workers : 0, 1e6);
    }
    dask.waits.splice(0);
    if (this.#waits.length > 0) this.#wait(1, 1e6);
  }

  /** All work is done: what is still asked for is taken back, or ends by itself. */
  end(): void {
    for (const { pool, workers } of this.world.dask.requests()) {
      if (this.#random.chance(0.5)) this.#scale(pool, 0, 1);
      else this.#scale(pool, workers, this.#random.whole(1, 60));
    }
  }

  /** `xcore scale`, which fails while the scheduler is unreachable. */
  #scale(pool: string, workers: number, forS: number): void {
    const { dask, chronicle, storm, schedulerIsUp } = this.world;
    if (!schedulerIsUp || storm.isOn("scheduler unreachable")) return;
    dask.ask(pool, workers, forS);
    chronicle.count(workers === 0 ? "request: taken back" : "request: workers");
    chronicle.say("person", () => `xcore scale ${workers} --pool ${pool} --for ${forS}s`);
  }

  #wait(workers: number, forS: number): void {
    const { dask, chronicle, timeline } = this.world;
    const wait = { workers, sinceMs: timeline.nowMs };
    dask.waits.push(wait);
    chronicle.count("request: client waits");
    chronicle.say("clients", () => `one waits for ${workers} workers for ${forS} s`);
    timeline.in(forS * 1000, () => {
      if (dask.waits.includes(wait)) dask.waits.splice(dask.waits.indexOf(wait), 1);
    });
  }
}

/** Workers that each pool should have without a task, of a daemon's pools. */
export function wantedWithoutTasks(
  dask: World["dask"],
  pools: readonly { readonly name: string; readonly minWorkers: number; readonly maxWorkers: number }[],
): Map<string, number> {
  const asked = new Map(dask.requests().map(({ pool, workers }) => [pool, workers]));
  return new Map(
    pools.map(({ name, minWorkers, maxWorkers }) => [
      name,
      Math.min(maxWorkers, Math.max(minWorkers, asked.get(name) ?? 0)),
    ]),
  );
}
