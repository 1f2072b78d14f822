/** `xcore doctor`: checks everything that can be wrong. @module */

import { daemonPresence } from "../daemon/presence.ts";
import { asXcoreError, XcoreError } from "../errors.ts";
import type { Instance } from "../model/mod.ts";
import { type CheckResult, failed, guarded, passed, warning } from "../platform/check_result.ts";
import { pollUntil } from "../util/poll_until.ts";
import { type Cluster, openCluster, openMade, type Progress, type Scope, withVerbLock } from "./cluster.ts";
import { packageChecks, programCheck } from "./program_check.ts";
import { clockCheck, schedulerChecks } from "./scheduler_checks.ts";
import { status } from "./status.ts";

/** What doctor does. */
export interface DoctorOptions {
  /** Removes orphans. */
  readonly fix: boolean;
}

/**
 * Checks the program and the Python package, everything that init checks, the clock, a running
 * cluster's scheduler, certificates, versions, daemon and problems, and orphans.
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
    // With the Python that the config names now: the one that scripts use.
    ...await schedulerChecks({ ...made, config: { ...made.config, python: config.python } }),
  ];
  const reported = new Set(parts.map(({ message }) => message));
  return [
    ...parts,
    ...(await problemChecks(scope)).filter(({ message }) => !reported.has(message)),
    await orphanCheck(made, fix, progress),
  ];
}

/** The problems that `xcore status` shows. */
async function problemChecks(scope: Scope): Promise<CheckResult[]> {
  const name = "Cluster";
  try {
    const { cluster, problems } = await status(scope);
    if (problems.length === 0) {
      const absent = cluster.state === "absent";
      return [
        passed(name, absent ? "not running" : `${cluster.state}, without problems`),
      ];
    }
    return problems.map(({ message, hint }) => warning(name, message, hint ?? "See `xcore status`."));
  } catch (error) {
    const { message, hint } = asXcoreError(error, "check the cluster");
    return [failed(name, message, hint)];
  }
}

/** A stopped instance is terminated within seconds; some clouds report it late. */
const GONE_WITHIN_MS = 5 * 60_000;

/** @param fix removes orphans */
export async function orphanCheck(cluster: Cluster, fix: boolean, progress: Progress): Promise<CheckResult> {
  const name = "Orphans";
  try {
    if (await cluster.base.images?.isBuilding()) {
      const found = "not checked: an image is being built, and its machine looks like an orphan";
      return warning(name, found, "Run `xcore doctor` again when `xcore image build` has finished.");
    }
    if (fix) {
      const removed = await withVerbLock(cluster, "doctor", progress, () => removeAll(cluster, progress));
      return passed(name, removed.length === 0 ? "none" : `removed ${removed.join(", ")}`);
    }
    const [off, unknown] = await Promise.all([switchedOff(cluster), cluster.base.orphans()]);
    const found = [
      ...(off.length === 0 ? [] : [`stopped instances, whose disks cost: ${namesOf(off).join(", ")}`]),
      ...(unknown.length === 0
        ? []
        : [`resources of this cluster that Terraform does not know: ${unknown.join(", ")}`]),
    ];
    if (found.length === 0) return passed(name, "none");
    return failed(name, found.join("; "), "Remove them with `xcore doctor --fix`.");
  } catch (error) {
    const { message, hint } = asXcoreError(error, "check for orphans");
    return failed(name, message, hint);
  }
}

/** Stopped workers, if there is no daemon to terminate them. */
async function switchedOff({ provider, runtime, home }: Cluster): Promise<Instance[]> {
  if (await daemonPresence(runtime, home) !== null) return [];
  const { instances } = await provider.list();
  return instances.filter(({ state }) => state === "stopped");
}

async function removeAll(cluster: Cluster, progress: Progress): Promise<string[]> {
  const off = await switchedOff(cluster);
  if (off.length > 0) await terminate(cluster, off);
  return [...namesOf(off), ...await cluster.base.deleteOrphans(progress)];
}

/** @throws {XcoreError} an instance is still listed after {@linkcode GONE_WITHIN_MS} */
async function terminate(
  { provider, runtime: { clock } }: Cluster,
  workers: readonly Instance[],
): Promise<void> {
  const ids = workers.map(({ id }) => id);
  await provider.terminate(ids);
  const times = { everyMs: provider.pace.listWhenChangingS * 1000, withinMs: GONE_WITHIN_MS };
  const gone = await pollUntil(clock, times, async () => {
    const { instances, complete } = await provider.list();
    return complete && !instances.some(({ id }) => ids.includes(id)) ? true : null;
  });
  if (gone) return;
  throw new XcoreError(
    `Cannot remove ${namesOf(workers).join(", ")}: not terminated after ${GONE_WITHIN_MS / 60_000} minutes`,
    "Run the command again in a minute.",
  );
}

function namesOf(workers: readonly Instance[]): string[] {
  return workers.map(({ name }) => name);
}
