/** The processes of a cluster, by what they are. @module */

import assert from "node:assert/strict";
import type { Process } from "../_processes.ts";
import type { TestCluster } from "../harness.ts";

/** The scheduler's process, which has to run. */
export function schedulerOf(cluster: TestCluster): Process {
  const [scheduler, ...others] = schedulersOf(cluster);
  assert.ok(scheduler !== undefined && others.length === 0, "there is not one scheduler");
  return scheduler;
}

/** Every scheduler of the cluster. */
export function schedulersOf(cluster: TestCluster): Process[] {
  return cluster.processes().filter(({ commandLine }) =>
    / \S+\/scheduler\.py \S+ scheduler /.test(commandLine)
  );
}

/** Every daemon of the cluster. */
export function daemonsOf(cluster: TestCluster): Process[] {
  return cluster.processes().filter(({ commandLine }) => / daemon run$/.test(commandLine));
}

/** Ids of the scheduler, the workers and the daemon; not of what a task runs. */
export function lastingPids(cluster: TestCluster): number[] {
  const lasting = / \S+\/(worker|scheduler)\.py | daemon run$/;
  return cluster.processes().filter(({ commandLine }) => lasting.test(commandLine)).map(({ pid }) => pid);
}
