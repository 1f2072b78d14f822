/**
 * The machine this program runs on, as a {@linkcode Runtime}: the one place that touches time,
 * randomness, files, processes and the environment.
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, closeSync, constants as modes, openSync, statSync } from "node:fs";
import { constants } from "node:os";
import { basename, delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import process from "node:process";
import { XcoreError } from "./errors.ts";
import type {
  Clock,
  DetachedOptions,
  Environment,
  FileLock,
  Files,
  Random,
  RunOptions,
  RunResult,
  Runtime,
  TerminalOptions,
} from "./runtime.ts";

const OWNER_ONLY = 0o600;

async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/**
 * The same, where it fails with the path in the message: what Deno says of an open file has none.
 */
async function naming<T>(path: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof Error && !error.message.includes(path)) error.message += `: ${JSON.stringify(path)}`;
    throw error;
  }
}

async function lockFile(path: string, note: string, acquire: (file: Deno.FsFile) => Promise<boolean>) {
  const file = await Deno.open(path, { read: true, write: true, create: true, mode: OWNER_ONLY });
  try {
    if (!await acquire(file)) {
      file.close();
      return null;
    }
    await naming(path, file.truncate());
    await naming(path, file.write(new TextEncoder().encode(note)));
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOSPC") {
      file.close();
      throw error;
    } // the lock is held anyway: a full disk must not prevent a shutdown
  }
  return { release: () => file.close() };
}

/** How long a write may take; what is older, and of a process that is not seen here, is left from one that was killed. */
const WRITTEN_WITHIN_MS = 10_000;

/** Behind the name of a file that is being written: the process, where it runs, and a random word. */
const PART = /\.(\d+)\.([0-9a-f]{4})[0-9a-f]{4}\.part$/;

/** Where process ids mean what they mean here: a home may be shared by machines, and by containers. */
function here(): string {
  return mark ??= createHash("sha256").update(`${Deno.hostname()} ${processes()}`).digest("hex").slice(0, 4);
}

let mark: string | null = null;

/** Names the set of processes that are seen here; empty where the system tells of none. */
function processes(): string {
  try {
    return Deno.readLinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/** Removes what processes have left in a folder that were killed while they wrote this file, or any. */
async function removeParts(folder: string, name = ""): Promise<void> {
  for await (const { name: found } of Deno.readDir(folder)) {
    const [part, pid, where] = found.startsWith(name) ? PART.exec(found) ?? [] : [];
    if (part === undefined || (name !== "" && found !== name + part) || isAlive(Number(pid))) continue;
    const path = join(folder, found);
    const { mtime } = await Deno.lstat(path);
    if (where === here() || Date.now() - (mtime?.getTime() ?? 0) > WRITTEN_WITHIN_MS) await Deno.remove(path);
  }
}

async function removeTree(path: string, within: string): Promise<void> {
  const wanted = resolve(path);
  const [folder, root] = await Promise.all([
    orNull(Deno.realPath(dirname(wanted))),
    orNull(Deno.realPath(within)),
  ]);
  if (folder === null) return;
  if (
    root === null || !`${wanted}/`.startsWith(`${resolve(within)}/`) || !`${folder}/`.startsWith(`${root}/`)
  ) {
    throw new XcoreError(
      `Cannot remove ${wanted}: it is not in ${within}, or a link leads out of that`,
      `Replace the link by a folder, or remove ${wanted} by hand.`,
    );
  }
  // By its real folder: a link that takes the folder's place meanwhile is not followed.
  await orNull(Deno.remove(join(folder, basename(wanted)), { recursive: true }));
}

const files: Files = {
  readText: (path) => Deno.readTextFile(path),
  readTextIfExists: (path) => orNull(Deno.readTextFile(path)),
  async writeText(path, text, mode = OWNER_ONLY) {
    const temporary = `${path}.${Deno.pid}.${here()}${crypto.randomUUID().slice(0, 4)}.part`;
    try {
      const file = await Deno.open(temporary, { write: true, createNew: true, mode });
      try {
        const bytes = new TextEncoder().encode(text);
        for (let done = 0; done < bytes.length;) {
          done += await naming(path, file.write(bytes.subarray(done)));
        }
        await naming(path, file.sync());
      } finally {
        file.close();
      }
      await Deno.rename(temporary, path);
    } catch (error) {
      await Deno.remove(temporary).catch(() => {}); // the first failure is what is told
      throw error;
    }
    await removeParts(dirname(path), basename(path)).catch(() => {}); // the next write tries again
  },
  removeUnfinished: (folder) => orNull(removeParts(folder)).then(() => {}),
  async create(path, text) {
    try {
      await Deno.writeTextFile(path, text, { createNew: true, mode: OWNER_ONLY });
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return false;
      throw error;
    }
  },
  append: (path, text) => Deno.writeTextFile(path, text, { append: true, mode: OWNER_ONLY }),
  mkdir: (path) => Deno.mkdir(path, { recursive: true, mode: 0o700 }),
  async remove(path) {
    await orNull(Deno.remove(path));
  },
  removeTree,
  async removeOne(path) {
    try {
      await orNull(Deno.remove(path));
      return true;
    } catch (error) {
      if (["ENOTEMPTY", "EEXIST"].includes((error as { code?: string }).code ?? "")) return false;
      throw error;
    }
  },
  rename: (from, to) => Deno.rename(from, to),
  makePrivate: (path) => Deno.chmod(path, OWNER_ONLY),
  async symlink(target, path) {
    await orNull(Deno.remove(path));
    await Deno.symlink(target, path);
  },
  async list(path) {
    try {
      return (await Array.fromAsync(Deno.readDir(path), (entry) => entry.name)).sort();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  },
  exists: async (path) => await orNull(Deno.lstat(path)) !== null,
  async kind(path) {
    const found = await orNull(Deno.lstat(path));
    if (found === null) return null;
    if (found.isSymlink) return "link";
    return found.isFile ? "file" : found.isDirectory ? "folder" : "other";
  },
  async owner(path) {
    const found = await orNull(Deno.stat(path));
    return found && { uid: found.uid ?? 0, gid: found.gid ?? 0, mode: (found.mode ?? 0) & 0o7777 };
  },
  realPath: (path) => Deno.realPath(path),
  size: async (path) => (await orNull(Deno.stat(path)))?.size ?? null,
  modifiedMs: async (path) => (await orNull(Deno.stat(path)))?.mtime?.getTime() ?? null,
  async readFrom(path, offset) {
    using file = await Deno.open(path, { read: true });
    await file.seek(offset, Deno.SeekMode.Start);
    return new Uint8Array(await naming(path, new Response(file.readable).arrayBuffer()));
  },
  async readHead(path, bytes) {
    using file = await Deno.open(path, { read: true });
    const head = new Uint8Array(bytes);
    let length = 0;
    for (let read: number | null = 0; read !== null && length < bytes; length += read ?? 0) {
      read = await naming(path, file.read(head.subarray(length)));
    }
    return head.subarray(0, length);
  },
  tryLock: (path, note = "") => lockFile(path, note, (file) => file.tryLock(true)),
  async isLocked(path) {
    const file = await orNull(Deno.open(path));
    if (file === null) return false;
    using _closing = file;
    return !await file.tryLock(false); // shared
  },
  async lock(path, note = "") {
    const held = await lockFile(path, note, async (file) => {
      await file.lock(true);
      return true;
    });
    return held as FileLock;
  },
};

const clock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", done);
    }),
};

