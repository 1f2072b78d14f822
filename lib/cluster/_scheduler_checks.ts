/** Whether the cluster's own parts are well: the scheduler, what it was made from, and who looks after it. @module */

import { certificatesEndMs, checkCertificates } from "../dask/certificates.ts";
import { asXcoreError } from "../errors.ts";
import { PROTOCOL, type SchedulerReport } from "../model/mod.ts";
import type { BaseState } from "../platform/base.ts";
import { type CheckResult, failed, guarded, passed, warning } from "../platform/check_result.ts";
import { probePython } from "../python/environment.ts";
import { versionsCheck } from "./_versions_check.ts";
import { type Cluster, schedulerOf } from "./cluster.ts";
import { daemonReport } from "./daemon_status.ts";

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
