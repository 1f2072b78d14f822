/**
 * Every error this project throws on purpose. The class says what to do about it (retry, skip,
 * stop, exit code); nothing above the providers ever looks into a message.
 * @module
 */

/** A failure with one line on what was found and one on what to do. */
export class XcoreError extends Error {
  /** What to type or change next, in one line. */
  readonly hint: string;

  /**
   * An error of this class.
   *
   * @param message `Cannot <do what>: <state found>`, one line
   * @param hint what to do next, one line
   * @param cause the error underneath, if there was one
   */
  constructor(message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.hint = hint;
  }
}

/** The command line or a call's arguments are wrong. */
export class UsageError extends XcoreError {}

/** One mistake in a configuration file. */
export interface ConfigMistake {
  /** 1-based, or null when the mistake is of the file as a whole. */
  readonly line: number | null;
  /** Dotted key path, `pools.0.name`; empty for the file as a whole. */
  readonly key: string;
  /** What was found and what is allowed, one line. */
  readonly message: string;
}

/** The configuration cannot be used; `mistakes` has all of them. */
export class ConfigError extends XcoreError {
  /** Every mistake found, in the order of the file. */
  readonly mistakes: readonly ConfigMistake[];

  /**
   * An error with the mistakes behind it.
   *
   * @param message see {@linkcode XcoreError}
   * @param hint see {@linkcode XcoreError}
   * @param mistakes all that was found wrong
   * @param cause the error underneath, if there was one
   */
  constructor(message: string, hint: string, mistakes: readonly ConfigMistake[] = [], cause?: unknown) {
    super(message, hint, cause);
    this.mistakes = mistakes;
  }
}

/** There is no configuration, or no cluster runs. */
export class NotRunningError extends XcoreError {}

/** Something that has to be installed or set up first is missing. */
export class PrerequisiteError extends XcoreError {}

/** A thing that was named does not exist. */
export class NotFoundError extends XcoreError {}

/** Somebody else holds what is needed: a lock, a port, the lease. */
export class ConflictError extends XcoreError {}

/** The scheduler does not answer, or not as a scheduler of this cluster would. */
export class SchedulerError extends XcoreError {}

/**
 * The scheduler speaks another protocol than this xcore: one of the two is older. A restart makes a
 * new scheduler.
 */
export class ProtocolError extends SchedulerError {}

/** The scheduler's instance boots, and waits for the bundle with this SHA-256. */
export class BundleMissingError extends SchedulerError {
  /** In hexadecimal. */
  readonly sha256: string;

  /**
   * An error with the bundle that would help.
   *
   * @param message see {@linkcode XcoreError}
   * @param hint see {@linkcode XcoreError}
   * @param sha256 of the bundle
   */
  constructor(message: string, hint: string, sha256: string) {
    super(message, hint);
    this.sha256 = sha256;
  }
}

/** Credentials are missing, refused or without the permission. Not retried. */
export class AuthError extends XcoreError {}

/**
 * The account's quota is reached for this type and market: another may do, else it takes a person.
 */
export class QuotaError extends XcoreError {}

/** The account may not have this type, however little it uses: its plan, or a policy, forbids it. */
export class TypeRefusedError extends QuotaError {}

/**
 * The provider is out of this type in this zone; another may do, and so may this one in a few
 * minutes.
 */
export class CapacityError extends XcoreError {}

/** The provider asks us to slow down. */
export class ThrottledError extends XcoreError {}

/** A person pressed Ctrl-C. */
export class InterruptedError extends XcoreError {}

/** `error` as an XcoreError: itself, or wrapped with what was being done. */
export function asXcoreError(error: unknown, doing: string): XcoreError {
  if (error instanceof XcoreError) return error;
  const found = error instanceof Error ? error.message : String(error);
  return new XcoreError(
    `Cannot ${doing}: ${found.split("\n")[0]}`,
    HINTS[codeOf(error)] ?? "Run it again with --debug to see the stack trace.",
    error,
  );
}

const NO_ROOM = "Free some space on the disk of XCORE_HOME.";
const NO_LOCKS = "Set XCORE_HOME to a folder on a disk of this machine: its file system has no locks.";
const BAD_DISK = "Check that the disk is mounted and healthy, then run the command again.";
const NO_DESCRIPTOR = "Raise the limit on open files, `ulimit -n 4096`, and run the command again.";
const NO_ENTRY = "Make it readable and writable for your user, or set XCORE_HOME to another folder.";

/** What to do, by the system's name of the failure. */
const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: NO_ROOM,
  EDQUOT: NO_ROOM,
  EIO: BAD_DISK,
  EMFILE: NO_DESCRIPTOR,
  ENFILE: NO_DESCRIPTOR,
  EACCES: NO_ENTRY,
  EROFS: NO_ENTRY,
  ENOLCK: NO_LOCKS,
  ENOSYS: NO_LOCKS,
  ENOTSUP: NO_LOCKS,
  EOPNOTSUPP: NO_LOCKS,
  ENOTDIR: "Set XCORE_HOME to a folder: a part of this path is a file.",
};

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null | undefined)?.code);
}

/** What a call returned, or why it failed. */
export type Outcome<T> = { readonly value: T } | { readonly error: XcoreError };

/**
 * Waits for a call; never rejects.
 *
 * @param doing `list the instances`; completes "Cannot …" where the error is not an XcoreError
 */
export async function outcome<T>(doing: string, call: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await call };
  } catch (error) {
    return { error: asXcoreError(error, doing) };
  }
}

/** The value; null if the call failed. */
export function valueOf<T>(result: Outcome<T>): T | null {
  return "value" in result ? result.value : null;
}
