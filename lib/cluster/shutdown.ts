/** `xcore shutdown`: removes the whole cluster and checks that nothing is left. @module */

import { join } from "node:path";
import { notify, type NotifyEvent } from "../daemon/notify.ts";
import { removeUnfinished } from "../dask/make_certificates.ts";
import { asXcoreError, ConflictError, XcoreError } from "../errors.ts";
import { platformOf } from "../platform/platforms.ts";
import type { Ledger } from "../price/ledger.ts";
import { readShutdownNote, type ShutdownNote, writeShutdownNote } from "../status/shutdown_note.ts";
import { count } from "../util/duration_text.ts";
import { moneyText } from "../util/money_text.ts";
import { type ClusterLedger, clusterLedger } from "./cluster_ledger.ts";
import { type Cluster, type Confirm, openMade, type Progress, type Scope, withVerbLock } from "./cluster.ts";
import { removeService } from "./daemon_service.ts";
import { checkNoWorkers, endWorkersOf, type EndWorkersOptions, stopDaemonOf } from "./end_workers.ts";
import { type Risk, workAtRisk } from "./work_at_risk.ts";

/** What a shutdown may do beyond the usual. */
export interface ShutdownOptions {
  /** Whether it goes on while another daemon holds the lease. */
  readonly force?: boolean;
  /** Changes nothing where a task is not finished, a client is connected, or that is unknown. */
  readonly onlyIfIdle?: boolean;
  /**
   * The daemon's reason, `idle for 2 h`. Such a shutdown asks nothing, waits for no other command,
   * and tries again what fails.
   */
  readonly unattended?: string;
  /** Is called where machine images of the cluster stay; which, is told. */
  readonly imagesStay?: () => void;
}

/**
 * Stops the daemon, terminates the workers and removes the base, in this order, and checks that
 * nothing is left. It can be run again at any point.
 *
 * @param confirm called when tasks or results would be lost
 * @returns false: the answer was no, or the cluster is in use and that matters
 * @throws {ConflictError} another daemon holds the lease, and nothing is forced
 * @throws {XcoreError} something could not be removed
 */
export async function shutdown(
  scope: Scope,
  confirm: Confirm,
  progress: Progress,
  options: ShutdownOptions = {},
): Promise<boolean> {
  const { unattended, onlyIfIdle = false } = options;
  if (unattended !== undefined) {
    await openMade(scope); // whether there is a cluster to speak of, before its lock
    const work = () => shutdownUnattended(scope, progress, { ...options, unattended });
    return await withVerbLock(scope, "shutdown", progress, work, false);
  }
  const cluster = await openMade(scope);
  const risk = await workAtRisk(cluster, progress);
  if (onlyIfIdle && staysFor(risk, progress)) return false;
  if (risk.text !== null && !await confirm(`${risk.text} Shut down anyway?`)) return false;
  await withVerbLock(scope, "shutdown", progress, async () => {
    const noted = await noteOf(cluster, { by: "command", reason: null });
    await takeDown(cluster, progress, { ...options, ...risk });
    await noted?.ended();
  });
  return true;
}

/** Seconds between two tries where no person can run the command again. */
const TRY_AGAIN_AFTER_S = [15, 30, 60, 120, 300, 600];

/** Holds the lock between two tries, too: what is half removed is no cluster to work with. */
async function shutdownUnattended(
  scope: Scope,
  progress: Progress,
  options: ShutdownOptions & { readonly unattended: string },
): Promise<boolean> {
  const { clock } = scope.runtime;
  const first = await openMade(scope);
  const risk = await workAtRisk(first, progress);
  if (options.onlyIfIdle && staysFor(risk, progress)) return false;
  const noted = await noteOf(first, { by: "daemon", reason: options.unattended });
  for (let failures = 0;; failures++) {
    try {
      const cluster = failures === 0 ? first : await openMade(scope);
      await takeDown(cluster, progress, { ...options, ...risk });
      await noted?.ended();
      await tellOf(cluster, `The daemon has shut the cluster down: ${options.unattended}`, progress);
      return true;
    } catch (error) {
      const waitS = TRY_AGAIN_AFTER_S[failures];
      const { message, hint } = asXcoreError(error, "shut down");
      if (waitS === undefined || error instanceof ConflictError) {
        await noted?.failed(message);
        await tellOf(
          first,
          `The shutdown of the cluster (${options.unattended}) did not finish: ${message}`,
          progress,
          hint,
        );
        throw error;
      }
      progress(`${message}. ${hint} Trying again in ${waitS} s …`);
      await clock.sleep(waitS * 1000);
    }
  }
}

