/** The daemon under systemd. @module */

import { dirname, join } from "node:path";
import type { Home } from "../config/home.ts";
import { XcoreError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import {
  type DaemonSpec,
  headerOf,
  homeOfUnit,
  refuseOtherHome,
  type Service,
  type ServiceState,
  type UnitFile,
} from "./service.ts";
import { lastLine, show, systemd, type SystemdManager } from "./systemd.ts";

/** The folder for units that users write; null if systemd does not name it. */
export async function systemdFolder(runtime: Runtime, manager: SystemdManager): Promise<string | null> {
  const paths = (await show(runtime, manager, ["UnitPath"]))?.get("UnitPath")?.split(" ") ?? [];
  return paths.find((path) => path.endsWith(`/systemd/${manager}`) && !path.startsWith("/run/")) ?? null;
}

/** The unit of a daemon. */
export async function systemdUnit(
  runtime: Runtime,
  manager: SystemdManager,
  clusterId: string,
): Promise<UnitFile> {
  const folder = await systemdFolder(runtime, manager);
  if (folder === null) {
    throw new XcoreError(
      "Cannot install the daemon's unit: systemd does not name a folder for units",
      "Set XCORE_SERVICE=none to run the daemon as a plain process.",
    );
  }
  const unit = unitName({ clusterId });
  return { manager, unit, file: join(folder, unit) };
}

/** A cluster's daemon under systemd. */
export function systemdService(
  runtime: Runtime,
  home: Home,
  unitFile: UnitFile,
  manager: SystemdManager,
): Service {
  const { unit, file } = unitFile;
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
  const isOwn = async () => await homeOfUnit(runtime, file) === home.dir;

  return {
    ...unitFile,
    state,
    async install(spec) {
      const wanted = unitText(spec, manager);
      const found = await runtime.files.readTextIfExists(file);
      await refuseOtherHome(runtime, spec, unitFile);
      if (found !== wanted) {
        await write(runtime, file, wanted);
        await must("load the daemon's unit", "daemon-reload");
      }
      await must("enable the daemon at boot", "enable", "--quiet", unit);
      return found !== wanted;
    },
    async start() {
      await systemctl("reset-failed", unit); // its count of crashes begins again
      const result = await systemctl("restart", unit);
      if (result.code === 0) return;
      const { failure } = await state();
      await systemctl("stop", unit); // no further attempts
      throw new XcoreError(
        `Cannot start the daemon: ${failure ?? lastLine(result)}`,
        "`xcore daemon log` says why.",
      );
    },
    async stop() {
      if (await isOwn()) await must("stop the daemon", "stop", unit);
    },
    async remove() {
      if (!await isOwn()) return;
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

/** With Restart=on-failure a unit stays failed only if systemd has given up. */
function failureOf(properties: ReadonlyMap<string, string>, restarts: number): string {
  const status = Number(properties.get("ExecMainStatus") ?? 0);
  const bySignal = ["2", "3"].includes(properties.get("ExecMainCode") ?? ""); // CLD_KILLED, CLD_DUMPED
  const last = properties.get("Result") === "watchdog"
    ? "it did not respond"
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
 * Seconds without a completed tick after which systemd restarts the daemon. Up to 60 s lie between
 * two ticks, moving results may take 30, and each call of a cloud has a minute.
 */
const WATCHDOG_S = 300;

/** Crashes within START_LIMIT_S after which systemd gives up. */
export const START_LIMIT = 5;

/** Seconds in which START_LIMIT crashes count. */
const START_LIMIT_S = 300;

/**
 * Exit codes that a restart does not change: usage, not running, prerequisite (see
 * cli/exit_code.ts).
 */
export const HOPELESS = [2, 3, 4] as const;

/** What a user's systemd can restrict; namespaces are not available everywhere. */
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
  "LimitCORE=0", // a core dump contains the credentials
];

/**
 * What the machine's systemd can restrict in addition. The remaining capabilities: KILL for
 * processes that tasks started as another user, SYS_PTRACE to read a process's environment,
 * DAC_OVERRIDE for a home that is not root's.
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
    // Without it the daemon would also start at a login on another machine with the same home.
    ...(machineId === null ? [] : [`ConditionHost=${machineId}`]),
    `StartLimitIntervalSec=${START_LIMIT_S}`,
    `StartLimitBurst=${START_LIMIT}`,
    "",
    "[Service]",
    "Type=notify",
    "NotifyAccess=all", // systemd-notify is a separate process
    `ExecStart=${command.map((word) => unitWord(word).replaceAll("$", "$$$$")).join(" ")}`,
    ...Object.entries(spec.env).map(([name, value]) => `Environment=${unitWord(`${name}=${value}`)}`),
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
    ...(system ? [...SYSTEM_HARDENING, ...writablePaths(spec)] : []),
    "",
    "[Install]",
    `WantedBy=${system ? "multi-user.target" : "default.target"}`,
    "",
  ];
  return lines.join("\n");
}

/** The folders that may be written, and a private /tmp unless a needed file is in the machine's. */
function writablePaths({ home, files }: DaemonSpec): string[] {
  // The socket's folder is made by the daemon, and may be gone after a reboot.
  const written = [...new Set([home.dir, dirname(dirname(home.controlSocket))])];
  const needsTmp = [...written, ...files].some((path) => /^\/(var\/)?tmp\//.test(`${path}/`));
  return [
    `ReadWritePaths=${written.map(unitWord).join(" ")}`,
    ...(needsTmp ? [] : ["PrivateTmp=yes"]),
  ];
}

/** One word of a unit file, whose quotes are not a shell's: a percent sign is a specifier there. */
function unitWord(word: string): string {
  return `"${word.replaceAll(/[\\"]/g, "\\$&").replaceAll("%", "%%")}"`;
}

/** A path in which systemd expands wildcards. */
function globLiteral(path: string): string {
  return path.replaceAll(/[\\*?[]/g, "\\$&").replaceAll("%", "%%");
}
