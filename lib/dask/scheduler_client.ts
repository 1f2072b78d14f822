/** The scheduler, called over mutual TLS at the routes of our preload. @module */

import type { Scheduler } from "../model/mod.ts";
import type { Runtime } from "../runtime.ts";
import { systemRuntime } from "../system_runtime.ts";
import { SchedulerError } from "../errors.ts";
import {
  type BundleRequest,
  CAPABILITIES,
  type Messages,
  PROTOCOL,
  type ScaleAnswer,
  type ScaleRequest,
  type TaskAnswer,
} from "../protocol/messages.ts";
import { type ReadAnswer, writeMessage } from "../protocol/read_message.ts";
import { type Call, MutualTlsCaller } from "./mutual_tls_caller.ts";
import { connectionFailure, schedulerAnswer } from "./scheduler_answer.ts";
import { serverName, type TlsFiles } from "./tls_files.ts";

/** What this xcore speaks, for the preload to know. */
const HEADERS = { "xcore-protocol": `${PROTOCOL}; ${CAPABILITIES.join(" ")}` };

/** Seconds in which a bundle, some 100 kB, is handed over when nothing else waits. */
const HAND_OVER_WITHIN_S = 30;

/** The same before a launch, to which a daemon's lease must last. */
const KEEP_WITHIN_S = 10;

/** Seconds after which a call is answered that the scheduler holds until something changes, and some more. */
const HELD_WITHIN_S = 30 + 10;

/** Which scheduler to call, and how. */
export interface SchedulerAddress {
  /** Name or address, without brackets: `127.0.0.1`, `::1`. */
  readonly host: string;
  /** Of the mutual-TLS port, `dashboard_port`. */
  readonly port: number;
  readonly tls: TlsFiles;
  /** The cluster it must be of. */
  readonly clusterId: string;
  /** Default: the real machine. */
  readonly runtime?: Runtime;
  /** Seconds a call may take, connecting included; default 5. */
  readonly timeoutS?: number;
  /**
   * Seconds a retirement's answer may take; default 8. The preload answers within 4, and then goes
   * on handing results over; asking again is harmless.
   */
  readonly retireTimeoutS?: number;
}

/** A {@linkcode Scheduler} with connections to close. */
export interface SchedulerClient extends Scheduler {
  /**
   * Hands a scheduler's instance that boots the bundle that it waits for; again is harmless.
   *
   * @throws {SchedulerError} it waits for another, or does not answer
   */
  handOver(bundle: Required<BundleRequest>): Promise<void>;
  /**
   * Has the scheduler keep what workers fetch when they boot, unless it has it.
   *
   * @throws {ProtocolError} it is of an older xcore, and keeps none
   * @throws {SchedulerError} it does not answer, or cannot keep it
   */
  keep(bundle: Required<BundleRequest>): Promise<void>;
  /**
   * Asks for workers in place of what was asked for their pool before; 0 takes that back.
   *
   * @throws {ProtocolError} it is of an older xcore, and takes no requests
   * @throws {SchedulerError} it does not answer
   */
  scale(request: ScaleRequest): Promise<ScaleAnswer>;
  /**
   * Resolves once `changes` of the scheduler's report is another number than this, or within half a
   * minute, to what it is then. It has a connection of its own.
   *
   * @throws {ProtocolError} it is of an older xcore, and cannot tell
   * @throws {SchedulerError} it does not answer
   */
  changedFrom(changes: number): Promise<number>;
  /**
   * One task, and what it waits for.
   *
   * @param name its key, the beginning of that, or its function's name
   * @throws {ProtocolError} it is of an older xcore, and cannot tell
   * @throws {SchedulerError} it does not answer
   */
  task(name: string): Promise<TaskAnswer>;
  /** Closes the connections; no call may follow. */
  close(): void;
}

/**
 * Calls a scheduler. Connections are kept open; certificates are read from disk whenever one is
 * made.
 *
 * @example
 * ```ts no-assert
 * import { schedulerClient } from "./scheduler_client.ts";
 * import { tlsFiles } from "./tls_files.ts";
 *
 * const tls = tlsFiles("/home/me/.xcore/tls");
 * const scheduler = schedulerClient({ host: "127.0.0.1", port: 8787, tls, clusterId:
 * "xcore-0a1b2c3d" }); scheduler.close();
 * ```
 */
