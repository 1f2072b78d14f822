/** How soon a job's results come when no worker runs. @module */

import { BenchCluster } from "./_bench_cluster.ts";
import { differenceBound, type Figure, median, ratioBound } from "./_figure.ts";

const ROUNDS = 5;

/**
 * From zero workers: one task, and four at once, beside workers that a script starts at the same
 * moment.
 */
export async function* jobs(xcore: string, python: string): AsyncGenerator<Figure> {
  const settings = { max_idle_time_s: 1 };
  const measured: Record<string, number[]> = { one: [], oneByHand: [], four: [], fourByHand: [] };
  await BenchCluster.with({ xcore, python, settings }, async (cluster) => {
    // In turns, so that other load on the machine affects both.
    for (let round = 0; round < ROUNDS; round++) {
      await cluster.xcore("config", "set", "max_workers", "4");
      measured.one!.push(await cluster.job(1, 0, false));
      measured.four!.push(await cluster.job(4, 1, false));
      // No worker must be launched where the script starts them.
      await cluster.xcore("config", "set", "max_workers", "0");
      measured.oneByHand!.push(await cluster.job(1, 0, true));
      measured.fourByHand!.push(await cluster.job(4, 1, true));
    }
  });
  const [one, oneByHand, four, fourByHand] = ["one", "oneByHand", "four", "fourByHand"].map((name) =>
    median(measured[name]!)
  );
  yield {
    what: "first task at zero workers, to its result",
    value: one!,
    unit: "s",
    beside: { what: "`dask worker` started by hand", value: oneByHand! },
    bound: differenceBound(one!, oneByHand!, 1.5, "s"),
  };
  yield {
    what: "four 1 s tasks, 0 → 4 workers, to the last result",
    value: four!,
    unit: "s",
    beside: { what: "four started together by hand", value: fourByHand! },
    bound: ratioBound(four!, fourByHand!, 1.4),
  };
}
