/**
 * The daemon's control socket, server and client: HTTP over a unix socket that only its owner can
 * open.
 * @module
 */

import { request } from "node:http";
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

function ask(home: Home, method: string, path: string, timeoutMs: number): Promise<unknown> {
  return new Promise((resolve) => {
    const call = request(
      { socketPath: home.controlSocket, method, path, timeout: timeoutMs, agent: false },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => text += part);
        answer.on("error", () => resolve(null));
        answer.on("end", () => resolve(answer.statusCode === 200 ? parsed(text) : null));
      },
    );
    // No socket, no process behind it, or a daemon that hangs: no daemon answers.
    call.on("error", () => resolve(null));
    call.on("timeout", () => call.destroy());
    call.end();
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // the connection ended in the middle
  }
}
