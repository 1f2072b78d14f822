/** A web server on this machine for its user's own browser, and nothing else that can reach it. @module */

import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Runtime } from "../runtime.ts";

/** Other users of this machine, and web pages by a name of their own, reach this address as well. */
const ADDRESS = "127.0.0.1";

/** How a browser may write it; ssh forwards a port as the second. */
const HOSTS = [ADDRESS, "localhost"];

const KEY_BYTES = 32;

/** Connections of others, which any user of this machine can open, would use up what may be open. */
const ADMITTED_WITHIN_S = 30;

/** Part of a site: some paths, and what answers there. It gets requests that were admitted only. */
export interface Handler {
  /** Whether a path, without its query and as a browser resolves it, is this handler's. */
  serves(path: string): boolean;
  /**
   * Answers a GET or HEAD.
   *
   * @param target path and query, as a browser resolves them
   */
  answer(request: IncomingMessage, response: ServerResponse, target: string): void;
  /**
   * Takes over the connection of a request for a websocket.
   *
   * @param first what has come behind the request
   */
  upgrade(request: IncomingMessage, socket: Duplex, first: Uint8Array, target: string): void;
}

/** A server that listens. */
export interface LocalServer {
  /** What to open: it has the token. */
  readonly url: string;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Who is let in. */
export interface Keys {
  readonly port: number;
  /** In the URL that the user opens. */
  readonly token: string;
  /** In the cookie that the browser gets for it. */
  readonly session: string;
}

/** What becomes of a request. */
export type Admission =
  /** It has the token: the browser gets the cookie. */
  | { readonly kind: "enter" }
  | { readonly kind: "serve"; readonly path: string; readonly target: string }
  | { readonly kind: "refuse"; readonly status: number; readonly why: string };

/** A request, as far as it decides on its admission. */
export interface Asked {
  readonly method: string;
  /** As the request line has it. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly websocket: boolean;
}

/**
 * Whether a request comes from the browser that the token was given to, and from no page but ours.
 * A page of another site can lead a browser here: by a link or a form (its cookie is SameSite), by
 * its own name with this address (Host), by a websocket (Origin), or from another port of this
 * machine, which is the same site to a browser (Sec-Fetch-Site, Origin).
 */
export function admission({ method, target, headers, websocket }: Asked, keys: Keys): Admission {
  const origins = HOSTS.map((host) => `http://${host}:${keys.port}`);
  const origin = `http://${headers.host}`;
  if (!origins.includes(origin)) return refuse(403, `This is served as ${origins.join(" and ")} only`);
  const url = /^\/(?![/\\])/.test(target) ? URL.parse(target, origin) : null;
  if (url === null || url.origin !== origin) return refuse(400, "This is no path");
  if (method !== "GET" && method !== "HEAD") return refuse(405, "There is only something to read");
  const token = url.searchParams.get("token");
  if (url.pathname === "/" && token !== null && !websocket) {
    return isSame(token, keys.token) ? { kind: "enter" } : refuse(403, COME_AGAIN);
  }
  const cookies = (headers.cookie ?? "").split(";").map((each) => each.trim());
  const name = `${cookieName(keys)}=`;
  const sessions = cookies.filter((each) => each.startsWith(name)).map((each) => each.slice(name.length));
  if (!sessions.some((session) => isSame(session, keys.session))) return refuse(403, COME_AGAIN);
  const from = headers.origin ?? (websocket ? "" : origin);
  if (!origins.includes(from)) return refuse(403, "Only its own pages may read this");
  const site = headers["sec-fetch-site"] ?? "none";
  if (site !== "none" && site !== "same-origin") return refuse(403, "Only its own pages may read this");
  return { kind: "serve", path: url.pathname, target: url.pathname + url.search };
}

const COME_AGAIN = "Open the whole address that `xcore dashboard` prints; it is a new one each time";

function refuse(status: number, why: string): Admission {
  return { kind: "refuse", status, why };
}

/** Of each port its own: a browser sends cookies to all ports of a host. */
function cookieName({ port }: Keys): string {
  return `xcore-${port}`;
}

/** Takes the same time for every text of that length. */
function isSame(given: string, key: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(key)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Sent with each answer of ours and of handlers. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "frame-ancestors 'self'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** Answers with a line of text. */
export function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    ...SAFE_HEADERS,
    "cache-control": "no-store",
    "content-type": "text/plain; charset=utf-8",
  });
  response.end(`${text}\n`);
}

