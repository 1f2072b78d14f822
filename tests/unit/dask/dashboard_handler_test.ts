import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { dashboardHandler } from "../../../lib/dask/dashboard_handler.ts";
import { type LocalServer, localServer } from "../../../lib/dask/local_server.ts";
import { serverName } from "../../../lib/dask/tls_files.ts";
import { certificatesFor, runtime, type TestCertificates } from "./_certificates.ts";
import { type Handler, serve } from "./_server.ts";

const CLUSTER = "xcore-0a1b2c3d";

/** The proxy to what listens at a port, opened by a browser. */
async function browserAt({ tls }: TestCertificates, port: number) {
  const address = {
    host: "127.0.0.1",
    port,
    serverName: serverName(CLUSTER),
    caFile: tls.caFile,
    own: tls.client,
  };
  const handler = dashboardHandler(address, runtime);
  const server: LocalServer = await localServer(runtime, [handler], "/status");
  const url = new URL(server.url);
  const entered = await fetch(server.url);
  await entered.body?.cancel();
  const cookie = entered.headers.getSetCookie()[0]!.split(";")[0]!;

  /** A request as a browser sends it; resolves with its answer's event. */
  function sent(path: string, headers: Record<string, string> = {}, method = "GET") {
    const head = { host: url.host, cookie, origin: url.origin, referer: `${url.origin}/status`, ...headers };
    return request({ host: url.hostname, port: url.port, path, method, headers: head });
  }

  async function get(path: string, headers: Record<string, string> = {}, method = "GET") {
    const asking = sent(path, headers, method);
    asking.end();
    const [answer] = await once(asking, "response") as [IncomingMessage];
    const body = Buffer.concat(await Array.fromAsync(answer as AsyncIterable<Uint8Array>));
    return { status: answer.statusCode, headers: answer.headers, text: body.toString(), bytes: body.length };
  }

  return {
    sent,
    get,
    async [Symbol.asyncDispose]() {
      handler.close();
      await server.close();
    },
  };
}

Deno.test("dashboardHandler() passes a page on as it is, and the browser's keys and origin not", async () => {
  await using made = await certificatesFor(CLUSTER);
  const asked: { path: string; headers: IncomingHttpHeaders }[] = [];
  const page: Handler = ({ path, headers }, response) => {
    asked.push({ path, headers });
    response.writeHead(path.startsWith("/gone") ? 404 : 200, {
      "content-type": "text/html",
      etag: '"1"',
      "set-cookie": "theirs=1",
      "strict-transport-security": "max-age=1",
    });
    response.end(`page ${path}`);
  };
  await using scheduler = await serve(made.tls, page);
  await using browser = await browserAt(made, scheduler.port);
  const found = await browser.get("/info/main/workers.html?a=%2F%20b", {
    "if-none-match": '"0"',
    "x-own": "1",
  });
  assert.deepEqual([found.status, found.text], [200, "page /info/main/workers.html?a=%2F%20b"]);
  const { headers } = found;
  assert.deepEqual([headers.etag, headers["content-type"]], ['"1"', "text/html"]);
  assert.deepEqual([headers["set-cookie"], headers["strict-transport-security"]], [undefined, undefined]);
  assert.equal(headers["referrer-policy"], "no-referrer");
  assert.equal(asked.length, 1);
  const names = Object.keys(asked[0]!.headers);
  assert.deepEqual(
    ["cookie", "origin", "referer", "x-own"].filter((name) => names.includes(name)),
    [],
  );
  assert.equal(asked[0]!.headers["if-none-match"], '"0"');
  assert.equal((await browser.get("/gone")).status, 404);
});

Deno.test("dashboardHandler() passes on a long answer whole, and goes on after one that a browser has left", async () => {
  await using made = await certificatesFor(CLUSTER);
  const content = "x".repeat(3_000_000);
  await using scheduler = await serve(made.tls, (_request, response) => response.end(content));
  await using browser = await browserAt(made, scheduler.port);
  for (let i = 0; i < 3; i++) {
    const left = browser.sent("/long");
    left.end();
    const [answer] = await once(left, "response") as [IncomingMessage];
    await once(answer, "data");
    left.destroy();
    assert.equal((await browser.get("/long")).bytes, content.length);
  }
});

Deno.test("dashboardHandler() goes on after a browser has left before there was an answer", async () => {
  await using made = await certificatesFor(CLUSTER);
  await using scheduler = await serve(made.tls, (_request, response) => {
    setTimeout(() => response.end("late"), 30);
  });
  await using browser = await browserAt(made, scheduler.port);
  for (const ms of [1, 2, 3, 5, 8, 12, 20, 40]) {
    const left = browser.sent("/left");
    left.on("error", () => {}); // it was cut off
    left.end();
    await new Promise((resolve) => setTimeout(resolve, ms));
    left.destroy();
  }
  assert.equal((await browser.get("/stays")).text, "late");
});

