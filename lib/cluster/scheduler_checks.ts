/** Whether the cluster's own parts are well: the scheduler, what it was made from, and who looks after it. @module */

import { BACKDATED_MS, certificatesEndMs, checkCertificates, LIFETIME_MS } from "../dask/certificates.ts";
import { asXcoreError } from "../errors.ts";
import { PROTOCOL, type SchedulerReport } from "../model/mod.ts";
import { minorVersion } from "../platform/boot/boot_script.ts";
import { type CheckResult, failed, guarded, passed, warning } from "../platform/check_result.ts";
import { probePython, type PythonEnvironment } from "../python/python_environment.ts";
import { type Cluster, schedulerOf } from "./cluster.ts";
import { daemonReport } from "./daemon_report.ts";
import type { BaseState } from "../platform/base.ts";

/** Enough to choose a day for a restart. */
const RENEW_BEFORE_DAYS = 30;

const DAY_MS = 24 * 3_600_000;

const RESTART = "Make a new scheduler with new ones: `xcore restart`.";

/** What there is to say of a cluster that runs; of one that does not, that it does not. */
export async function schedulerChecks(cluster: Cluster): Promise<CheckResult[]> {
  const base = await cluster.base.describe();
  if (base.state === "absent") {
    return [passed("Scheduler", "none runs"), await certificateCheck(cluster, false)];
  }
  const { report, result } = await schedulerCheck(cluster, base);
  return [
    result,
    await certificateCheck(cluster, true),
    ...(report === null ? [] : [await guarded("Versions", () => versions(cluster, report))]),
    await guarded("Daemon", () => daemonCheck(cluster)),
  ];
}

async function schedulerCheck(
  cluster: Cluster,
  base: BaseState,
): Promise<{ report: SchedulerReport | null; result: CheckResult }> {
  const scheduler = schedulerOf(cluster, base);
  try {
    const report = await scheduler?.report() ?? null;
    const result = report === null
      ? failed("Scheduler", "it was never made to its end", "Run `xcore start`: it goes on from there.")
      : passed("Scheduler", `${base.url} answers, by protocol ${PROTOCOL}`);
    return { report, result };
  } catch (error) {
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
    return isThere ? failed(name, `they are ${state}`, RESTART) : passed(name, "the next start makes them");
  }
  const endMs = await certificatesEndMs(runtime, home.tls);
  const found = `those in ${home.tls} are valid until ${new Date(endMs).toISOString().slice(0, 10)}`;
  const isSoon = endMs - runtime.clock.nowMs() < RENEW_BEFORE_DAYS * DAY_MS;
  return isThere && isSoon ? warning(name, found, RESTART) : passed(name, found);
}

async function versions({ runtime, config }: Cluster, report: SchedulerReport): Promise<CheckResult> {
  if (config.python === null) {
    return warning("Versions", "the config names no Python", "Name yours: `xcore config set python PATH`.");
  }
  return versionsCheck(await probePython(runtime, config.python), report.versions);
}

async function daemonCheck(cluster: Cluster): Promise<CheckResult> {
  const name = "Daemon";
  const { running, unit, pid, last_error } = await daemonReport(cluster);
  if (!running) {
    const why = last_error === null ? "" : ` (${last_error})`;
    return failed(name, `none runs${why}: nobody launches workers`, "Start it with `xcore daemon start`.");
  }
  if (unit !== null) return passed(name, `${unit}, process ${pid}`);
  if (cluster.runtime.env("XCORE_SERVICE") === "none") {
    return passed(name, `process ${pid}, which nothing starts again, as XCORE_SERVICE=none has it`);
  }
  return warning(
    name,
    `process ${pid}, which nothing starts again`,
    "Run `xcore daemon stop`, then `xcore start`: it has systemd or launchd run it, or says what is in the way.",
  );
}

const NAME = "Versions";

const FIX = "Have a scheduler and workers with this Python's versions: `xcore restart`.";

/** @param installed package → version in the scheduler's environment, Python itself among them, as its report has it */
export function versionsCheck(
  { python, version, packages }: PythonEnvironment,
  installed: Readonly<Record<string, string | null>>,
): CheckResult {
  const theirs = installed.python ?? "";
  if (minorVersion(theirs) !== minorVersion(version)) {
    return failed(
      NAME,
      `${python} is Python ${version}, the scheduler's ${theirs}: no task can be read`,
      FIX,
    );
  }
  // What only one side has is nothing that they could disagree on.
  const different = Object.entries(packages).filter(([name, ours]) =>
    ours !== null && (installed[name] ?? ours) !== ours
  );
  if (different.length === 0) {
    return passed(
      NAME,
      `Python ${version} and distributed ${packages.distributed}, as the scheduler has them`,
    );
  }
  const found = different.map(([name, ours]) => `${name} ${ours}, the scheduler ${installed[name]}`);
  return warning(NAME, `${python} has ${found.join("; ")}`, FIX);
}

/** What a call's way takes, and what logs beside each other can be read with. */
const FINE_MS = 30_000;

const SET =
  "Have it set by the network: `sudo timedatectl set-ntp true`. Certificates count from 24 hours before they are made.";

/** @param aheadMs milliseconds that the scheduler's clock is ahead of this machine's; null: it is the same clock */
export function clockCheck(aheadMs: number | null): CheckResult {
  const name = "Clock";
  if (aheadMs === null) return passed(name, "the scheduler's is this machine's");
  if (Math.abs(aheadMs) < FINE_MS) return passed(name, "this machine's is as the cloud's");
  const found = `this machine's is ${spanOf(Math.abs(aheadMs))} ${
    aheadMs > 0 ? "behind" : "ahead of"
  } the cloud's`;
  // Made with this clock, certificates would not count yet over there, or no more.
  const isHopeless = aheadMs <= -BACKDATED_MS || aheadMs >= LIFETIME_MS;
  return isHopeless ? failed(name, found, SET) : warning(name, found, SET);
}

function spanOf(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 2) return `${Math.round(ms / 1000)} seconds`;
  return minutes < 120 ? `${Math.round(minutes)} minutes` : `${Math.round(minutes / 60)} hours`;
}
