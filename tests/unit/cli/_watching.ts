/** `xcore status --watch` in a terminal, told by a daemon of the test's. */

import type { Status } from "../../../lib/model/mod.ts";
import { programFolder } from "./_program.ts";
import { type Terminal, type TerminalOptions, withTerminal } from "./_terminal.ts";
import { withDaemon, withHome } from "./_home.ts";

/** A terminal in which a status is watched. */
export interface Watching {
  readonly terminal: Terminal;
  /** What the daemon tells from now on. */
  tell(status: Status): void;
  /** The daemon answers no longer, and no cluster was ever set up. */
  leave(): void;
}

/**
 * Watches in a terminal that showed `before` first, and shows the exit code behind `ended:`; or, where it is `typed`, in
 * a shell of the terminal, whose prompt is `READY `.
 *
 * @param first what the daemon tells
 */
export async function watching(
  first: Status,
  options: TerminalOptions & { readonly typed?: true },
  body: (watching: Watching) => Promise<void>,
): Promise<void> {
  await withHome(async (home) => {
    const bin = await programFolder(home);
    let told = first;
    let gone = false;
    const tell = () => gone ? Promise.reject(new Error("gone")) : Promise.resolve(told);
    const program = `${bin}/xcore status --watch`;
    const command = options.typed
      ? ["bash", "--norc", "--noprofile"]
      : ["sh", "-c", `trap : INT; echo before; ${program}; echo "ended: $?"; read -r _`];
    await withDaemon(home, tell, async () => {
      const env = { XCORE_HOME: home, XCORE_CLUSTER: "", TERM: "xterm", NO_COLOR: "", ...options.env };
      await withTerminal(command, { ...options, env }, async (terminal) => {
        if (options.typed) {
          await terminal.type(`PS1='READY '; ${program}`);
          await terminal.press("Enter");
        }
        await body({ terminal, tell: (status) => told = status, leave: () => gone = true });
      });
    });
  });
}

/** The same moment as a daemon of today would tell it. */
export function today(status: Status, seenMs: number): Status {
  const shift = Date.now() - seenMs;
  return JSON.parse(
    JSON.stringify(status),
    (_key, value) =>
      typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)
        ? new Date(Date.parse(value) + shift).toISOString()
        : value,
  );
}
