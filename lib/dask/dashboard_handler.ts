/** Dask's dashboard, read over the cluster's mutual TLS on a browser's behalf. @module */

import type { ClientRequest, IncomingMessage } from "node:http";
import { type Duplex, pipeline } from "node:stream";
import type { Runtime } from "../runtime.ts";
import { answerText, type Handler, refuseUpgrade, SAFE_HEADERS } from "./local_server.ts";
import { DeadlineError, type MutualTlsAddress, MutualTlsCaller } from "./mutual_tls_caller.ts";
import { connectionFailure } from "./scheduler_answer.ts";

/** Where the dashboard begins. */
export const DASHBOARD_PATH = "/status";

/** Seconds in which a connection is made, and in which an answer begins. */
const ANSWER_S = 30;

/** Of a browser's request; the others are between it and us: its cookie, its origin. */
const PASSED_ON = [
  "accept",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "if-modified-since",
  "if-none-match",
  "range",
  "user-agent",
];

const WEBSOCKET = /^sec-websocket-/;

/** Of an answer these are between the scheduler and us, or would give the browser more than a page. */
const KEPT_BACK = new Set([
  "alt-svc",
  "clear-site-data",
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "service-worker-allowed",
  "set-cookie",
  "strict-transport-security",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** A handler with connections to close. */
export interface DashboardHandler extends Handler {
  close(): void;
}

/** Leads to the dashboard of the scheduler at this address. */
export function dashboardHandler(address: MutualTlsAddress, { files, clock }: Runtime): DashboardHandler {
  const caller = new MutualTlsCaller(address, files, clock);
  const { host, port } = address;
  const where = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

  /** Sends a request, without a body; `fail` is called at most once, before or in place of an answer. */
  async function send(
    request: IncomingMessage,
    target: string,
    more: Readonly<Record<string, string>> | null,
    fail: (status: number, text: string) => void,
    heed: (sent: ClientRequest, answered: () => void) => void,
  ): Promise<void> {
    const done = new AbortController();
    const failed = (error: unknown) => {
      if (done.signal.aborted) return;
      done.abort();
      const { message, hint } = connectionFailure(where, error);
      fail(error instanceof DeadlineError ? 504 : 502, `${message}\n${hint}`);
    };
    try {
      const headers = { ...headersOf(request, PASSED_ON), ...more };
      const head = { method: request.method ?? "GET", path: target, headers };
      const sent = await caller.begin(head, more !== null, ANSWER_S);
      sent.on("error", failed);
      heed(sent, () => done.abort());
      sent.end();
      await clock.sleep(ANSWER_S * 1000, done.signal);
      if (done.signal.aborted) return;
      failed(new DeadlineError(`no answer within ${ANSWER_S} s`));
      sent.destroy();
    } catch (error) {
      failed(error);
    }
  }

  return {
    serves: isDasks,

    answer(request, response, target) {
      const fail = (status: number, text: string) => answerText(response, status, text);
      void send(request, target, null, fail, (sent, answered) => {
        const left = () => {
          answered();
          sent.destroy();
        };
        if (response.destroyed) return left(); // it has closed while the connection was made
        response.on("close", left);
        sent.on("response", (answer: IncomingMessage) => {
          answered();
          if (response.destroyed) return left();
          response.writeHead(answer.statusCode ?? 502, { ...answerHeaders(answer), ...SAFE_HEADERS });
          pipeline(answer, response, () => {});
        });
      });
    },

    upgrade(request, socket, first, target) {
      const names = Object.keys(request.headers).filter((name) => WEBSOCKET.test(name));
      const more = { ...headersOf(request, names), connection: "Upgrade", upgrade: "websocket" };
      const fail = (status: number, text: string) => refuseUpgrade(socket, status, text);
      void send(request, target, more, fail, (sent, answered) => {
        const left = () => {
          answered();
          sent.destroy();
        };
        if (socket.destroyed) return left();
        socket.on("close", left);
        sent.on("response", ({ statusCode = 502 }: IncomingMessage) => {
          answered();
          fail(statusCode, "The scheduler opens no websocket here");
          sent.destroy();
        });
        sent.on("upgrade", (answer: IncomingMessage, upstream: Duplex, early: Uint8Array) => {
          answered();
          join(socket, upstream);
          socket.write(switchingHead(answer));
          if (early.length > 0) socket.write(early);
          if (first.length > 0) upstream.write(first);
        });
      });
    },

    close: () => caller.close(),
  };
}

/** How often a path may be encoded over, and is still understood as what it becomes. */
const MOST_DECODINGS = 4;

/**
 * Whether a path may be asked of the scheduler for a page: it is none of the routes by which xcore steers
 * it, however it is written.
 */
export function isDasks(path: string): boolean {
  let decoded = path;
  for (let i = 0; i <= MOST_DECODINGS; i++) {
    const { pathname } = new URL(`http://_/${decoded.replaceAll(/[?#]/g, "_")}`);
    if (/^\/+xcore/i.test(pathname)) return false;
    decoded = decoded.replaceAll(
      /%([0-9a-f]{2})/gi,
      (_, hex) => String.fromCharCode(parseInt(hex, 16)),
    );
  }
  return true;
}

function headersOf({ headers }: IncomingMessage, names: readonly string[]): Record<string, string> {
  const found = names.map((name) => [name, headers[name]] as const);
  return Object.fromEntries(
    found.filter((each): each is readonly [string, string] => typeof each[1] === "string"),
  );
}

function answerHeaders({ headers }: IncomingMessage): Record<string, string | string[]> {
  const found = Object.entries(headers).filter(([name, value]) =>
    !KEPT_BACK.has(name) && value !== undefined
  );
  return Object.fromEntries(found) as Record<string, string | string[]>;
}

function switchingHead({ headers }: IncomingMessage): string {
  const kept = Object.entries(headers).filter(([name]) => WEBSOCKET.test(name));
  return [
    "HTTP/1.1 101 Switching Protocols",
    "Connection: Upgrade",
    "Upgrade: websocket",
    ...kept.map(([name, value]) => `${name}: ${value}`),
    "",
    "",
  ].join("\r\n");
}

/** Passes bytes both ways until either side ends. */
function join(one: Duplex, other: Duplex): void {
  for (const [from, to] of [[one, other], [other, one]] as const) {
    from.on("error", () => from.destroy());
    from.on("close", () => to.destroy());
    from.pipe(to);
  }
}
