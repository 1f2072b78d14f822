/** What a service manager is told of a daemon. @module */

import type { Home } from "../config/home.ts";

/** One cluster's daemon, as every service manager's file describes it. Paths are absolute. */
export interface DaemonSpec {
  /** `<name>-<8 hex>`: two homes do not meet in one unit. */
  readonly clusterId: string;
  readonly home: Home;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Differs when the program is another one. */
  readonly build: string;
  /** The files that the program is known to need. */
  readonly files: readonly string[];
  /** systemd's id of this machine: a home may be on many. Null where there is none. */
  readonly machineId: string | null;
  /** The few variables that the daemon needs, no credential among them. */
  readonly env: Readonly<Record<string, string>>;
}

/** The first lines of the file: whose it is, and of which build. `start` compares them. */
export function headerOf({ home, build }: DaemonSpec): string[] {
  return [
    "Written by xcore: `xcore start` mends it, `xcore shutdown` removes it.",
    `home: ${encodeURI(home.dir).replaceAll("--", "-%2D")}`, // two hyphens would end a comment in XML
    `build: ${build}`,
  ];
}

/** The home that such a file was written for; null when it is none of ours. */
export function homeIn(text: string): string | null {
  const [, home] = /^\W*home: (.*)$/m.exec(text) ?? [];
  return home === undefined ? null : decodeURIComponent(home);
}
