/**
 * Everything this project does to the machine it runs on, but for sockets: time, randomness, files,
 * processes, environment. The rest of the code gets it as a {@linkcode Runtime}, so a test or a
 * simulation can give another.
 * @module
 */

/** Time. Durations are measured on the monotonic clock: people and NTP move the other one. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. */
  nowMs(): number;
  /** Never goes back; its zero means nothing. */
  monotonicMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Randomness fit for tokens and keys. */
export interface Random {
  /** `bytes` random bytes as lower-case hexadecimal. */
  hex(bytes: number): string;
  /** From 0 up to, and without, 1. */
  fraction(): number;
}

/** What a finished process left behind. */
export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How to run a process. */
export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's environment; a variable that is undefined is taken out of it. */
  readonly env?: Environment;
  /** Kills the process when aborted; the result then has a code other than 0. */
  readonly signal?: AbortSignal;
}

/** How to run a process on this one's terminal. */
export interface TerminalOptions extends Pick<RunOptions, "cwd" | "env"> {
  /**
   * Whether the second Ctrl-C kills it, and a SIGTERM or SIGHUP to this process is passed on to it;
   * else it has to end by itself.
   */
  readonly insistent?: boolean;
}

/** How to start a process that outlives this one. */
export interface DetachedOptions {
  readonly cwd: string;
  /** Both its outputs are appended here; the file is made 0600. */
  readonly logPath: string;
  /** Added to this process's environment; a variable that is undefined is taken out of it. */
  readonly env?: Environment;
}

/** A held file lock; it frees itself when the process ends, however it ends. */
export interface FileLock {
  release(): void;
}

/** Who owns a file or a folder, and what others may do with it. */
export interface FileOwner {
  /** The user's number. */
  readonly uid: number;
  /** The group's number. */
  readonly gid: number;
  /** Permission bits, the sticky one among them: `0o1777`. */
  readonly mode: number;
}

/** Files. Everything is made readable by its owner alone. */
export interface Files {
  /** @throws {Deno.errors.NotFound} */
  readText(path: string): Promise<string>;
  /** The text, or null when there is no such file. */
  readTextIfExists(path: string): Promise<string | null>;
  /**
   * Replaces the file whole (temporary file, sync, rename): a reader sees the old text or the new.
   * What a process left beside it that was killed while it wrote, is removed.
   */
  writeText(path: string, text: string, mode?: number): Promise<void>;
  /**
   * Removes what processes have left in a folder, not below it, that were killed while they replaced
   * a file there; no folder is fine.
   */
  removeUnfinished(folder: string): Promise<void>;
  /** Makes the file with this text; false when it exists already. */
  create(path: string, text: string): Promise<boolean>;
  append(path: string, text: string): Promise<void>;
  /** Makes the folder and its parents, 0700. */
  mkdir(path: string): Promise<void>;
  /**
   * Removes a file, a link (not what it leads to) or an empty folder; nothing there is fine. Never
   * more than one of them.
   */
  remove(path: string): Promise<void>;
  /**
   * Removes a file, a link or a whole folder in the folder `within`; nothing there is fine. Follows no
   * link, neither on the way to `path` nor below it.
   *
   * @throws {XcoreError} `path` is not in `within`, or leads out of it by a link: nothing was removed
   */
  removeTree(path: string, within: string): Promise<void>;
  /**
   * Removes a file, a link (not what it leads to) or an empty folder; nothing there is fine.
   *
   * @returns false for a folder that is not empty, which stays
   */
  removeOne(path: string): Promise<boolean>;
  rename(from: string, to: string): Promise<void>;
  /** Makes what is there readable and writable by its owner alone. */
  makePrivate(path: string): Promise<void>;
  /** Makes `path` a symbolic link to `target`, replacing what was there. */
  symlink(target: string, path: string): Promise<void>;
  /** Names in a folder, sorted; empty when there is no such folder. */
  list(path: string): Promise<string[]>;
  exists(path: string): Promise<boolean>;
  /** What is at a path itself, no link followed; null when there is nothing. */
  kind(path: string): Promise<"file" | "folder" | "link" | "other" | null>;
  /** Who owns what is at a path, links followed; null when there is nothing. */
  owner(path: string): Promise<FileOwner | null>;
  /** Resolves every link. @throws {Deno.errors.NotFound} */
  realPath(path: string): Promise<string>;
  /** Bytes, or null when there is no such file. */
  size(path: string): Promise<number | null>;
  /** When it was last written, wall clock in milliseconds; null when there is no such file. */
  modifiedMs(path: string): Promise<number | null>;
  /** The part of the file from byte `offset` on. */
  readFrom(path: string, offset: number): Promise<Uint8Array>;
  /**
   * The first `bytes` of the file, or all where it has fewer; no more is read. @throws
   * {Deno.errors.NotFound}
   */
  readHead(path: string, bytes: number): Promise<Uint8Array>;
  /**
   * Takes an exclusive lock on `path` (made if missing) and writes `note` into it, if there is room;
   * null when another process holds it.
   */
  tryLock(path: string, note?: string): Promise<FileLock | null>;
  /**
   * True while a process holds the lock on `path`. Changes nothing; processes that check at the same
   * time do not see each other.
   */
  isLocked(path: string): Promise<boolean>;
  /** Waits for the lock. */
  lock(path: string, note?: string): Promise<FileLock>;
}

