/** The daemon in the hands of systemd. @module */

import { dirname, join } from "node:path";
import { XcoreError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { refuseOtherHome } from "./_other_home.ts";
import { lastLine, show, systemd, type SystemdManager } from "./_systemctl.ts";
import type { ServiceNote } from "./note.ts";
import type { Service, ServiceState } from "./service.ts";
import { HOPELESS, START_LIMIT, unitName, unitText } from "./systemd_unit.ts";

/** Where this manager's units of ours belong: the folder a person would use, as the manager itself names it. */
export async function systemdNote(
  runtime: Runtime,
  manager: SystemdManager,
  clusterId: string,
): Promise<ServiceNote> {
  const paths = (await show(runtime, manager, ["UnitPath"]))?.get("UnitPath")?.split(" ") ?? [];
  const folder = paths.find((path) => path.endsWith(`/systemd/${manager}`) && !path.startsWith("/run/"));
  if (folder === undefined) {
    throw new XcoreError(
      "Cannot install the daemon's unit: systemd does not say where its units are",
      "Set XCORE_SERVICE=none to run the daemon as a plain process.",
    );
  }
  const unit = unitName({ clusterId });
  return { manager, unit, file: join(folder, unit) };
}

/** A cluster's daemon under systemd. */
export function systemdService(runtime: Runtime, note: ServiceNote, manager: SystemdManager): Service {
  const { unit, file } = note;
  const systemctl = (...args: string[]) => systemd(runtime, manager, ["systemctl", ...args]);
  const must = async (doing: string, ...args: string[]) => {
    const result = await systemctl(...args);
    if (result.code === 0) return;
    throw new XcoreError(
      `Cannot ${doing}: systemd says: ${lastLine(result)}`,
      `Try \`systemctl${manager === "user" ? " --user" : ""} status ${unit}\`.`,
    );
  };
  const state = async () => stateIn(await show(runtime, manager, STATE, unit));

  return {
    ...note,
    state,
    async install(spec) {
      const wanted = unitText(spec, manager);
      const found = await runtime.files.readTextIfExists(file);
      await refuseOtherHome(runtime, spec, found, unit);
      if (found !== wanted) {
        await write(runtime, file, wanted);
        await must("load the daemon's unit", "daemon-reload");
      }
      await must("have the daemon start with the machine", "enable", "--quiet", unit);
      return found !== wanted;
    },
    async start() {
      await systemctl("reset-failed", unit); // a person's start counts anew
      const result = await systemctl("restart", unit);
      if (result.code === 0) return;
      const { failure } = await state();
      await systemctl("stop", unit); // nobody waits for its further tries
      throw new XcoreError(
        `Cannot start the daemon: ${failure ?? lastLine(result)}`,
        "`xcore daemon log` says why.",
      );
    },
    async stop() {
      await must("stop the daemon", "stop", unit);
    },
    async remove() {
      if (!await runtime.files.exists(file)) return;
      await systemctl("disable", "--now", "--quiet", unit);
      if ((await state()).active) await must("stop the daemon", "stop", unit);
      await runtime.files.remove(file);
      await systemctl("daemon-reload");
      await systemctl("reset-failed", unit); // else a failed unit without a file is still listed
    },
  };
}

const STATE = ["ActiveState", "Result", "MainPID", "NRestarts", "ExecMainCode", "ExecMainStatus"];

/** Reads what `systemctl show` said of a unit. */
export function stateIn(properties: ReadonlyMap<string, string> | null): ServiceState {
  const number = (name: string) => Number(properties?.get(name) ?? 0);
  const restarts = number("NRestarts");
  return {
    active: ["active", "activating", "deactivating", "reloading"].includes(
      properties?.get("ActiveState") ?? "",
    ),
    pid: number("MainPID") || null,
    restarts,
    failure: properties?.get("ActiveState") === "failed" ? failureOf(properties, restarts) : null,
  };
}

/** With Restart=on-failure a unit stays failed only when systemd has given up. */
function failureOf(properties: ReadonlyMap<string, string>, restarts: number): string {
  const status = Number(properties.get("ExecMainStatus") ?? 0);
  const bySignal = ["2", "3"].includes(properties.get("ExecMainCode") ?? ""); // CLD_KILLED, CLD_DUMPED
  const last = properties.get("Result") === "watchdog"
    ? "it hung"
    : bySignal
    ? `it was killed by signal ${status}`
    : `it ended with exit code ${status}`;
  if (!bySignal && (HOPELESS as readonly number[]).includes(status)) return last;
  return restarts >= START_LIMIT - 1
    ? `it ended ${START_LIMIT} times within minutes and systemd gave up; the last time ${last}`
    : last;
}

async function write(runtime: Runtime, file: string, text: string): Promise<void> {
  try {
    await runtime.files.mkdir(dirname(file));
    await runtime.files.writeText(file, text);
  } catch (error) {
    throw new XcoreError(
      `Cannot install the daemon's unit: ${error instanceof Error ? error.message : error}`,
      `Make ${dirname(file)} writable, or set XCORE_SERVICE=none to run the daemon as a plain process.`,
      error,
    );
  }
}
