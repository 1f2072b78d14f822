/** Starting a program in a systemd unit of its own, outside of the daemon's and of a login's. @module */

import { XcoreError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { lastLine, show, systemd, type SystemdManager } from "./_systemctl.ts";

/** A program that runs on after whoever started it. */
export interface TransientProgram {
  /** The unit's name without `.service`. */
  readonly unit: string;
  /** For people who list units. */
  readonly description: string;
  readonly command: readonly string[];
  readonly cwd: string;
  /** Both its outputs are appended here; the file is made 0600. */
  readonly logPath: string;
  /** A file of variables, which may be missing. */
  readonly environmentFile: string;
  /** Further variables, not in that file. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Starts the program. One that runs under this name already is left as it is.
 *
 * @returns its process id; null when it has ended at once
 * @throws {XcoreError} systemd does not start it
 */
export async function startInUnit(
  runtime: Runtime,
  manager: SystemdManager,
  program: TransientProgram,
): Promise<number | null> {
  await runtime.files.append(program.logPath, ""); // systemd would make it readable for all
  const result = await systemd(runtime, manager, transientCommand(program));
  const properties = await show(runtime, manager, ["MainPID"], `${program.unit}.service`);
  const pid = Number(properties?.get("MainPID") ?? 0);
  if (result.code !== 0 && pid === 0) {
    throw new XcoreError(
      `Cannot start ${program.description}: systemd says: ${lastLine(result)}`,
      `Try \`${program.command[0]}\` by hand; XCORE_SERVICE=none does without systemd.`,
    );
  }
  return pid === 0 ? null : pid;
}

/** The command that does it. */
export function transientCommand(
  { unit, description, command, cwd, logPath, environmentFile, env }: TransientProgram,
): string[] {
  const properties = {
    StandardOutput: `append:${logPath}`,
    StandardError: `append:${logPath}`,
    EnvironmentFile: `-${environmentFile.replaceAll(/[\\*?[]/g, "\\$&")}`,
    // A task that runs out of memory is the task's end, not the worker's.
    OOMPolicy: "continue",
    TasksMax: "infinity",
    TimeoutStopSec: "10",
  };
  return [
    "systemd-run",
    "--quiet",
    "--collect",
    "--service-type=exec",
    `--unit=${unit}`,
    `--description=${description}`,
    `--working-directory=${cwd}`,
    ...Object.entries(properties).map(([name, value]) => `--property=${name}=${value}`),
    ...Object.entries(env).map(([name, value]) => `--setenv=${name}=${value}`),
    "--",
    ...command.map((word) => word.replaceAll("$", "$$$$")), // systemd expands variables here
  ];
}
