/** Waiting for the scheduler of a start, and why it cannot be reached. @module */

import {
  asXcoreError,
  BundleMissingError,
  ConflictError,
  ProtocolError,
  SchedulerError,
  type XcoreError,
} from "../errors.ts";
import type { SchedulerReport } from "../model/mod.ts";
import type { BaseState } from "../platform/base.ts";
import { handOver } from "../platform/boot/hand_over.ts";
import type { Clock } from "../runtime.ts";
import { lastWords } from "../util/one_line.ts";
import { type Cluster, type Progress, schedulerOf } from "./cluster.ts";

const POLL_MS = 100;

/** Progress is shown only after this time: a local scheduler is faster. */
const TELL_EVERY_MS = 5000;
const NOTHING_YET = { done: 0, total: 1 } as const;

/** A scheduler's instance that has refused its software so often will not take it. */
const MOST_HAND_OVERS = 20;

/** A connection's first packet is sent again after 1, 3 and 7 s: all of them are not lost. */
const CONNECTED_WITHIN_MS = 10_000;

/**
 * Polls the scheduler until it answers, and hands it its software where it asks for that.
 *
 * @param wasUp whether its instance was there before this start
 * @returns null: that instance has ended meanwhile, as a shutdown that was killed had told it to
 * @throws {SchedulerError} it does not answer in time, or this machine's network lets nothing
 *   through to it
 * @throws {XcoreError} this machine's address has changed, and the firewall refuses it
 */
export async function waitForScheduler(
  cluster: Cluster,
  state: BaseState,
  progress: Progress,
  wasUp: boolean,
): Promise<SchedulerReport | null> {
  const report = await untilItAnswers(cluster, state, progress, wasUp);
  if (report === null) return null;
  // It has answered at one port, and clients take the other.
  const blocked = await blockedPorts(state, answersWithin(cluster.runtime.clock));
  if (blocked !== null) throw blocked;
  return report;
}

async function untilItAnswers(
  cluster: Cluster,
  state: BaseState,
  progress: Progress,
  wasUp: boolean,
): Promise<SchedulerReport | null> {
  const { base, runtime: { clock } } = cluster;
  const scheduler = schedulerOf(cluster, state);
  if (scheduler === null) {
    throw new SchedulerError("Cannot reach the scheduler: it has no address", "Run `xcore start` again.");
  }
  const startMs = clock.monotonicMs();
  const deadlineMs = startMs + base.schedulerWithinS * 1000;
  let tellAtMs = startMs + TELL_EVERY_MS;
  let handedOver = 0;
  try {
    for (;;) {
      try {
        return await scheduler.report();
      } catch (error) {
        if (error instanceof ProtocolError) throw error; // it stays so, however long one waits
        let failure = error;
        if (error instanceof BundleMissingError) {
          if (handedOver++ === 0) progress("Handing the scheduler its software …");
          // A call that is cut may have arrived: the next answer tells.
          failure = await handOver(cluster, scheduler, error).then(() => error, (why) => why);
          if (failure instanceof ConflictError || handedOver === MOST_HAND_OVERS) throw failure;
        }
        const { state: now } = await base.describe();
        if (now !== "up" && wasUp) return null;
        if (now !== "up" || clock.monotonicMs() > deadlineMs) {
          const shutOut = now === "up" ? await base.diagnoseAccess() : null;
          if (shutOut !== null) throw shutOut;
          const log = (await base.log())?.text ?? "";
          const cause = asXcoreError(failure, "reach the scheduler");
          throw now === "up" && HAS_BEEN_UP.test(log) ? unresponsive(base, cause) : startFailure(log, cause);
        }
        // Waiting does not help, and holds the lock that `xcore allow` needs.
        const shutOut = wasUp ? await base.diagnoseAccess() : null;
        if (shutOut !== null) throw shutOut;
        if (clock.monotonicMs() > tellAtMs) {
          const elapsedS = Math.round((clock.monotonicMs() - startMs) / 1000);
          progress(`Waiting for ${await base.startupPhase()} (${elapsedS} s)`, NOTHING_YET);
          tellAtMs += TELL_EVERY_MS;
          const blocked = await diagnosePorts(cluster, state);
          if (blocked !== null) throw await base.diagnoseAccess() ?? blocked;
        }
      }
      await clock.sleep(POLL_MS);
    }
  } finally {
    scheduler.close();
  }
}

