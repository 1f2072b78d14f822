/** What a short idle time costs a job whose phases leave workers without tasks. @module */

import { pythonEnvironment } from "../tools/python_env.ts";
import { BenchCluster, output } from "./_bench_cluster.ts";
import { type Figure, median, ratioBound } from "./_figure.ts";

const ROUNDS = 3;
const IDLE_S = { short: 8, long: 60 };
const KMEANS = new URL("../tests/e2e/ecosystem/jobs/kmeans.py", import.meta.url).pathname;

/** dask-ml's KMeans on 2 workers, from zero: at a short idle time, beside one that no phase exceeds. */
export async function* ecosystem(xcore: string): AsyncGenerator<Figure> {
  const python = await pythonEnvironment({ requirements: "tests/e2e/ecosystem/requirements.txt" });
  const measured: Record<keyof typeof IDLE_S, number[]> = { short: [], long: [] };
  await BenchCluster.with({ xcore, python, settings: { max_workers: 2 } }, async (cluster) => {
    const env = {
      XCORE_HOME: cluster.home,
      XCORE_BIN: xcore,
      XCORE_SERVICE: "none",
      PYTHONPATH: (await cluster.xcore("python")).trim(),
    };
    // In turns, so that other load on the machine affects both.
    for (let round = 0; round < ROUNDS; round++) {
      for (const idle of ["long", "short"] as const) {
        // Those of the round before leave soon, whatever comes next.
        await cluster.xcore("config", "set", "max_idle_time_s", "1");
        await cluster.until(({ workers, demand }) => workers.length === 0 && demand?.clients === 0);
        await cluster.xcore("config", "set", "max_idle_time_s", String(IDLE_S[idle]));
        const [, seconds] = (await output(python, [KMEANS, "4000000", "16"], env)).trim().split(" ");
        measured[idle].push(Number(seconds));
      }
    }
  });
  const [short, long] = [median(measured.short), median(measured.long)];
  yield {
    what: `dask-ml's KMeans from zero workers at max_idle_time_s ${IDLE_S.short}`,
    value: short,
    unit: "s",
    beside: { what: `the same at ${IDLE_S.long}`, value: long },
    bound: ratioBound(short, long, 1.3),
  };
}
