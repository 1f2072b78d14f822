/** The workers' half of a shutdown: each is told to end until the provider lists none, and nobody launches another. @module */

import { ConflictError, XcoreError } from "../errors.ts";
import type { Instance } from "../model/mod.ts";
import type { Deps } from "../reconcile/deps.ts";
import { isProvenGone } from "../plan/update_memory.ts";
import { claimLease, leaseTtlS } from "../reconcile/lease.ts";
import type { Progress } from "./cluster.ts";

/** Workers are gone within seconds on local, within some minutes in a cloud. */
const WORKERS_TIMEOUT_MS = 15 * 60_000;

const POLL_MS = 200;

/** What workers are ended with. */
export interface EndingDeps extends Pick<Deps, "provider" | "clock" | "daemonId" | "leaseTerms"> {
  /** Null when there is none. */
  readonly scheduler: Deps["scheduler"] | null;
  /** Whether any daemon can have launched something since all were known to be gone. */
  readonly launched: boolean;
}

/** What came of ending workers. */
export interface Ended {
  /** How many there were. */
  readonly count: number;
  /** Nobody else may launch: the lease is ours, or there is no scheduler or no daemon that could have it. */
  readonly isAlone: boolean;
}

/**
 * Ends all workers of the cluster and waits until they are gone.
 *
 * @throws {ConflictError} another daemon looks after the cluster, and would launch others
 * @throws {XcoreError} some are still there after all
 */
export async function endWorkers(deps: EndingDeps, progress: Progress): Promise<Ended> {
  const { provider, clock, launched } = deps;
  const { goneAfterS, terminateAgainS } = provider.pace;
  const deadlineMs = clock.monotonicMs() + WORKERS_TIMEOUT_MS;
  const seen = new Set<string>();
  let toldAtMs = -Infinity;
  let emptySinceMs: number | null = null;
  let wasComplete = true;
  for (;;) {
    const isAlone = await keepOthersOut(deps);
    const askedAtMs = clock.monotonicMs();
    const { instances, complete } = await provider.list();
    if (wasComplete && !complete) progress("Waiting for a part of the cloud that does not answer …");
    wasComplete = complete;
    const isEmpty = instances.length === 0 && complete;
    emptySinceMs = isEmpty ? emptySinceMs ?? clock.monotonicMs() : null;
    // What was launched last, by a daemon that is no more, may not be listed yet.
    const believedAfterS = launched ? goneAfterS : 0;
    if (emptySinceMs !== null && isProvenGone(emptySinceMs, askedAtMs, believedAfterS)) {
      return { count: seen.size, isAlone: isAlone || !launched };
    }
    if (!isEmpty && clock.monotonicMs() > deadlineMs) throw leftOver(instances);
    const news = instances.filter(({ id }) => !seen.has(id));
    if (news.length > 0) progress(`Ending ${news.map(({ name }) => name).join(", ")} …`);
    const again = clock.monotonicMs() - toldAtMs >= terminateAgainS * 1000;
    const told = again ? instances : news;
    if (told.length > 0) {
      await provider.terminate(told.map(({ id }) => id));
      if (again) toldAtMs = clock.monotonicMs();
    }
    for (const { id } of instances) seen.add(id);
    await clock.sleep(Math.max(POLL_MS, provider.pace.listWhenChangingS * 1000));
  }
}

/**
 * A daemon that does not get the lease launches nothing.
 *
 * @returns false when the scheduler does not answer, which others may hear all the same
 */
async function keepOthersOut({ scheduler, ...deps }: EndingDeps): Promise<boolean> {
  if (scheduler === null) return true;
  const claimed = await claimLease({ scheduler, ...deps }).catch(() => null);
  if (claimed === null || claimed.granted) return claimed !== null;
  const { holder } = claimed;
  throw new ConflictError(
    `Cannot shut down: ${holder ?? "another daemon"} looks after the cluster, and would launch workers again`,
    "Stop the daemon with `xcore daemon stop` where it runs, wait a minute, then run `xcore shutdown` again.",
  );
}

/**
 * Looks once more, when the scheduler has ended. One that did not answer us may have given the lease to another daemon, which
 * acts on that for a while yet.
 *
 * @throws {XcoreError} when there are workers after all
 */
export async function checkNobodyIsLeft(
  { provider, clock }: Pick<EndingDeps, "provider" | "clock">,
  { isAlone }: Pick<Ended, "isAlone">,
  progress: Progress,
): Promise<void> {
  if (!isAlone) {
    const waitS = leaseTtlS(provider.pace);
    progress(`Waiting ${waitS} s: the scheduler did not answer, and may have let another daemon launch …`);
    await clock.sleep(waitS * 1000);
  }
  const { instances } = await provider.list();
  if (instances.length > 0) throw leftOver(instances);
}

function leftOver(instances: readonly Instance[]): XcoreError {
  const names = instances.map(({ name, id }) => `${name} (${id})`).join(", ") ||
    "nobody that is listed, but a part of the provider does not answer";
  return new XcoreError(`Cannot finish the shutdown: still there: ${names}`, "Run `xcore shutdown` again.");
}
