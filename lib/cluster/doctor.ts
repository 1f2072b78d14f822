/** `xcore doctor`: checks everything that can be wrong. @module */

import { homeAccess } from "../config/home_access.ts";
import { daemonPresence } from "../daemon/presence.ts";
import {
  BACKDATED_MS,
  certificatesEndMs,
  checkCertificates,
  LIFETIME_MS,
  needsCertificates,
  RENEW_BEFORE_MS,
} from "../dask/make_certificates.ts";
import { asXcoreError, XcoreError } from "../errors.ts";
import { type Instance, PROTOCOL, type SchedulerReport } from "../model/mod.ts";
import type { BaseState } from "../platform/base.ts";
import { minorVersion } from "../platform/boot/boot_script.ts";
import { type CheckResult, failed, guarded, passed, warning } from "../platform/check_result.ts";
import { probePython, type PythonEnvironment } from "../python/python_environment.ts";
import { pastDecisions } from "../status/history.ts";
import { serviceObstacle } from "../service/choose_manager.ts";
import { durationText } from "../util/duration_text.ts";
import { pollUntil } from "../util/poll_until.ts";
import {
  type Cluster,
  openCluster,
  openMade,
  type Progress,
  schedulerOf,
  type Scope,
  sharedHome,
  withVerbLock,
} from "./cluster.ts";
import { daemonReport } from "./daemon_report.ts";
import { packageChecks, programCheck } from "./program_check.ts";
import { status } from "./status.ts";
import { INCOMPLETE } from "./status_without_daemon.ts";

/** What doctor does. */
export interface DoctorOptions {
  /** Removes orphans. */
  readonly fix: boolean;
}

/**
 * Checks the program, the home and the Python package, everything that init checks, the clock, a running
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
    ...await accessChecks(scope),
    ...[await guarded("Python package", () => packageChecks(scope, config.python))].flat(),
    ...await Array.fromAsync(base.check(false)),
    ...await base.recorded(),
    ...await Array.fromAsync(provider.check()),
    await guarded("Clock", async () => clockCheck(await base.clockAheadMs())),
    // With the Python that the config names now: the one that scripts use.
    ...await schedulerChecks({ ...made, config: { ...made.config, python: config.python } }),
  ];
  return [
    ...parts,
    ...notToldYet(await problemChecks(scope), parts),
    ...[await guarded("Workers", () => deathChecks(made))].flat(),
    await orphanCheck(made, fix, progress),
  ];
}

/** Those that no other check has told: by the same words, or as what failed and is put right by the same fix. */
export function notToldYet(
  problems: readonly CheckResult[],
  checks: readonly CheckResult[],
): CheckResult[] {
  return problems.filter((problem) =>
    !checks.some(({ outcome, message, fix }) =>
      message === problem.message || (outcome === "failed" && fix === problem.fix)
    )
  );
}

/** Whether other users of this machine can change the home; where they can for sure, no command runs. */
async function accessChecks(scope: Scope): Promise<CheckResult[]> {
  const { runtime, home } = scope;
  const name = "Home";
  const faults = await homeAccess(runtime, home);
  const shared = await sharedHome(scope);
  const disk = shared === null ? [] : [warning(name, shared.message, shared.hint)];
  if (faults.length === 0) return [passed(name, `no other user can change ${home.dir}`), ...disk];
  const access = faults.map(({ severity, message, hint }) =>
    severity === "refused" ? failed(name, message, hint) : warning(name, message, hint)
  );
  return [...access, ...disk];
}

/** The problems that `xcore status` shows. */
async function problemChecks(scope: Scope): Promise<CheckResult[]> {
  const name = "Cluster";
  try {
    const { cluster, problems } = await status(scope);
    if (problems.length === 0) {
      return [passed(name, cluster.state === "down" ? "not running" : cluster.state)];
    }
    return problems.map(({ message, hint }) => warning(name, message, hint ?? "See `xcore status`."));
  } catch (error) {
    const { message, hint } = asXcoreError(error, "check the cluster");
    return [failed(name, message, hint)];
  }
}

