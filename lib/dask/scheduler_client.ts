/** The scheduler, called over mutual TLS at the routes of our preload. @module */

import type { Scheduler } from "../model/mod.ts";
import type { Runtime } from "../runtime.ts";
import { systemRuntime } from "../system.ts";
import { readLease, readReport, readRetirement } from "./_answers.ts";
import { type Answer, type Call, MutualTlsCaller } from "./_mutual_tls.ts";
import { connectionFailure } from "./_failure.ts";
import type { ObjectReader } from "../util/object_reader.ts";
import { understand } from "./_understand.ts";
import { serverName, type TlsFiles } from "./tls_files.ts";

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
  /** Seconds a retirement may take: results are handed over meanwhile; default 30. Asking again is harmless. */
  readonly retireTimeoutS?: number;
}

/** A {@linkcode Scheduler} with connections to close. */
export interface SchedulerClient extends Scheduler {
  /** Closes the connections; no call may follow. */
  close(): void;
}

/**
 * Calls a scheduler. Connections are kept open; certificates are read from disk whenever one is made.
 *
 * @example
 * ```ts no-assert
 * import { schedulerClient } from "./scheduler_client.ts";
 * import { tlsFiles } from "./tls_files.ts";
 *
 * const tls = tlsFiles("/home/me/.xcore/tls");
 * const scheduler = schedulerClient({ host: "127.0.0.1", port: 8787, tls, clusterId: "xcore-0a1b2c3d" });
 * scheduler.close();
 * ```
 */
export function schedulerClient(address: SchedulerAddress): SchedulerClient {
  const { host, port, tls, clusterId, runtime = systemRuntime(null), timeoutS = 5, retireTimeoutS = 30 } =
    address;
  const where = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const target = { host, port, serverName: serverName(clusterId), caFile: tls.caFile, own: tls.client };
  const caller = new MutualTlsCaller(target, runtime.files, runtime.clock);

  async function ask<T>(call: Call, read: (body: ObjectReader) => T, goodStatuses = [200]): Promise<T> {
    let answer: Answer;
    try {
      answer = await caller.call(call);
    } catch (error) {
      throw connectionFailure(where, error);
    }
    return understand(answer, { where, clusterId, route: `${call.method} ${call.path}`, goodStatuses }, read);
  }
  const post = (route: string, body: unknown): Call => ({
    method: "POST",
    path: `/xcore/${route}`,
    body,
    timeoutS,
  });

  return {
    report: () => ask({ method: "GET", path: "/xcore/status", timeoutS }, readReport),
    retire: (names, force) =>
      ask({ ...post("retire", { names, force }), timeoutS: retireTimeoutS }, readRetirement),
    drain: (names, drain) => ask(post("drain", { names, drain }), (body) => void body.texts("unknown")),
    cancelHeldBy: (holders, reason) =>
      ask(post("cancel", { holders, reason }), (body) => body.count("cancelled")),
    lease: ({ daemonId, ttlS, terms: { daemonGraceS, orphanTimeoutS } }) => {
      const terms = { daemon_grace_s: daemonGraceS, orphan_timeout_s: orphanTimeoutS };
      return ask(post("lease", { daemon_id: daemonId, ttl_s: ttlS, ...terms }), readLease, [200, 409]);
    },
    close: () => caller.close(),
  };
}
