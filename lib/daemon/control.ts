/**
 * The daemon's control socket, server and client: HTTP over a unix socket that only its owner can
 * open.
 * @module
 */

import type { Home } from "../config/home.ts";
import type { Status } from "../model/mod.ts";
import type { Files } from "../runtime.ts";

/** What the daemon does when it is called. */
export interface Control {
  status(): Promise<Status>;
  /** Called once; the daemon ends after the current tick. */
  stop(): void;
}

/**
 * Serves the control socket until the returned function is called. The caller holds the daemon's
 * lock.
 */
export async function serveControl(files: Files, home: Home, control: Control): Promise<() => Promise<void>> {
  // The lock is held, so a socket file is from a daemon that was killed.
  await files.remove(home.controlSocket);
  const server = Deno.serve({ path: home.controlSocket, onListen: () => {} }, async (asked) => {
    const path = new URL(asked.url).pathname;
    if (asked.method === "GET" && path === "/status") return await statusResponse(control);
    if (asked.method === "POST" && path === "/stop") {
      control.stop();
      return Response.json({ stopping: true });
    }
    return Response.json({ error: `no ${asked.method} ${path} here` }, { status: 404 });
  });
  await files.makePrivate(home.controlSocket);
  return async () => {
    await server.shutdown();
    await files.remove(home.controlSocket);
  };
}

async function statusResponse(control: Control): Promise<Response> {
  try {
    return Response.json(await control.status());
  } catch (error) {
    return Response.json({ error: String(error) }, { status: 500 });
  }
}

/** The daemon's status, or null when no daemon answers within `timeoutMs`. */
export async function askStatus(home: Home, timeoutMs = 5000): Promise<Status | null> {
  return await ask(home, "GET", "/status", timeoutMs) as Status | null;
}

/** Tells the daemon to stop; false when no daemon answers. It has ended once its lock is free. */
export async function askToStop(home: Home): Promise<boolean> {
  return await ask(home, "POST", "/stop", 5000) !== null;
}

async function ask(home: Home, method: string, path: string, timeoutMs: number): Promise<unknown> {
  // Not node:http, which in Deno 2.7 closes the descriptor of a unix socket twice: by then it may be
  // another file's.
  const client = Deno.createHttpClient({ proxy: { transport: "unix", path: home.controlSocket } });
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(`http://daemon${path}`, { method, client, signal });
    const text = await answer.text();
    return answer.status === 200 ? JSON.parse(text) : null;
  } catch {
    return null; // no socket, no process behind it, one that hangs, or that ended in the middle
  } finally {
    client.close();
  }
}