const random: Random = {
  hex: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)).toHex(),
  fraction: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
};

function environmentWith(changes: Environment): Record<string, string> {
  const all: Environment = { ...Deno.env.toObject(), ...changes };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]),
  );
}

/** What the C library takes where there is no PATH. */
const DEFAULT_PATH = "/bin:/usr/bin";

/** A PATH without what means the current folder: an empty part, `.` and any relative one. */
function absoluteParts(path: string): string {
  return path.split(delimiter).filter(isAbsolute).join(delimiter);
}

/**
 * The program that a shell would run, were the current folder not on its PATH: what lies about there
 * may be anybody's.
 *
 * @throws {Deno.errors.NotFound} there is none
 */
function located(program: string, path = Deno.env.get("PATH") || DEFAULT_PATH): string {
  if (program.includes("/")) return program;
  for (const folder of absoluteParts(path).split(delimiter)) {
    const file = join(folder, program);
    try {
      accessSync(file, modes.X_OK);
      if (statSync(file).isFile()) return file;
    } catch { /* not there, or not a program */ }
  }
  throw new Deno.errors.NotFound(`no program ${program} in the folders of PATH`);
}

/** The environment of a program that this one runs for itself: its own children, too, are on PATH. */
function cleanEnvironment(changes: Environment): Record<string, string> {
  const all = environmentWith(changes);
  return all.PATH === undefined ? all : { ...all, PATH: absoluteParts(all.PATH) || DEFAULT_PATH };
}

async function run(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [program = "", ...args] = command;
  const env = cleanEnvironment(options.env ?? {});
  const child = new Deno.Command(located(program, env.PATH), {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env,
    clearEnv: true,
  }).spawn();
  // Not Deno's own option for it: of 2.7 output() heeds no signal, and spawn() none that is aborted
  // already.
  const end = () => {
    try {
      child.kill("SIGTERM");
    } catch { /* it has just ended */ }
  };
  if (options.signal?.aborted) end();
  options.signal?.addEventListener("abort", end);
  try {
    const output = await child.output();
    const decoder = new TextDecoder();
    return {
      code: output.code,
      stdout: decoder.decode(output.stdout),
      stderr: decoder.decode(output.stderr),
    };
  } finally {
    options.signal?.removeEventListener("abort", end);
  }
}