const XCORES = [
  ...["/xcore", "/xcore/status", "/xcore/lease?x", "/XCORE/status", "/xcore%2fstatus", "/%78core/status"],
  ...["/%2578core/status", "/%252578core/status", "/x/../xcore/status", "/x/%2e%2e/xcore/status"],
  ...["/x/..%2fxcore/status", "/x/%252e%252e/xcore/status", "/.//xcore/status", "/.%5cxcore/status"],
  ...["/%2fxcore/status", "/xcore;x/status", "/xcorestatus", "/x%2f..%2f..%2fxcore"],
];

Deno.test("dashboardHandler() leads to no route of xcore's, however it is written", async () => {
  await using made = await certificatesFor(CLUSTER);
  const asked: string[] = [];
  await using scheduler = await serve(made.tls, ({ path }, response) => {
    asked.push(path);
    response.end("it was reached");
  });
  await using browser = await browserAt(made, scheduler.port);
  for (const path of XCORES) {
    assert.equal((await browser.get(path)).status, 404, path);
    assert.equal(
      (await browser.get(path, { upgrade: "websocket", connection: "Upgrade" })).status,
      404,
      path,
    );
  }
  assert.equal((await browser.get("/status", {}, "POST")).status, 405);
  assert.deepEqual(asked, []);
  assert.equal((await browser.get("/info/task/xcore.html")).status, 200, "a task may be called so");
});

Deno.test("dashboardHandler() says what keeps it from the scheduler, and what to type", async () => {
  await using ours = await certificatesFor(CLUSTER);
  await using theirs = await certificatesFor(CLUSTER);
  const stranger = await serve(theirs.tls, (_request, response) => response.end("it was taken"));
  await using browser = await browserAt(ours, stranger.port);
  const refused = await browser.get("/status");
  assert.equal(refused.status, 502);
  assert.match(refused.text, /its certificate is not of this cluster\n.*`xcore restart`/);
  const ws = { upgrade: "websocket", connection: "Upgrade" };
  assert.equal((await browser.get("/status/ws", ws)).status, 502);
  await stranger[Symbol.asyncDispose]();
  const gone = await browser.get("/status");
  assert.equal(gone.status, 502);
  assert.match(gone.text, /connection refused\n.*`xcore start`/);
});

/** A scheduler whose websocket at /ws repeats what it is sent, but for the head of each request, which it sends first. */
async function repeating({ tls }: TestCertificates) {
  const server = createServer({
    ca: Deno.readTextFileSync(tls.caFile),
    cert: Deno.readTextFileSync(tls.scheduler.certFile),
    key: Deno.readTextFileSync(tls.scheduler.keyFile),
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on("upgrade", (asked: IncomingMessage, socket: Duplex) => {
    if (asked.url !== "/ws") {
      socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    socket.on("error", () => socket.destroy());
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Accept: yes\r\nSec-WebSocket-Protocol: bokeh\r\nSet-Cookie: theirs=1\r\n\r\n" +
        `${JSON.stringify(asked.headers)}\n`,
    );
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

Deno.test("dashboardHandler() joins a websocket of a page's with one of the scheduler's", async () => {
  await using made = await certificatesFor(CLUSTER);
  await using scheduler = await repeating(made);
  await using browser = await browserAt(made, scheduler.port);
  const fields = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-protocol": "bokeh, token",
  };
  assert.equal((await browser.get("/none", fields)).status, 404);
  const asking = browser.sent("/ws", fields);
  asking.end();
  const [answer, socket, early] = await once(asking, "upgrade") as [IncomingMessage, Duplex, Uint8Array];
  const { headers } = answer;
  assert.deepEqual(
    [headers["sec-websocket-accept"], headers["sec-websocket-protocol"], headers["set-cookie"]],
    ["yes", "bokeh", undefined],
  );
  let text = new TextDecoder().decode(early);
  const long = "y".repeat(300_000);
  socket.write(`${long}end`);
  for await (const chunk of socket) {
    text += chunk;
    if (text.endsWith("end")) break;
  }
  const [head = "", repeated] = text.split("\n");
  assert.equal(repeated, `${long}end`);
  const seen = JSON.parse(head);
  assert.equal(seen["sec-websocket-protocol"], "bokeh, token");
  assert.deepEqual([seen.cookie, seen.origin], [undefined, undefined]);
  socket.destroy();
});
