/** What the scheduler itself says: a daemon that is off or asleep answers nothing. @module */

import { schedulerClient } from "../../../../lib/dask/scheduler_client.ts";
import { tlsFiles } from "../../../../lib/dask/tls_files.ts";
import type { SchedulerReport } from "../../../../lib/model/scheduler.ts";
import { type TestCluster, until } from "../harness.ts";

/** Looks at the scheduler's report again and again until it is as it should be. */
export async function untilScheduler(
  cluster: TestCluster,
  what: string,
  good: (report: SchedulerReport) => boolean,
): Promise<SchedulerReport> {
  const { scheduler, close } = await schedulerOf(cluster);
  try {
    return await until(what, () => scheduler.report(), good);
  } finally {
    close();
  }
}

async function schedulerOf(cluster: TestCluster) {
  const { dashboard_url: url } = JSON.parse(await cluster.ok("url", "--json"));
  const clusterId = (await cluster.ok("config", "get", "cluster_id")).trim();
  const port = Number(new URL(url).port);
  const scheduler = schedulerClient({
    host: "127.0.0.1",
    port,
    tls: tlsFiles(`${cluster.home}/tls`),
    clusterId,
  });
  return { scheduler, close: () => scheduler.close() };
}
