/** Serves the page of `xcore dashboard`: its files, and the data that it draws. @module */

import type { ServerResponse } from "node:http";
import { EMBEDDED } from "../_embedded.ts";
import { answerText, type Handler, refuseUpgrade, SAFE_HEADERS } from "../dask/local_server.ts";
import { asXcoreError, type XcoreError } from "../errors.ts";
import type { Status } from "../model/mod.ts";
import type { Clock } from "../runtime.ts";
import type { TimeSpan } from "../status/history.ts";
import { isTime } from "../util/is_time.ts";
import {
  type PageFailure,
  pageHistory,
  type PageLog,
  pageStatus,
  type PastOfSpan,
  stepOf,
} from "./page_history.ts";

/** Where the page is. */
export const PAGE_PATH = "/";

/** Where the page's files and data are. */
const BELOW = "/page/";

/** Where the page's data come from; each call may fail with an XcoreError. */
export interface PageSource {
  status(): Promise<Status>;
  past(span: TimeSpan, stepMs: number): Promise<PastOfSpan>;
  /** The end of the log of a worker, the scheduler or the daemon. */
  log(name: string): Promise<PageLog>;
  /** Why Dask's dashboard cannot be shown; null: it can. */
  lacksDask(): Promise<XcoreError | null>;
}

/** A handler that sends news until it is closed. */
export interface PageHandler extends Handler {
  close(): void;
}

/** Files with other paths; the second is asked for by browsers on the page that leads here, and for Dask's. */
const FILES: Readonly<Record<string, string>> = { [PAGE_PATH]: "index.html", "/favicon.ico": "icon.svg" };

/** Nothing but what this server itself serves: no other address, no script or style in a page. */
const POLICY = [
  "default-src 'none'",
  ...["script-src", "style-src", "img-src", "connect-src"].map((kind) => `${kind} 'self'`),
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // No text can become HTML, whatever a script does with it.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS = {
  ...SAFE_HEADERS,
  "cache-control": "no-store",
  "content-security-policy": POLICY,
};

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** Milliseconds between two readings of the status: a daemon's is cheap, without one a cloud is asked. */
const READ_EVERY_MS = 1000;
const READ_WITHOUT_DAEMON_EVERY_MS = 10_000;

/** For each worker it takes some time to send, read and draw it. */
const READ_EVERY_MS_PER_WORKER = 3;

/** The page of the cluster that `source` tells of. */
export function pageHandler(source: PageSource, clock: Clock): PageHandler {
  const live = liveStream(source, clock);
  return {
    serves: (path) => Object.hasOwn(FILES, path) || path.startsWith(BELOW),
    answer(request, response, target) {
      const { pathname, searchParams } = new URL(target, "http://_");
      const file = FILES[pathname] ?? pathname.slice(BELOW.length);
      const text = EMBEDDED[`page/${file}`];
      if (text !== undefined) {
        const type = TYPES[file.split(".").at(-1)!] ?? "text/plain; charset=utf-8";
        response.writeHead(200, { ...HEADERS, "content-type": type });
        response.end(text);
        return;
      }
      if (file === "live") return live.add(response, request.method === "HEAD");
      const answers: Readonly<Record<string, () => Promise<unknown>>> = {
        history: async () => {
          const span = { fromMs: Number(searchParams.get("from")), toMs: Number(searchParams.get("to")) };
          if (!isTime(span.fromMs) || !isTime(span.toMs) || span.fromMs >= span.toMs) return null;
          return pageHistory(await source.past(span, stepOf(span)), span, clock.nowMs());
        },
        log: () => source.log(searchParams.get("name") ?? ""),
        dask: () => source.lacksDask().then((lack) => ({ lack: lack === null ? null : failureOf(lack) })),
      };
      const answer = Object.hasOwn(answers, file) ? answers[file] : undefined;
      if (answer === undefined) return answerText(response, 404, "There is no such page");
      void answer().then(
        (data) =>
          data === null ? answerText(response, 400, "That is no span of time") : json(response, 200, data),
        (error) => json(response, 503, failureOf(error)),
      );
    },
    upgrade: (_request, socket) => refuseUpgrade(socket, 404, "There is no websocket here"),
    close: live.close,
  };
}

function json(response: ServerResponse, status: number, data: unknown): void {
  response.writeHead(status, { ...HEADERS, "content-type": "application/json" });
  response.end(JSON.stringify(data));
}

function failureOf(error: unknown): PageFailure {
  const { message, hint } = asXcoreError(error, "read this");
  return { message, hint };
}

/** Sends the status to all pages that are open, as server-sent events; reads it while there are any. */
function liveStream(source: Pick<PageSource, "status">, clock: Clock) {
  const open = new Set<ServerResponse>();
  const stop = new AbortController();
  let last: string | null = null;
  let isReading = false;

  async function read(): Promise<void> {
    isReading = true;
    while (open.size > 0 && !stop.signal.aborted) {
      let waitMs = READ_WITHOUT_DAEMON_EVERY_MS;
      try {
        const status = await source.status();
        last = eventText("status", pageStatus(status, clock.nowMs()));
        if (status.daemon.running) {
          waitMs = Math.max(READ_EVERY_MS, READ_EVERY_MS_PER_WORKER * status.workers.length);
        }
      } catch (error) {
        last = eventText("failure", failureOf(error));
      }
      for (const response of open) {
        if (!response.writableNeedDrain) response.write(last); // a page that is slow gets the next one
      }
      await clock.sleep(waitMs, stop.signal);
    }
    isReading = false;
  }

  return {
    add(response: ServerResponse, headOnly: boolean): void {
      response.writeHead(200, { ...HEADERS, "content-type": "text/event-stream" });
      if (headOnly) return void response.end();
      open.add(response);
      response.on("close", () => open.delete(response));
      response.on("error", () => open.delete(response));
      if (isReading) response.write(last ?? ": soon\n\n");
      else void read();
    },
    close(): void {
      stop.abort();
      for (const response of open) response.end();
    },
  };
}

function eventText(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
