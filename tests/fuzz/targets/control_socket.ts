/** The daemon's control socket: what a caller sends, and what a daemon answers. @module */

import assert from "node:assert/strict";
import { statusText } from "../../../lib/cli/status_text.ts";
import type { Home } from "../../../lib/config/home.ts";
import { askStatus, makeSocketFolder, serveControl } from "../../../lib/daemon/control.ts";
import type { Status } from "../../../lib/model/mod.ts";
import { busy, NOW_MS } from "../../unit/cli/_status.ts";
import { type Place, placeWith } from "../../unit/config/_home.ts";
import { assertShown, type Target, textOf } from "../target.ts";

const STATUS: Status = busy({
  tasks: {
    functions: [{
      ...{ name: "square", first_error: null, first_failed_key: null },
      ...{ done: 1, failed: 0, skipped: 0, running: 1, waiting: 0 },
    }],
    others: { done: 0, failed: 0, skipped: 0, running: 0, waiting: 0 },
  },
});

const answer = (body: string, head = "HTTP/1.1 200 OK") =>
  `${head}\r\ncontent-length: ${new TextEncoder().encode(body).length}\r\n\r\n${body}`;

const SEEDS = [
  JSON.stringify(STATUS),
  JSON.stringify({ stopping: true }),
  answer("{}"),
  answer("{}", "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/status"),
  "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
  "GET /status HTTP/1.1\r\nhost: daemon\r\n\r\n",
  "POST /status HTTP/1.1\r\nhost: daemon\r\ncontent-length: 3\r\n\r\nabc",
  "GET http://else.where/%00/../status?x HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
];

const PIECES = [
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.1 101 Switching Protocols\r\n",
  "content-length: 0\r\n",
  "content-length: 18446744073709551616\r\n",
  "transfer-encoding: chunked\r\n",
  "\r\n",
  "\r\n\r\n",
  "GET //status",
  "GET / HTTP/1.1",
  "OPTIONS * HTTP/1.1",
  "host: \r\n",
  "expect: 100-continue\r\n",
  '"workers":[{}]',
  '"cluster":null',
  '"state":"running"',
];

/** A daemon's socket, and one whose other end says what a check gives it. */
interface Sockets {
  readonly daemon: Place;
  readonly other: Place;
  said: Uint8Array;
  readonly close: () => Promise<void>;
}

let sockets: Promise<Sockets> | null = null;

async function open(): Promise<Sockets> {
  const [daemon, other] = [await placeWith(null), await placeWith(null)];
  const control = { status: () => Promise.resolve(STATUS), stop: () => {} };
  const closeServer = await serveControl(daemon.runtime, daemon.home, control);
  await makeSocketFolder(other.runtime, other.home);
  const listener = Deno.listen({ transport: "unix", path: other.home.controlSocket });
  const made: Sockets = {
    daemon,
    other,
    said: new Uint8Array(),
    async close() {
      listener.close();
      await closeServer();
      for (const place of [daemon, other]) await place[Symbol.asyncDispose]();
    },
  };
  (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(1000));
      // The caller may have gone.
      await writeAll(connection, made.said).catch(() => {});
      connection.close();
    }
  })();
  return made;
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
}

/** Sends these bytes and reads what comes back, as long as something does. */
async function send({ controlSocket }: Home, bytes: Uint8Array): Promise<void> {
  using connection = await Deno.connect({ transport: "unix", path: controlSocket });
  try {
    await writeAll(connection, bytes);
    await connection.closeWrite();
    const some = new Uint8Array(4096);
    while (await connection.read(some) !== null);
  } catch { /* it was cut off */ }
}

const plain = (text: string) => text;
const colours = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain };

/** As a frame that a daemon gets, and as the answer of one. */
export const controlSocket: Target = {
  seeds: SEEDS,
  pieces: PIECES,
  runs: 160,
  async check(input) {
    const opened = await (sockets ??= open());
    const { daemon, other } = opened;
    await send(daemon.home, input);
    assert.deepEqual(await askStatus(daemon.runtime, daemon.home), STATUS);

    const text = textOf(input);
    opened.said = text.startsWith("HTTP/") ? input : new TextEncoder().encode(answer(text));
    const status = await askStatus(other.runtime, other.home);
    if (status === null) return;
    for (const room of [{ columns: 80, rows: 24 }, { columns: Infinity, rows: Infinity }]) {
      statusText(status, colours, NOW_MS, room).split("\n").forEach(assertShown);
    }
    for (const { name } of status.workers) assert.equal(typeof name, "string");
    assert.equal(typeof status.daemon.running, "boolean");
  },
  async close() {
    await (await sockets)?.close();
  },
};