/** Answers a request for a websocket with a line of text, and ends its connection. */
export function refuseUpgrade(socket: Duplex, status: number, text: string): void {
  const body = Buffer.from(`${text}\n`);
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n` +
      `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  socket.end(body);
}

/**
 * Serves on a port of this machine, to the browsers that open the URL and to the pages that come
 * of it. A connection of which no request has been admitted for half a minute is closed.
 *
 * @param handlers the first that serves a path answers there; other paths are not found
 * @param start the path that the URL leads to
 * @param wanted the port, which is taken if it is free; 0: any
 */
export async function localServer(
  { random, clock }: Pick<Runtime, "random" | "clock">,
  handlers: readonly Handler[],
  start: string,
  wanted = 0,
): Promise<LocalServer> {
  const server = createServer();
  await listen(server, wanted).catch(() => listen(server, 0));
  const { port } = server.address() as AddressInfo;
  const keys = { port, token: random.hex(KEY_BYTES), session: random.hex(KEY_BYTES) };
  const upgraded = new Set<Duplex>();
  const strangers = new Map<Duplex, AbortController>();

  server.on("connection", (socket: Duplex) => {
    const known = new AbortController();
    strangers.set(socket, known);
    socket.on("close", () => known.abort());
    void clock.sleep(ADMITTED_WITHIN_S * 1000, known.signal).then(() => {
      strangers.delete(socket);
      if (!known.signal.aborted) socket.destroy();
    });
  });

  function admit(request: IncomingMessage, websocket: boolean) {
    const { method = "", url = "", headers } = request;
    const admitted = admission({ method, target: url, headers, websocket }, keys);
    if (admitted.kind !== "refuse") strangers.get(request.socket)?.abort();
    if (admitted.kind !== "serve") return admitted;
    const handler = handlers.find((each) => each.serves(admitted.path));
    return handler === undefined
      ? { kind: "refuse", status: 404, why: "There is no such page" } as const
      : { ...admitted, handler };
  }

  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const admitted = admit(request, false);
    if (admitted.kind === "serve") admitted.handler.answer(request, response, admitted.target);
    else if (admitted.kind === "refuse") answerText(response, admitted.status, admitted.why);
    else letIn(response, keys, start);
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, first: Uint8Array) => {
    upgraded.add(socket);
    socket.on("close", () => upgraded.delete(socket));
    socket.on("error", () => socket.destroy());
    const admitted = admit(request, true);
    if (admitted.kind === "serve") admitted.handler.upgrade(request, socket, first, admitted.target);
    else if (admitted.kind === "refuse") refuseUpgrade(socket, admitted.status, admitted.why);
  });

  return {
    url: `http://${ADDRESS}:${port}/?token=${keys.token}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of upgraded) socket.destroy();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, ADDRESS, () => (server.off("error", reject), resolve()));
  });
}

/**
 * Gives the browser its cookie. A page leads on, and no redirect: where a page of another site has
 * led here, as a notebook does, a browser sends the cookie only to what our own page leads to.
 */
function letIn(response: ServerResponse, keys: Keys, start: string): void {
  response.writeHead(200, {
    ...SAFE_HEADERS,
    "cache-control": "no-store",
    "content-type": "text/html; charset=utf-8",
    "set-cookie": `${cookieName(keys)}=${keys.session}; Path=/; HttpOnly; SameSite=Strict`,
  });
  response.end(leadingTo(start));
}

/** A page that leads on to another at once. */
export function leadingTo(url: string): string {
  return `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>xcore dashboard</title>` +
    `<meta http-equiv="refresh" content="0;url=${url}"><a href="${url}">Open the dashboard</a></html>\n`;
}
