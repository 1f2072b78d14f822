/** `xcore doctor`: everything that can be wrong, looked at. @module */

import { daemonPresence } from "../daemon/presence.ts";
import { asXcoreError, XcoreError } from "../errors.ts";
import type { Instance } from "../model/mod.ts";
import { type CheckResult, failed, guarded, passed, warning } from "../platform/check_result.ts";
import { type Cluster, openCluster, openMade, type Progress, type Scope, withVerbLock } from "./cluster.ts";
import { packageChecks, programCheck } from "./program_check.ts";
import { clockCheck, schedulerChecks } from "./scheduler_checks.ts";
import { status } from "./status.ts";

/** What a doctor is asked for. */
export interface DoctorOptions {
  /** Removes what belongs to the cluster and nobody looks after any more. */
  readonly fix: boolean;
}

/**
 * All checks of init, which xcore and which Python package a person uses, and those of a cluster that runs: the clock, scheduler, certificates, versions, the daemon, what
 * `status` calls a problem, and what is left in the cloud that nobody looks after.
 *
 * @throws {NotRunningError} there is no config
 */
export async function doctor(
  scope: Scope,
  { fix }: DoctorOptions,
  progress: Progress,
): Promise<CheckResult[]> {
  const { base, provider, config } = await openCluster(scope);
  const made = await openMade(scope);
  const parts = [
    await programCheck(scope.runtime),
    ...[await guarded("Python package", () => packageChecks(scope, config.python))].flat(),
    ...await Array.fromAsync(base.check(false)),
    ...await Array.fromAsync(provider.check()),
    await guarded("Clock", async () => clockCheck(await base.clockAheadMs())),
    // The Python that a person uses by now, and not the one at the time of the start, is what has to fit.
    ...await schedulerChecks({ ...made, config: { ...made.config, python: config.python } }),
  ];
  const told = new Set(parts.map(({ message }) => message));
  return [
    ...parts,
    ...(await problemChecks(scope)).filter(({ message }) => !told.has(message)),
    await orphanCheck(made, fix, progress),
  ];
}

/** What the daemon, or a look, finds wrong with the cluster that runs. */
async function problemChecks(scope: Scope): Promise<CheckResult[]> {
  const name = "Cluster";
  try {
    const { cluster, problems } = await status(scope);
    if (problems.length === 0) {
      const absent = cluster.state === "absent";
      return [
        passed(name, absent ? "it does not run" : `it is ${cluster.state}, and nothing is wrong with it`),
      ];
    }
    return problems.map(({ message, hint }) => warning(name, message, hint ?? "See `xcore status`."));
  } catch (error) {
    const { message, hint } = asXcoreError(error, "look at the cluster");
    return [failed(name, message, hint)];
  }
}

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
      const removed = await withVerbLock(cluster, "doctor", progress, () => removeAll(cluster, progress));
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
