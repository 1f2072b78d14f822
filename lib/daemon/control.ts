/**
 * The daemon's control socket, server and client: HTTP over a unix socket in a folder that only its
 * owner can open.
 * @module
 */

import { dirname } from "node:path";
import type { Home } from "../config/home.ts";
import { PrerequisiteError } from "../errors.ts";
import type { Status } from "../model/mod.ts";
import type { Files, Runtime } from "../runtime.ts";
import { shellWord } from "../util/shell_word.ts";
import { readStatus } from "./read_status.ts";

/** What the daemon does when it is called. */
export interface Control {
  status(): Promise<Status>;
  /** Called once; the daemon ends after the current tick. */
  stop(): void;
}

const BEYOND_OWNER = 0o077;

/** Whether the socket's folder is this user's alone; null: there is none. */
async function isPrivate({ files, uid }: Runtime, { controlSocket }: Home): Promise<boolean | null> {
  const folder = dirname(controlSocket);
  const kind = await files.kind(folder);
  const owner = kind === "folder" ? await files.owner(folder) : null;
  if (owner === null) return kind === null ? null : false;
  return (uid === null || owner.uid === uid) && (owner.mode & BEYOND_OWNER) === 0;
}

/** Removes the socket and its folder; what else is in there stays. */
export async function removeSocketFolder(files: Files, { controlSocket }: Home): Promise<void> {
  await files.removeOne(controlSocket);
  await files.removeOne(dirname(controlSocket));
}

/**
 * Makes the socket's folder.
 *
 * @throws {PrerequisiteError} there is one that is another user's, or open to others
 */
export async function makeSocketFolder(runtime: Runtime, home: Home): Promise<void> {
  await runtime.files.mkdir(dirname(home.controlSocket));
  if (!await isPrivate(runtime, home)) throw notPrivate(home);
}

/**
 * Serves the control socket until the returned function is called. The caller holds the daemon's
 * lock.
 *
 * @throws {PrerequisiteError} the socket's folder is another user's, or open to others
 */
export async function serveControl(
  runtime: Runtime,
  home: Home,
  control: Control,
): Promise<() => Promise<void>> {
  const { files } = runtime;
  await makeSocketFolder(runtime, home);
  // The lock is held, so a socket file is from a daemon that was killed.
  await files.remove(home.controlSocket);
  const server = Deno.serve({ path: home.controlSocket, onListen: () => {} }, async (asked) => {
    // A caller's Host header is part of it, whatever that is.
    const path = URL.parse(asked.url)?.pathname ?? "";
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
    await removeSocketFolder(files, home).catch(() => {}); // a read-only home keeps both
  };
}

function notPrivate({ controlSocket }: Home): PrerequisiteError {
  const folder = dirname(controlSocket);
  return new PrerequisiteError(
    `Cannot open the daemon's socket: other users can open ${folder}, or own it`,
    `Type \`chmod 700 ${
      shellWord(folder)
    }\` if it is yours; if not, set XDG_RUNTIME_DIR to a folder of your own.`,
  );
}

async function statusResponse(control: Control): Promise<Response> {
  try {
    return Response.json(await control.status());
  } catch (error) {
    return Response.json({ error: String(error) }, { status: 500 });
  }
}

/** The daemon's status, or null when no daemon of this user's answers with one within `timeoutMs`. */
export async function askStatus(runtime: Runtime, home: Home, timeoutMs = 5000): Promise<Status | null> {
  return await ask(runtime, home, "GET", "/status", timeoutMs, readStatus);
}

/** Tells the daemon to stop; false when no daemon answers. It has ended once its lock is free. */
export async function askToStop(runtime: Runtime, home: Home): Promise<boolean> {
  return await ask(runtime, home, "POST", "/stop", 5000, () => true) !== null;
}

/** No status is longer: 10,000 workers take some 8 MB. */
const LONGEST_ANSWER_BYTES = 64 * 1024 * 1024;

async function ask<T>(
  runtime: Runtime,
  home: Home,
  method: string,
  path: string,
  timeoutMs: number,
  read: (answer: unknown) => T,
): Promise<T | null> {
  // In another folder anybody may be behind the socket.
  if (!await isPrivate(runtime, home).catch(() => false)) return null;
  // Not node:http, which in Deno 2.7 closes the descriptor of a unix socket twice: by then it may be
  // another file's.
  const client = Deno.createHttpClient({ proxy: { transport: "unix", path: home.controlSocket } });
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(`http://daemon${path}`, { method, client, signal, redirect: "manual" });
    const text = await textOf(answer);
    return answer.status === 200 ? read(JSON.parse(text)) : null;
  } catch {
    // No socket, no process behind it, one that hangs, that ended in the middle, or is no daemon.
    return null;
  } finally {
    client.close();
  }
}

async function textOf(answer: Response): Promise<string> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const part of answer.body ?? []) {
    length += part.length;
    if (length > LONGEST_ANSWER_BYTES) throw new RangeError("this is no answer of a daemon");
    parts.push(part);
  }
  return await new Blob(parts).text();
}
