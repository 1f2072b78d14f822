/** What xcore asks of a service manager. @module */

import type { DaemonSpec } from "./daemon_spec.ts";
import type { ServiceNote } from "./note.ts";

/** What the manager says of the daemon. */
export interface ServiceState {
  /** True from its start to its end, while it starts and stops too. */
  readonly active: boolean;
  readonly pid: number | null;
  /** Starts after a crash, since a person last started it; null where the manager does not count. */
  readonly restarts: number | null;
  /** Why the manager no longer tries, as the end of a sentence; null while it does or nothing is wrong. */
  readonly failure: string | null;
}

/** One cluster's daemon in the hands of a service manager. Every method may be called again. */
export interface Service extends ServiceNote {
  /**
   * Writes what the manager reads, and has the daemon start with the machine.
   *
   * @returns true when it differs from what was there
   * @throws {ConflictError} the name belongs to another home
   * @throws {XcoreError} it cannot be written, or the manager refuses it
   */
  install(spec: DaemonSpec): Promise<boolean>;
  /**
   * Starts the daemon, or anew when it runs, and returns when it has looked once.
   *
   * @throws {XcoreError} it ends at once
   */
  start(): Promise<void>;
  /** Stops the daemon until it is started again; not running is success. */
  stop(): Promise<void>;
  /** Stops the daemon and takes away all that was installed; nothing there is success. */
  remove(): Promise<void>;
  state(): Promise<ServiceState>;
}