/**
 * Deno's spawn() puts `run -A …` behind an argument that is the path of the running program, as it
 * takes that for Node's; the same path in other words stays as it is.
 */
function unlikeNode(word: string): string {
  return word === Deno.execPath() ? `/.${word}` : word;
}

function detach(command: readonly string[], options: DetachedOptions): ChildProcess & { pid: number } {
  const [name = "", ...args] = command;
  const env = cleanEnvironment(options.env ?? {});
  const program = located(name, env.PATH);
  // node's spawn and not Deno.Command: only it can hand the child an open file as its output.
  const log = openSync(options.logPath, "a", OWNER_ONLY);
  try {
    const child = spawn(program, args.map(unlikeNode), {
      cwd: options.cwd,
      env,
      detached: true,
      stdio: ["ignore", log, log],
    });
    child.on("error", () => {}); // also thrown as a missing pid, below
    if (child.pid === undefined) throw new Deno.errors.NotFound(`no program ${program}`);
    return Object.assign(child, { pid: child.pid });
  } finally {
    closeSync(log);
  }
}

function spawnDetached(command: readonly string[], options: DetachedOptions): number {
  const child = detach(command, options);
  child.unref();
  return child.pid;
}

/** How long a program that is told to end at once may take to write down what it has made. */
const KILL_AFTER_MS = 5000;

async function runDetached(
  command: readonly string[],
  options: DetachedOptions,
  stop?: AbortSignal,
  atOnce?: AbortSignal,
): Promise<number> {
  const child = detach(command, options);
  const ended = new Promise<number>((resolve) =>
    child.on(
      "exit",
      (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    )
  );
  const end = () => void child.kill("SIGTERM");
  let timer: number | undefined;
  const endAtOnce = () => {
    end();
    timer = setTimeout(() => kill(-child.pid, "SIGKILL"), KILL_AFTER_MS);
  };
  for (const [signal, act] of [[stop, end], [atOnce, endAtOnce]] as const) {
    if (signal?.aborted) act();
    signal?.addEventListener("abort", act);
  }
  try {
    return await ended;
  } finally {
    clearTimeout(timer);
    if (timer !== undefined) kill(-child.pid, "SIGKILL"); // what it has started
    stop?.removeEventListener("abort", end);
    atOnce?.removeEventListener("abort", endAtOnce);
  }
}

async function runOnTerminal(
  command: readonly string[],
  { cwd, env, insistent = false }: TerminalOptions = {},
): Promise<number> {
  const [program = "", ...args] = command;
  let child: Deno.ChildProcess | null = null;
  let interrupts = 0;
  // Without a listener each of these would end this process.
  const listeners: Partial<Record<Deno.Signal, () => void>> = {
    SIGINT: () => {
      if (++interrupts > 1 && insistent && child !== null) kill(child.pid, "SIGKILL");
    },
    ...insistent && {
      SIGTERM: () => void (child !== null && kill(child.pid, "SIGTERM")),
      SIGHUP: () => void (child !== null && kill(child.pid, "SIGHUP")),
    },
  };
  const all = Object.entries(listeners) as [Deno.Signal, () => void][];
  for (const [signal, listener] of all) Deno.addSignalListener(signal, listener);
  try {
    child = new Deno.Command(located(program), {
      args,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
      ...(cwd !== undefined && { cwd }),
      ...(env !== undefined && { env: environmentWith(env) }),
    }).spawn();
    return (await child.status).code;
  } finally {
    for (const [signal, listener] of all) Deno.removeSignalListener(signal, listener);
  }
}

function kill(pid: number, signal: "SIGTERM" | "SIGHUP" | "SIGKILL" | "SIGSTOP" | "SIGCONT"): boolean {
  try {
    Deno.kill(pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || (error as { code?: string }).code === "ESRCH") return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

/**
 * The real machine.
 *
 * @param self the command that starts this program again, see {@linkcode Runtime.self}
 */
export function systemRuntime(self: readonly string[] | null): Runtime {
  return {
    clock,
    random,
    files,
    os: Deno.build.os,
    hostname: Deno.hostname(),
    denoVersion: Deno.version.deno,
    pid: Deno.pid,
    uid: Deno.uid(),
    self,
    cwd: () => Deno.cwd(),
    env: (name) => Deno.env.get(name) || undefined,
    environment: () => Deno.env.toObject(),
    run,
    spawnDetached,
    runDetached,
    runOnTerminal,
    kill,
    isAlive,
    onSignal(signals, handler) {
      const listeners = signals.map((signal) => ({ signal, listener: () => handler(signal) }));
      for (const { signal, listener } of listeners) Deno.addSignalListener(signal, listener);
      return () => {
        for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
      };
    },
  };
}