/** Deaths are told for this long. */
const DEATHS_TOLD_MS = 3_600_000;

/** Decisions among which the deaths are. */
const DECISIONS_READ = 1000;

/** The workers that ended unannounced within the last hour: which, why, and what shows the log. */
export async function deathChecks(
  { runtime, home, provider }: Pick<Cluster, "runtime" | "home" | "provider">,
): Promise<CheckResult[]> {
  const nowMs = runtime.clock.nowMs();
  const died = (await pastDecisions(runtime, home.history, DECISIONS_READ)).filter(({ action, atMs }) =>
    action === "died" && nowMs - atMs < DEATHS_TOLD_MS
  );
  if (died.length === 0) return [];
  const { instances } = await provider.list();
  return [...Map.groupBy(died, ({ names }) => names[0] ?? "")].map(([worker, [last, ...before]]) => {
    const { reason, atMs } = last!;
    const agoS = (nowMs - atMs) / 1000;
    const isNew = instances.some(({ name, ageS }) => name === worker && ageS < agoS);
    const more = before.length === 0 ? "" : `; ${before.length} more of that name within the hour`;
    return warning(
      "Workers",
      `${reason}, ${durationText(agoS)} ago${more}`,
      `See how it ended: \`xcore logs ${worker}${isNew ? " --previous" : ""}\`.`,
    );
  });
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

const RESTART = "Run `xcore restart`: it makes a new scheduler with new certificates.";

/** The checks of a running cluster; of one that does not run, only of its certificates. */
export async function schedulerChecks(cluster: Cluster): Promise<CheckResult[]> {
  const base = await cluster.base.describe();
  if (base.state === "down") {
    return [passed("Scheduler", "not running"), await certificateCheck(cluster, false)];
  }
  const { report, result } = await schedulerCheck(cluster, base);
  return [
    result,
    await certificateCheck(cluster, true),
    ...(report === null ? [] : [await guarded("Versions", () => versions(cluster, report))]),
    await guarded("Daemon", () => daemonCheck(cluster)),
  ];
}

const SILENT =
  "Read its log, `xcore logs scheduler`, or replace it: `xcore restart`, which loses its results.";

const UNFINISHED = failed("Scheduler", INCOMPLETE.message, INCOMPLETE.hint);

async function schedulerCheck(
  cluster: Cluster,
  base: BaseState,
): Promise<{ report: SchedulerReport | null; result: CheckResult }> {
  const scheduler = schedulerOf(cluster, base);
  try {
    const report = await scheduler?.report() ?? null;
    const result = report === null
      ? UNFINISHED
      : passed("Scheduler", `${base.url} answers with protocol ${PROTOCOL}`);
    return { report, result };
  } catch (error) {
    if (base.state === "partial") return { report: null, result: UNFINISHED };
    const cause = await cluster.base.diagnoseAccess().catch(() => null);
    const { message, hint } = cause ?? asXcoreError(error, "reach the scheduler");
    const fix = hint.includes("`xcore doctor`") ? SILENT : hint; // which is this very command
    return { report: null, result: failed("Scheduler", message, fix) };
  } finally {
    scheduler?.close();
  }
}

async function certificateCheck(
  { runtime, home, config }: Cluster,
  isThere: boolean,
): Promise<CheckResult> {
  const name = "Certificates";
  if (!isThere && await needsCertificates(runtime, home.tls, config.clusterId)) {
    return passed(name, "`xcore start` makes them");
  }
  const state = await checkCertificates(runtime, home.tls, config.clusterId);
  if (state !== "valid") return failed(name, state, RESTART);
  const endMs = await certificatesEndMs(runtime, home.tls);
  const found = `in ${home.tls}, valid until ${new Date(endMs).toISOString().slice(0, 10)}`;
  const isSoon = endMs - runtime.clock.nowMs() < RENEW_BEFORE_MS;
  return isThere && isSoon ? warning(name, found, RESTART) : passed(name, found);
}

async function versions({ runtime, config }: Cluster, report: SchedulerReport): Promise<CheckResult> {
  if (config.python === null) {
    return warning("Versions", "the setting python is empty", "Set it with `xcore config set python PATH`.");
  }
  return versionsCheck(await probePython(runtime, config.python), report.versions);
}

async function daemonCheck(cluster: Cluster): Promise<CheckResult> {
  const name = "Daemon";
  const { running, unit, pid, last_error } = await daemonReport(cluster);
  if (!running) {
    const why = last_error === null ? "" : ` (${last_error})`;
    return failed(name, `not running${why}, so no workers will start`, "Start it with `xcore daemon start`.");
  }
  return unit !== null ? passed(name, `${unit}, process ${pid}`) : await plainDaemonCheck(cluster, pid);
}

const AS_SERVICE = "run `xcore daemon stop`, then `xcore start`";

/** The check of a daemon that runs and is no service: what helps depends on what prevents one. */
export async function plainDaemonCheck(
  { runtime, home }: Scope,
  pid: number | null,
): Promise<CheckResult> {
  const found = `running as a plain process (${pid})`;
  if (runtime.env("XCORE_SERVICE") === "none") {
    return passed("Daemon", `${found}, as XCORE_SERVICE=none says`);
  }
  const until = "it will not restart after a crash or reboot";
  const obstacle = await serviceObstacle(runtime, home);
  if (obstacle === null) {
    return warning("Daemon", `${found}; ${until}`, `To run it as a service, ${AS_SERVICE}.`);
  }
  return warning(
    "Daemon",
    `${found}, because ${obstacle.why}; ${until}`,
    obstacle.hint !== ""
      ? `To run it as a service, ${obstacle.hint}; then ${AS_SERVICE}.`
      : "After a crash or reboot run `xcore start`. If that will do, `export XCORE_SERVICE=none` ends this warning.",
  );
}

const NAME = "Versions";

const FIX = "Run `xcore restart`: it makes a scheduler and workers with the versions of this Python.";

/** @param installed package → version in the scheduler's environment, Python itself included */
export function versionsCheck(
  { python, version, packages }: PythonEnvironment,
  installed: Readonly<Record<string, string | null>>,
): CheckResult {
  const theirs = installed.python ?? "";
  if (minorVersion(theirs) !== minorVersion(version)) {
    return failed(
      NAME,
      `${python} is Python ${version}, the scheduler has ${theirs} and cannot read its tasks`,
      FIX,
    );
  }
  // A package that only one side has makes no difference.
  const different = Object.entries(packages).filter(([name, ours]) =>
    ours !== null && (installed[name] ?? ours) !== ours
  );
  if (different.length === 0) {
    return passed(
      NAME,
      `Python ${version} and distributed ${packages.distributed}, the same as the scheduler`,
    );
  }
  const found = different.map(([name, ours]) => `${name} ${ours} (scheduler: ${installed[name]})`);
  return warning(NAME, `${python} has ${found.join("; ")}`, FIX);
}

/** A difference that a slow call explains, and with which logs can still be compared. */
const FINE_MS = 30_000;

const SET =
  "Set it from the network: `sudo timedatectl set-ntp true`. Certificates are valid from 24 hours before they are made.";

/**
 * @param aheadMs milliseconds that the scheduler's clock is ahead of this machine's; null: they are
 * the same
 */
export function clockCheck(aheadMs: number | null): CheckResult {
  const name = "Clock";
  if (aheadMs === null) return passed(name, "the scheduler uses the clock of this machine");
  if (Math.abs(aheadMs) < FINE_MS) return passed(name, "this machine agrees with the cloud");
  const found = `this machine is ${durationText(Math.abs(aheadMs) / 1000)} ${
    aheadMs > 0 ? "behind" : "ahead of"
  } the cloud`;
  // The cloud would find certificates made with this clock not valid yet, or expired.
  const isInvalid = aheadMs <= -BACKDATED_MS || aheadMs >= LIFETIME_MS;
  return isInvalid ? failed(name, found, SET) : warning(name, found, SET);
}