/** Runs the notify command, which the daemon, stopped by now, cannot. */
async function tellOf(
  { runtime, home, config }: Cluster,
  message: string,
  progress: Progress,
  hint: string | null = null,
): Promise<void> {
  const { notify: command, clusterName: name, clusterId: id, provider } = config;
  if (command === null) return;
  const at = new Date(runtime.clock.nowMs()).toISOString();
  const event: NotifyEvent = { event: "shut_down", at, cluster: { name, id, provider }, message, hint };
  const { failure, output } = await notify(runtime, home, command, event);
  const printed = output === "" ? "" : `; it printed: ${output}`;
  if (failure !== null) progress(`The notify command was not told: ${failure}${printed}`);
}

/** Whether the cluster is in use, or may be; that is told. */
function staysFor({ inUse }: Risk, progress: Progress): boolean {
  if (inUse !== null) progress(`The cluster stays: ${inUse}`);
  return inUse !== null;
}

/** Notes that a shutdown begins; null where there is nothing to shut down, and the last one's note stays. */
async function noteOf(
  { runtime, home, base }: Cluster,
  who: Pick<ShutdownNote, "by" | "reason">,
): Promise<{ ended(): Promise<void>; failed(error: string): Promise<void> } | null> {
  const isOver = (await readShutdownNote(runtime, home))?.endedAtMs != null;
  if (isOver && (await base.describe()).state === "down") return null;
  const { clock } = runtime;
  const note = { ...who, beganAtMs: clock.nowMs(), endedAtMs: null, error: null };
  await writeShutdownNote(runtime, home, note);
  return {
    ended: () => writeShutdownNote(runtime, home, { ...note, endedAtMs: clock.nowMs() }),
    failed: (error) => writeShutdownNote(runtime, home, { ...note, error }),
  };
}

async function takeDown(
  cluster: Cluster,
  progress: Progress,
  options: EndWorkersOptions & Pick<ShutdownOptions, "imagesStay">,
): Promise<void> {
  await stopDaemonOf(cluster, progress, options);
  // Early, so that a reboot starts no daemon; if it fails, the instances are terminated
  // nevertheless.
  const unremoved = await removeService(cluster).then(() => null, (error: unknown) => error);
  const ledger = await clusterLedger(cluster).catch(() => null); // it must not keep anything from ending
  await ledger?.readScheduler(options.answers ?? true).then(() => ledger.save()).catch(() => {});
  ledger?.timed(options.taskTime ?? []);
  const ended = await endWorkersOf(cluster, progress, options, ledger);
  await cluster.base.down(progress, options);
  const { provider, runtime: { clock } } = cluster;
  await checkNoWorkers({ provider, clock }, ended, progress);
  const things = await cluster.base.resources();
  if (things.length > 0) {
    throw new XcoreError(
      `Cannot finish the shutdown: resources of this cluster that Terraform does not know: ${
        things.join(", ")
      }`,
      "Remove them with `xcore doctor --fix`, then run `xcore shutdown` again.",
    );
  }
  const { home, runtime } = cluster;
  await removeUnfinished(runtime, home.tls);
  for (const path of [join(home.run, "plan"), home.madeConfig, home.knownHosts]) {
    await runtime.files.removeTree(path, home.dir);
  }
  for (const folder of [home.root, home.dir, home.run, home.terraform, home.packer]) {
    await runtime.files.removeUnfinished(folder);
  }
  await reportCost(ledger, progress);
  if (await reportKeptImages(cluster, progress)) options.imagesStay?.();
  if (unremoved !== null) throw unremoved;
}

/** Records that all has ended, and says what it has cost, if there was something. */
async function reportCost(costs: ClusterLedger | null, progress: Progress): Promise<void> {
  if (costs === null || costs.now().perHour.instances === 0) return;
  costs.end();
  await costs.save().catch(() => {}); // the next start reports a history that cannot be written
  if (!costs.costs) return;
  progress(runText(costs.now()));
}

/** `This run cost $1.23.` */
export function runText({ sinceStart: { usd, unknown } }: Pick<Ledger, "sinceStart">): string {
  const others = unknown === 0 ? "" : `, and ${count(unknown, "instance")} whose price is not known`;
  return `This run cost ${moneyText(usd)}${others}: see \`xcore cost\`.`;
}

/** Images outlast a cluster on purpose, and cost. */
async function reportKeptImages({ base, config }: Cluster, progress: Progress): Promise<boolean> {
  const images = await base.images?.list().catch(() => []) ?? [];
  if (images.length === 0) return false;
  const sizeGb = images.reduce((sum, image) => sum + image.sizeGb, 0);
  const what = images.length === 1
    ? `the machine image ${images[0]!.name}`
    : `${images.length} machine images`;
  const usd = sizeGb * (platformOf(config).traits.extraPrices?.imageUsd ?? 0);
  progress(
    `Kept ${what} (up to ${sizeGb} GB, which cost up to ${moneyText(usd)} a month) for the next start: see ` +
      "`xcore image list` and `xcore image remove NAME`.",
  );
  return true;
}
