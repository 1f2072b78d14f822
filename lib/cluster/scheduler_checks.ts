/**
 * Doctor's checks of a running cluster: scheduler, certificates, versions, daemon and clock.
 * @module
 */

import {
  BACKDATED_MS,
  certificatesEndMs,
  checkCertificates,
  LIFETIME_MS,
} from "../dask/make_certificates.ts";
import { asXcoreError } from "../errors.ts";
import { PROTOCOL, type SchedulerReport } from "../model/mod.ts";
import { minorVersion } from "../platform/boot/boot_script.ts";
import { type CheckResult, failed, guarded, passed, warning } from "../platform/check_result.ts";
import { probePython, type PythonEnvironment } from "../python/python_environment.ts";
import { durationText } from "../util/duration_text.ts";
import { type Cluster, schedulerOf } from "./cluster.ts";
import { daemonReport } from "./daemon_report.ts";
import type { BaseState } from "../platform/base.ts";

/** Certificates that expire within this time are reported: it leaves time to plan a restart. */
const RENEW_BEFORE_DAYS = 30;

const DAY_MS = 24 * 3_600_000;

const RESTART = "Run `xcore restart`: it makes a new scheduler with new certificates.";

/** The checks of a running cluster; of one that does not run, only of its certificates. */
export async function schedulerChecks(cluster: Cluster): Promise<CheckResult[]> {
  const base = await cluster.base.describe();
  if (base.state === "absent") {
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

const UNFINISHED = failed(
  "Scheduler",
  "not running, as its last start did not finish",
  "Run `xcore start` to continue.",
);

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
    const { message, hint } = asXcoreError(error, "reach the scheduler");
    return { report: null, result: failed("Scheduler", message, hint) };
  } finally {
    scheduler?.close();
  }
}

async function certificateCheck(
  { runtime, home, config }: Cluster,
  isThere: boolean,
): Promise<CheckResult> {
  const name = "Certificates";
  const state = await checkCertificates(runtime, home.tls, config.clusterId);
  if (state !== "valid") {
    return isThere ? failed(name, state, RESTART) : passed(name, "`xcore start` makes them");
  }
  const endMs = await certificatesEndMs(runtime, home.tls);
  const found = `in ${home.tls}, valid until ${new Date(endMs).toISOString().slice(0, 10)}`;
  const isSoon = endMs - runtime.clock.nowMs() < RENEW_BEFORE_DAYS * DAY_MS;
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
  if (unit !== null) return passed(name, `${unit}, process ${pid}`);
  if (cluster.runtime.env("XCORE_SERVICE") === "none") {
    return passed(name, `running as a plain process (${pid}), as XCORE_SERVICE=none says`);
  }
  return warning(
    name,
    `running as a plain process (${pid}); it will not restart after a crash or reboot`,
    "Run `xcore daemon stop`, then `xcore start`: it makes a service, or says what prevents that.",
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
