/** A server that demands a client certificate, as the preload's does. */

import { Buffer } from "node:buffer";
import { createServer } from "node:https";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Socket } from "node:net";
import type { TlsFiles } from "../../../lib/dask/tls_files.ts";

/** What a request brought, and how to answer it. */
export type Handler = (
  request: { method: string; path: string; body: string; headers: IncomingHttpHeaders },
  response: ServerResponse,
) => void;

/** A server on a free port of the loopback. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** Connections it has taken. */
  connections(): number;
}

/** Serves with the scheduler's certificate of `tls`; `demand` false: to anybody. */
export async function serve(
  tls: TlsFiles,
  handler: Handler,
  { port = 0, host = "127.0.0.1", demand = true } = {},
): Promise<TestServer> {
  const server = createServer({
    ca: Deno.readTextFileSync(tls.caFile),
    cert: Deno.readTextFileSync(tls.scheduler.certFile),
    key: Deno.readTextFileSync(tls.scheduler.keyFile),
    requestCert: demand,
    rejectUnauthorized: demand,
  }, async (request: IncomingMessage, response: ServerResponse) => {
    const body = await Array.fromAsync(request as AsyncIterable<Uint8Array>);
    handler(
      {
        method: request.method ?? "",
        path: request.url ?? "",
        body: Buffer.concat(body).toString(),
        headers: request.headers,
      },
      response,
    );
  });
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Answers with this JSON. */
export function json(value: unknown, status = 200): Handler {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(value));
  };
}
