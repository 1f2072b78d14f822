/** systemd's programs. @module */

import type { RunResult, Runtime } from "../runtime.ts";
import type { Manager } from "./note.ts";

/** The managers that are systemd. */
export type SystemdManager = Exclude<Manager, "launchd">;

/** Exit code of a program that is not there, as in a shell. */
const NO_PROGRAM = 127;

/** Runs one of systemd's programs for the machine's systemd or for this user's. */
export async function systemd(
  runtime: Runtime,
  manager: SystemdManager,
  [program = "", ...args]: readonly string[],
): Promise<RunResult> {
  const whose = manager === "user" ? ["--user"] : [];
  try {
    return await runtime.run([program, ...whose, ...args], { env: environmentFor(runtime, manager) });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { code: NO_PROGRAM, stdout: "", stderr: `there is no program ${program}` };
  }
}

/** A shell made by su or sudo lacks the way to the user's own manager, which is always this. */
function environmentFor(runtime: Runtime, manager: SystemdManager): Record<string, string> {
  const plain = { LC_ALL: "C", SYSTEMD_COLORS: "0", SYSTEMD_PAGER: "" };
  return manager === "system" || runtime.env("XDG_RUNTIME_DIR") !== undefined
    ? plain
    : { ...plain, XDG_RUNTIME_DIR: `/run/user/${runtime.uid}` };
}

/** Properties of a unit or, without one, of the manager; null when it cannot be asked. */
export async function show(
  runtime: Runtime,
  manager: SystemdManager,
  properties: readonly string[],
  unit?: string,
): Promise<ReadonlyMap<string, string> | null> {
  const of = unit === undefined ? [] : ["--", unit];
  const { code, stdout } = await systemd(runtime, manager, [
    "systemctl",
    "show",
    `--property=${properties.join(",")}`,
    ...of,
  ]);
  return code === 0 ? propertiesIn(stdout) : null;
}

/** Lines of `Name=value`. */
export function propertiesIn(text: string): Map<string, string> {
  const lines = text.split("\n").filter((line) => line.includes("="));
  return new Map(lines.map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)];
  }));
}

/** The line of a failed program's output that says the most. */
export function lastLine({ stdout, stderr }: RunResult): string {
  const lines = (stderr.trim() || stdout.trim()).split("\n");
  return (lines.find((line) => /fail|refus|denied|cannot|not /i.test(line)) ?? lines[0] ?? "").trim();
}
