import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { request } from "node:http";
import { createConnection } from "node:net";
import {
  type Admission,
  admission,
  answerText,
  type Asked,
  type Handler,
  localServer,
} from "../../../lib/dask/local_server.ts";
import { assertWording } from "../../support/wording.ts";
import { runtime } from "./_certificates.ts";

const KEYS = { port: 4000, token: "t".repeat(64), session: "s".repeat(64) };
const COOKIE = `xcore-4000=${KEYS.session}`;

function asked(change: Partial<Asked> = {}, headers: Asked["headers"] = {}): Admission {
  return admission({
    method: "GET",
    target: "/status",
    websocket: false,
    ...change,
    headers: { host: "127.0.0.1:4000", cookie: COOKIE, ...headers },
  }, KEYS);
}

function statusOf(admitted: Admission): number | string {
  return admitted.kind === "refuse" ? admitted.status : admitted.kind;
}

Deno.test("admission() gives the browser that has the cookie the path as browsers resolve it", () => {
  assert.deepEqual(asked({ target: "/info/../status?theme=dark#x" }), {
    kind: "serve",
    path: "/status",
    target: "/status?theme=dark",
  });
  assert.equal(statusOf(asked({}, { host: "localhost:4000" })), "serve");
  assert.equal(statusOf(asked({}, { cookie: `a=b; ${COOKIE};c=d` })), "serve");
  assert.equal(statusOf(asked({ method: "HEAD" })), "serve");
  assert.equal(statusOf(asked({ target: "/status?token=x" })), "serve", "a token is one of the first page's");
});

const REFUSED: readonly [what: string, status: number, change: Partial<Asked>, headers: Asked["headers"]][] =
  [
    ["another name with this address", 403, {}, { host: "evil.example:4000" }],
    ["another name, with the token", 403, { target: `/?token=${KEYS.token}` }, { host: "evil.example:4000" }],
    ["another port", 403, {}, { host: "127.0.0.1:4001" }],
    ["no port", 403, {}, { host: "127.0.0.1" }],
    ["a name that begins like ours", 403, {}, { host: "127.0.0.1:4000.evil.example" }],
    ["a user in front of our name", 403, {}, { host: "x@127.0.0.1:4000" }],
    ["two names", 403, {}, { host: "127.0.0.1:4000, evil.example" }],
    ["no name", 403, {}, { host: undefined }],
    ["no cookie", 403, {}, { cookie: undefined }],
    ["an empty cookie", 403, {}, { cookie: "xcore-4000=" }],
    ["another cookie", 403, {}, { cookie: `xcore-4000=${"t".repeat(64)}` }],
    ["a cookie cut short", 403, {}, { cookie: COOKIE.slice(0, -1) }],
    ["the cookie of another port", 403, {}, { cookie: `xcore-4001=${KEYS.session}` }],
    ["no cookie, but another page's token", 403, { target: `/status?token=${KEYS.token}` }, {
      cookie: undefined,
    }],
    ["a wrong token", 403, { target: `/?token=${KEYS.session}` }, {}],
    ["an empty token", 403, { target: "/?token=" }, {}],
    ["a page of another site", 403, {}, { origin: "http://evil.example" }],
    ["a page of another port", 403, {}, { origin: "http://127.0.0.1:4001" }],
    ["a page without an origin", 403, {}, { origin: "null" }],
    ["our page by TLS", 403, {}, { origin: "https://127.0.0.1:4000" }],
    ["a load for another port's page", 403, {}, { "sec-fetch-site": "same-site" }],
    ["a load for another site's page", 403, {}, { "sec-fetch-site": "cross-site" }],
    ["a websocket of another site", 403, { websocket: true }, { origin: "http://evil.example" }],
    ["a websocket of no page", 403, { websocket: true }, {}],
    ["a websocket with the token", 403, { websocket: true, target: `/?token=${KEYS.token}` }, { cookie: "" }],
    ["a form that is sent", 405, { method: "POST" }, {}],
    ["a method that changes something", 405, { method: "DELETE" }, {}],
    ["a tunnel", 400, { method: "CONNECT", target: "evil.example:80" }, {}],
    ["another server's page", 400, { target: "http://evil.example/status" }, {}],
    ["another server's page without a scheme", 400, { target: "//evil.example/status" }, {}],
    ["the same with a backslash", 400, { target: "/\\evil.example/status" }, {}],
    ["no path", 400, { target: "status" }, {}],
    ["a star", 400, { method: "OPTIONS", target: "*" }, {}],
  ];

for (const [what, status, change, headers] of REFUSED) {
  Deno.test(`admission() refuses ${what}`, () => {
    assert.equal(statusOf(asked(change, headers)), status);
  });
}

Deno.test("admission() gives the cookie for the token, whichever page has led there", () => {
  const headers = { cookie: undefined, "sec-fetch-site": "cross-site" };
  assert.equal(statusOf(asked({ target: `/?token=${KEYS.token}` }, headers)), "enter");
});

Deno.test("admission() lets a websocket of our own page through", () => {
  for (const host of ["127.0.0.1:4000", "localhost:4000"]) {
    assert.equal(statusOf(asked({ websocket: true }, { host, origin: `http://${host}` })), "serve");
  }
});

/** Serves the paths below /ours; its websockets repeat what they are sent. */
const OURS: Handler = {
  serves: (path) => path.startsWith("/ours"),
  answer: (_request, response, target) => answerText(response, 200, target),
  upgrade(_request, socket, first) {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    socket.write(first);
    socket.pipe(socket);
  },
};