/** What the console of a scheduler's instance shows once its ports are open. */
const IS_UP = /waiting on port \d+ for what|Scheduler at: +tls:/;

/** What Dask prints once its scheduler listens. */
const HAS_BEEN_UP = /Scheduler at: +tls:/;

/** No line of its log is the cause: all was well when it was printed. */
function unresponsive({ schedulerWithinS }: Cluster["base"], cause: XcoreError): SchedulerError {
  return new SchedulerError(
    `Cannot reach the scheduler: it has started, and has not answered for ${schedulerWithinS} s`,
    "Wait while it is busy, and run `xcore start` again; or replace it with `xcore restart`, which loses its results.",
    cause,
  );
}

/** See {@linkcode blockedPorts}; null too while the scheduler has not said that it is up. */
async function diagnosePorts({ base, runtime }: Cluster, state: BaseState): Promise<SchedulerError | null> {
  const log = await base.log().catch(() => null);
  if (!IS_UP.test(log?.text ?? "")) return null;
  return await blockedPorts(state, answersWithin(runtime.clock));
}

/** Ports that networks let through which let through little else. */
const OTHER_PORTS = [443, 80];

/**
 * Why nothing comes back from the ports of a scheduler that is up and that the firewall lets this
 * machine reach; null where each is answered, if only by a refusal.
 *
 * @param isAnswered whether anything comes back from a port
 */
export async function blockedPorts(
  { url, http }: Pick<BaseState, "url" | "http">,
  isAnswered: (host: string, port: number) => Promise<boolean>,
): Promise<SchedulerError | null> {
  if (url === null || http === null) return null;
  const { hostname, port } = new URL(url);
  const ports = { scheduler_port: Number(port), dashboard_port: http.port };
  const answered = await Promise.all(Object.values(ports).map((each) => isAnswered(hostname, each)));
  const silent = Object.entries(ports).filter((_, place) => !answered[place]);
  if (silent.length === 0) return null;
  const set = silent.map(([key], place) => `${key} ${OTHER_PORTS[place]}`).join(" ");
  return new SchedulerError(
    `Cannot reach the scheduler: it runs at ${hostname}, and nothing comes back from port ${
      silent.map(([, number]) => number).join(" or ")
    }`,
    `The network that this machine is in may block that: run \`xcore config set ${set}\`, then \`xcore restart\`.`,
  );
}

/** Asks a port for {@linkcode CONNECTED_WITHIN_MS} whether anything comes back from it. */
function answersWithin(clock: Clock) {
  return async (hostname: string, port: number): Promise<boolean> => {
    const connected = Deno.connect({ hostname, port }).then(
      (connection) => {
        connection.close();
        return true;
      },
      (error) =>
        error instanceof Deno.errors.ConnectionRefused || error instanceof Deno.errors.ConnectionReset,
    );
    const known = new AbortController();
    const late = clock.sleep(CONNECTED_WITHIN_MS, known.signal).then(() => false);
    return await Promise.race([connected, late]).finally(() => known.abort());
  };
}

/** The last line of a console whose instance has got no bundle, as boot_scheduler.sh prints it. */
const WAITS = /waiting on port (\d+) for what `xcore start` hands over$/;

/**
 * Why a scheduler did not start.
 *
 * @param log what its instance, or its process, has printed
 * @param error the last call's
 */
export function startFailure(log: string, error: XcoreError): SchedulerError {
  const found = lastWords(log) || error.message;
  const [, port] = WAITS.exec(found) ?? [];
  if (port === undefined) {
    return new SchedulerError(
      `Cannot start the scheduler: ${found}`,
      "Fix that, then run `xcore start` again.",
      error,
    );
  }
  const why = error.message.slice(error.message.lastIndexOf(": ") + 2);
  return new SchedulerError(
    `Cannot start the scheduler: its instance waits on port ${port} for its software, ` +
      `which this machine cannot hand over (${why})`,
    "Let this machine in with `xcore allow`, then run `xcore start` again.",
    error,
  );
}
