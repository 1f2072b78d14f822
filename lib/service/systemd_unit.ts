/** The text of a daemon's systemd unit. Pure. @module */

import { dirname } from "node:path";
import { type DaemonSpec, headerOf } from "./daemon_spec.ts";

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
