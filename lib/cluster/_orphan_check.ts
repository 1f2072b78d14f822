/** Whether something of the cluster's is left that nobody looks after, and costs. @module */

import { daemonPresence } from "../daemon/presence.ts";
import { asXcoreError, XcoreError } from "../errors.ts";
import type { Instance } from "../model/mod.ts";
import { type CheckResult, failed, passed, warning } from "../platform/check_result.ts";
import type { Cluster, Progress } from "./cluster.ts";
import { exclusive } from "./exclusive.ts";

/** An instance that is off is gone within seconds; a cloud may be slow to say so. */
const GONE_WITHIN_MS = 5 * 60_000;

/** @param fix removes what there is */
export async function orphanCheck(cluster: Cluster, fix: boolean, progress: Progress): Promise<CheckResult> {
  const name = "Orphans";
  try {
    if (await cluster.base.images?.isBuilding()) {
      const found =
        "not looked for: an image is being built, and the machine for it is not to be taken for one";
      return warning(name, found, "Run `xcore doctor` again when `xcore image build` has ended.");
    }
    if (fix) {
      const removed = await exclusive(cluster, "doctor", progress, () => removeAll(cluster, progress));
      return passed(name, removed.length === 0 ? "there are none" : `removed ${removed.join(", ")}`);
    }
    const [off, unknown] = await Promise.all([switchedOff(cluster), cluster.base.orphans()]);
    const found = [
      ...(off.length === 0 ? [] : [`switched off, though their disks cost: ${namesOf(off).join(", ")}`]),
      ...(unknown.length === 0
        ? []
        : [`the cluster's, and unknown to what made the rest: ${unknown.join(", ")}`]),
    ];
    if (found.length === 0) return passed(name, "there are none");
    return failed(name, found.join("; "), "Remove them with `xcore doctor --fix`.");
  } catch (error) {
    const { message, hint } = asXcoreError(error, "look for orphans");
    return failed(name, message, hint);
  }
}

/** Workers of which only the disk is in use, where there is no daemon, which would end them. */
async function switchedOff({ provider, runtime, home }: Cluster): Promise<Instance[]> {
  if (await daemonPresence(runtime, home) !== null) return [];
  const { instances } = await provider.list();
  return instances.filter(({ state }) => state === "stopped");
}

async function removeAll(cluster: Cluster, progress: Progress): Promise<string[]> {
  const off = await switchedOff(cluster);
  if (off.length > 0) await end(cluster, off);
  return [...namesOf(off), ...await cluster.base.deleteOrphans(progress)];
}

/** @throws {XcoreError} one is still there after all */
async function end({ provider, runtime: { clock } }: Cluster, workers: readonly Instance[]): Promise<void> {
  const ids = workers.map(({ id }) => id);
  const giveUpMs = clock.monotonicMs() + GONE_WITHIN_MS;
  await provider.terminate(ids);
  for (;;) {
    const { instances, complete } = await provider.list();
    if (complete && !instances.some(({ id }) => ids.includes(id))) return;
    if (clock.monotonicMs() > giveUpMs) {
      throw new XcoreError(
        `Cannot remove ${namesOf(workers).join(", ")}: still ending`,
        "Run the command again in a minute.",
      );
    }
    await clock.sleep(provider.pace.listWhenChangingS * 1000);
  }
}

function namesOf(workers: readonly Instance[]): string[] {
  return workers.map(({ name }) => name);
}
