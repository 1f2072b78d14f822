/** The rule of crosscore 0.0.1: a worker for each task without a result, by `terraform apply`. @module */

import type { Policy, Worker } from "./world.ts";

/** Its `poll_interval` and `max_idle_time`, seconds. */
const POLL_S = 10;
const MAX_IDLE_S = 300;

/** Seconds of a `terraform apply` that changes instances: it waits until they run, or are gone. */
const APPLY_S = 30;

/** A daemon of 0.0.1 for one run. */
export function crosscore0Policy(): Policy {
  const requiredS = new Map<Worker, number>();
  let launched = 0;
  return {
    name: "crosscore 0.0.1",
    tick(world) {
      const workers = [...world.workers.values()];
      for (const worker of workers) {
        if (worker.task !== null || !requiredS.has(worker)) requiredS.set(worker, world.nowS);
      }
      const unfinished = world.waiting + world.queue.length + world.processing;
      const wanted = Math.min(world.workload.maxWorkers, unfinished);
      if (wanted > workers.length) {
        const names = Array.from({ length: wanted - workers.length }, () => `worker-${launched++}`);
        world.launch(names);
        return Promise.resolve(POLL_S + APPLY_S);
      }
      // Those that boot go first: it takes them for lost.
      const surplus = [
        ...workers.filter(({ hasJoined }) => !hasJoined),
        ...workers.filter((worker) =>
          worker.hasJoined && worker.task === null && world.nowS - requiredS.get(worker)! > MAX_IDLE_S
        ),
      ].slice(0, workers.length - wanted);
      for (const worker of surplus) world.terminate(worker);
      return Promise.resolve(POLL_S + (surplus.length > 0 ? APPLY_S : 0));
    },
  };
}
