/** The daemon in the hands of systemd. @module */

import { dirname, join } from "node:path";
import { XcoreError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import {
  type DaemonSpec,
  headerOf,
  refuseOtherHome,
  type Service,
  type ServiceNote,
  type ServiceState,
} from "./service.ts";
import { lastLine, show, systemd, type SystemdManager } from "./systemd.ts";

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

/**
 * Seconds without a completed tick after which the daemon is hung. Up to 60 s lie between two ticks, 30 may go into the
 * handing over of results, and each call of a cloud has a minute.
 */
const WATCHDOG_S = 300;

/** Crashes within START_LIMIT_S after which systemd gives up. */
export const START_LIMIT = 5;

/** Seconds in which START_LIMIT crashes count. */
const START_LIMIT_S = 300;

/** Exit codes that a restart does not change: wrong usage, no cluster, something to be installed (see cli/exit_code.ts). */
export const HOPELESS = [2, 3, 4] as const;

/** What an unprivileged user's systemd can do; a namespace of its own is not always to be had. */
const HARDENING = [
  "NoNewPrivileges=yes",
  "LockPersonality=yes",
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "SystemCallArchitectures=native",
  "SystemCallFilter=@system-service",
  "SystemCallErrorNumber=EPERM",
  "KeyringMode=private",
  "LimitCORE=0", // a core has the credentials in it
];

/**
 * What the machine's systemd can do besides. The capabilities left are for ending what tasks have started, even as
 * another user (KILL), for knowing a process by its environment (SYS_PTRACE), and for a home that is not root's (DAC_OVERRIDE).
 */
const SYSTEM_HARDENING = [
  "CapabilityBoundingSet=CAP_KILL CAP_SYS_PTRACE CAP_DAC_OVERRIDE",
  "DevicePolicy=closed",
  "PrivateDevices=yes",
  "ProtectClock=yes",
  "ProtectControlGroups=yes",
  "ProtectHome=read-only",
  "ProtectHostname=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "ProtectSystem=strict",
];

/** The unit's name. */
export function unitName({ clusterId }: Pick<DaemonSpec, "clusterId">): string {
  return `xcore@${clusterId}.service`;
}

/** The unit's text, for systemd of the machine or of one user. */
export function unitText(spec: DaemonSpec, manager: "system" | "user"): string {
  const { clusterId, command, home, machineId } = spec;
  const system = manager === "system";
  const lines = [
    ...headerOf(spec).map((line) => `# ${line}`),
    "[Unit]",
    `Description=Crosscore daemon of ${clusterId}`,
    ...(system ? ["Wants=network-online.target", "After=network-online.target"] : []),
    // Else it would start, too, at a login on another machine with the same home.
    ...(machineId === null ? [] : [`ConditionHost=${machineId}`]),
    `StartLimitIntervalSec=${START_LIMIT_S}`,
    `StartLimitBurst=${START_LIMIT}`,
    "",
    "[Service]",
    "Type=notify",
    "NotifyAccess=all", // it is told by systemd-notify, a process of its own
    `ExecStart=${command.map((word) => quoted(word).replaceAll("$", "$$$$")).join(" ")}`,
    ...Object.entries(spec.env).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
    `EnvironmentFile=-${globLiteral(home.daemonEnv)}`,
    "Restart=on-failure",
    "RestartSec=2",
    `RestartPreventExitStatus=${HOPELESS.join(" ")}`,
    "TimeoutStartSec=180",
    "TimeoutStopSec=30",
    `WatchdogSec=${WATCHDOG_S}`,
    "WatchdogSignal=SIGKILL",
    "KillMode=mixed",
    "UMask=0077",
    ...HARDENING,
    ...(system ? [...SYSTEM_HARDENING, ...placesOf(spec)] : []),
    "",
    "[Install]",
    `WantedBy=${system ? "multi-user.target" : "default.target"}`,
    "",
  ];
  return lines.join("\n");
}

/** The few places that may be written, and a /tmp of its own unless something that is needed lies in the machine's. */
function placesOf({ home, files }: DaemonSpec): string[] {
  const written = [...new Set([home.dir, dirname(home.controlSocket)])];
  const needsTmp = [...written, ...files].some((path) => /^\/(var\/)?tmp\//.test(`${path}/`));
  return [
    `ReadWritePaths=${written.map(quoted).join(" ")}`,
    ...(needsTmp ? [] : ["PrivateTmp=yes"]),
  ];
}

/** One word of a unit file. */
function quoted(word: string): string {
  return `"${word.replaceAll(/[\\"]/g, "\\$&").replaceAll("%", "%%")}"`;
}

/** A path where systemd looks for wildcards. */
function globLiteral(path: string): string {
  return path.replaceAll(/[\\*?[]/g, "\\$&").replaceAll("%", "%%");
}