/** The machine as this project sees it. */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  /** `linux`, `darwin`, … */
  readonly os: string;
  readonly hostname: string;
  /** The version of the Deno that runs this program, `2.7.14`. */
  readonly denoVersion: string;
  /** This process's id. */
  readonly pid: number;
  /** The user's number, 0 for root; null where users have none. */
  readonly uid: number | null;
  /**
   * The command that starts this very program again, or null when it is not `xcore` (a script using
   * the library).
   */
  readonly self: readonly string[] | null;
  /** The current folder. */
  cwd(): string;
  /** An environment variable; empty counts as unset. */
  env(name: string): string | undefined;
  /** All environment variables. */
  environment(): Readonly<Record<string, string>>;
  /**
   * Runs a process to its end.
   * @throws {Deno.errors.NotFound} no such program
   */
  run(command: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Starts a process in a session of its own that outlives this one; returns its process id. */
  spawnDetached(command: readonly string[], options: DetachedOptions): number;
  /**
   * The same, and waits for its end: no Ctrl-C reaches it, and should this process be killed, it
   * goes on.
   *
   * @param stop sends it SIGTERM when aborted; it is still waited for
   * @param atOnce the same once more, and SIGKILL to it and its children after a few seconds
   * @returns its exit code; where a signal ended it, 128 and the signal's number
   * @throws {Deno.errors.NotFound} no such program
   */
  runDetached(
    command: readonly string[],
    options: DetachedOptions,
    stop?: AbortSignal,
    atOnce?: AbortSignal,
  ): Promise<number>;
  /**
   * Runs a process on this one's terminal, with its input and outputs, to its end; Ctrl-C is the
   * process's to heed.
   *
   * @returns its exit code; where a signal ended it, 128 and the signal's number
   * @throws {Deno.errors.NotFound} no such program
   */
  runOnTerminal(command: readonly string[], options?: TerminalOptions): Promise<number>;
  /** Sends a signal to a process (negative: to a process group); false when there is none. */
  kill(pid: number, signal: "SIGTERM" | "SIGKILL" | "SIGSTOP" | "SIGCONT"): boolean;
  /** True while there is such a process. */
  isAlive(pid: number): boolean;
  /** Calls `handler` at each of these signals, until the returned function is called. */
  onSignal(signals: readonly Deno.Signal[], handler: (signal: Deno.Signal) => void): () => void;
}