export function schedulerClient(address: SchedulerAddress): SchedulerClient {
  const { host, port, tls, clusterId, runtime = systemRuntime(null), timeoutS = 5, retireTimeoutS = 8 } =
    address;
  const where = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const target = { host, port, serverName: serverName(clusterId), caFile: tls.caFile, own: tls.client };
  const caller = new MutualTlsCaller(target, runtime.files, runtime.clock);
  const heldCaller = new MutualTlsCaller(target, runtime.files, runtime.clock);
  const closed = new AbortController();

  async function ask<Name extends keyof Messages>(
    message: Name,
    call: Call,
    goodStatuses = [200],
    over = caller,
  ): Promise<ReadAnswer<Name>> {
    try {
      const answer = await over.call({ ...call, headers: HEADERS });
      return schedulerAnswer(answer, {
        where,
        clusterId,
        message,
        route: `${call.method} ${call.path}`,
        goodStatuses,
      });
    } catch (error) {
      agreement = null; // the next call may meet another scheduler
      throw error instanceof SchedulerError ? error : connectionFailure(where, error);
    }
  }

  let agreement: Promise<unknown> | null = null;
  const report = async () => {
    const asked = ask("statusAnswer", { method: "GET", path: "/xcore/status", timeoutS });
    agreement ??= asked;
    const { answer, unread } = await asked;
    return { ...answer, unread };
  };

  /**
   * Calls what changes something only after an answer whose protocol is ours: another one may mean
   * something else by it.
   */
  async function post<Name extends keyof Messages>(
    route: "retire" | "drain" | "cancel" | "lease" | "scale" | "task",
    message: Name,
    body: unknown,
    { within = timeoutS, goodStatuses = [200] } = {},
  ): Promise<Messages[Name]> {
    await (agreement ?? report());
    const call = { method: "POST", path: `/xcore/${route}`, body, timeoutS: within } as const;
    return (await ask(message, call, goodStatuses)).answer;
  }

  /** Each answer's version is checked: one that may mean something else by it gets no content. */
  async function bring(bundle: BundleRequest, within: number): Promise<boolean> {
    const body = writeMessage("bundleRequest", bundle);
    const call = { method: "POST", path: "/xcore/bundle", body, timeoutS: within } as const;
    return (await ask("bundleAnswer", call)).answer.stored;
  }

  return {
    report,
    async handOver(bundle) {
      await bring(bundle, HAND_OVER_WITHIN_S);
    },
    async keep(bundle) {
      if (await bring({ sha256: bundle.sha256 }, timeoutS)) return;
      if (await bring(bundle, KEEP_WITHIN_S)) return;
      throw new SchedulerError(
        `Cannot launch workers: the scheduler at ${where} has not kept what they fetch from it`,
        "Check that its disk has room; replacing it may help: `xcore restart`.",
      );
    },
    retire: (names, force) =>
      post("retire", "retireAnswer", writeMessage("retireRequest", { names, force }), {
        within: retireTimeoutS,
      }),
    drain: async (names, drain) =>
      void await post(
        "drain",
        "drainAnswer",
        writeMessage("drainRequest", { names, drain, thenRetire: drain }),
      ),
    async cancelHeldBy(holders, reason) {
      const body = writeMessage("cancelRequest", { holders, reason });
      return (await post("cancel", "cancelAnswer", body)).cancelled;
    },
    async lease({ daemonId, ttlS, terms, budget }) {
      const body = writeMessage("leaseRequest", { daemonId, ttlS, ...terms, budget });
      const { granted, holder } = await post("lease", "leaseAnswer", body, { goodStatuses: [200, 409] });
      return { granted, holder };
    },
    scale: (request) => post("scale", "scaleAnswer", writeMessage("scaleRequest", request)),
    async changedFrom(changes) {
      const path = `/xcore/changes?after=${changes}`;
      const call = { method: "GET", path, timeoutS: HELD_WITHIN_S, giveUp: closed.signal } as const;
      return (await ask("changesAnswer", call, [200], heldCaller)).answer.changes;
    },
    close() {
      closed.abort();
      caller.close();
      heldCaller.close();
    },
    task: (name) => post("task", "taskAnswer", writeMessage("taskRequest", { task: name })),
  };
}
