/** `xcore doctor`: everything that can be wrong, looked at. @module */

import { asXcoreError } from "../errors.ts";
import { type CheckResult, failed, guarded, passed, warning } from "../platform/check_result.ts";
import { clockCheck } from "./_clock_check.ts";
import { orphanCheck } from "./_orphan_check.ts";
import { packageChecks } from "./_package_check.ts";
import { programCheck } from "./_program_check.ts";
import { schedulerChecks } from "./_scheduler_checks.ts";
import { openCluster, openMade, type Place, type Progress } from "./cluster.ts";
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
  place: Place,
  { fix }: DoctorOptions,
  progress: Progress,
): Promise<CheckResult[]> {
  const { base, provider, config } = await openCluster(place);
  const made = await openMade(place);
  const parts = [
    await programCheck(place.runtime),
    ...[await guarded("Python package", () => packageChecks(place, config.python))].flat(),
    ...await Array.fromAsync(base.check(false)),
    ...await Array.fromAsync(provider.check()),
    await guarded("Clock", async () => clockCheck(await base.clockAheadMs())),
    // The Python that a person uses by now, and not the one at the time of the start, is what has to fit.
    ...await schedulerChecks({ ...made, config: { ...made.config, python: config.python } }),
  ];
  const told = new Set(parts.map(({ message }) => message));
  return [
    ...parts,
    ...(await problemChecks(place)).filter(({ message }) => !told.has(message)),
    await orphanCheck(made, fix, progress),
  ];
}

/** What the daemon, or a look, finds wrong with the cluster that runs. */
async function problemChecks(place: Place): Promise<CheckResult[]> {
  const name = "Cluster";
  try {
    const { cluster, problems } = await status(place);
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