/** What the server answers at a path: with the head of a browser that has done as the pages before have said. */
async function got(url: URL, path: string, headers: Record<string, string> = {}) {
  const sent = request({ host: url.hostname, port: url.port, path, headers: { host: url.host, ...headers } });
  sent.end();
  const [answer] = await once(sent, "response");
  const body = await Array.fromAsync(answer as AsyncIterable<Uint8Array>);
  return { status: answer.statusCode, headers: answer.headers, text: Buffer.concat(body).toString() };
}

Deno.test("localServer() trades its URL's token for a cookie, which alone opens the handlers' pages", async () => {
  const server = await localServer(runtime, [OURS], "/ours");
  try {
    const url = new URL(server.url);
    assert.equal(url.hostname, "127.0.0.1");
    assert.match(url.searchParams.get("token") ?? "", /^[0-9a-f]{64}$/);
    const entered = await got(url, url.pathname + url.search);
    const [cookie = ""] = entered.headers["set-cookie"] ?? [];
    assert.equal(entered.status, 200);
    assert.match(cookie, /^xcore-\d+=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/);
    assert.ok(entered.text.includes('content="0;url=/ours"'), entered.text);
    assert.ok(!cookie.includes(url.searchParams.get("token")!));
    assert.equal(entered.headers["referrer-policy"], "no-referrer");
    assert.equal(entered.headers["cache-control"], "no-store");

    const mine = { cookie: cookie.split(";")[0]! };
    const page = await got(url, "/ours/../ours/page?x=%2f", mine);
    assert.deepEqual([page.status, page.text], [200, "/ours/page?x=%2f\n"]);
    assert.equal(page.headers["content-security-policy"], "frame-ancestors 'self'");
    assert.equal((await got(url, "/theirs", mine)).status, 404);
    assert.equal((await got(url, "/", mine)).status, 404);
    const stranger = await got(url, "/ours");
    assert.deepEqual([stranger.status, stranger.headers["set-cookie"]], [403, undefined]);
    assertWording("dashboard", "a browser without the cookie", stranger.text);
    assert.equal((await got(url, "/ours", { ...mine, host: "evil.example" })).status, 403);

    const another = await localServer(runtime, [OURS], "/ours");
    try {
      const there = new URL(another.url);
      assert.notEqual(there.search, url.search);
      assert.equal((await got(there, "/ours", mine)).status, 403);
    } finally {
      await another.close();
    }
  } finally {
    await server.close();
  }
});

/** Sends a request for a websocket; returns what comes back until `enough` is in it, or the connection ends. */
async function upgraded(
  url: URL,
  headers: Record<string, string>,
  enough: string,
  opened = () => {},
): Promise<string> {
  const socket = createConnection(Number(url.port), url.hostname);
  const fields = {
    host: url.host,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET /ours/ws HTTP/1.1\r\n${lines.join("")}\r\n`);
  let text = "";
  for await (const chunk of socket) {
    const before = text;
    text += chunk;
    if (!before.includes("\r\n\r\n") && text.startsWith("HTTP/1.1 101 ")) {
      socket.write("hello");
      opened();
    }
    if (text.includes(enough)) break;
  }
  socket.destroy();
  return text;
}

Deno.test("localServer() opens a websocket for its own pages alone, and closes it at its end", async () => {
  const server = await localServer(runtime, [OURS], "/ours");
  const url = new URL(server.url);
  const [cookie = ""] = (await got(url, url.pathname + url.search)).headers["set-cookie"] ?? [];
  const mine = { cookie: cookie.split(";")[0]!, origin: url.origin };
  assert.ok((await upgraded(url, mine, "hello")).endsWith("hello"));
  const others = { origin: "http://evil.example", cookie: "a=b", host: "evil.example" };
  for (const [name, other] of Object.entries(others)) {
    const text = await upgraded(url, { ...mine, [name]: other }, "\n\n");
    assert.ok(text.startsWith("HTTP/1.1 403 Forbidden\r\n"), text);
  }
  const opened = Promise.withResolvers<void>();
  const open = upgraded(url, mine, "never", opened.resolve).catch(() => "it was cut");
  await opened.promise;
  await server.close();
  await open;
});

Deno.test("localServer() closes connections that are admitted nothing, and no others", async () => {
  const waits: (() => void)[] = [];
  const sleep = (_ms: number, signal?: AbortSignal) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waits.push(resolve);
    signal?.addEventListener("abort", () => resolve());
    return promise;
  };
  const server = await localServer({ ...runtime, clock: { ...runtime.clock, sleep } }, [OURS], "/ours");
  const url = new URL(server.url);
  const head = (path: string) => `GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\n`;
  const opened = async (text: string, answer: string) => {
    const socket = createConnection({ host: url.hostname, port: Number(url.port) });
    socket.write(text);
    const count = waits.length;
    while (waits.length === count && answer === "") await runtime.clock.sleep(5);
    if (answer !== "") assert.ok(String((await once(socket, "data"))[0]).startsWith(`HTTP/1.1 ${answer} `));
    socket.resume();
    return socket;
  };
  const silent = await opened(head("/ours"), "");
  const stranger = await opened(`${head("/ours")}\r\n`, "403");
  const entered = await opened(`${head(url.pathname + url.search)}\r\n`, "200");
  for (const end of waits) end();
  await Promise.all([silent, stranger].map((socket) => socket.closed || once(socket, "close")));
  assert.equal(entered.closed, false);
  entered.destroy();
  await server.close();
});
