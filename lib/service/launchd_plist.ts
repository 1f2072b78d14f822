/** The text of a daemon's launchd property list. Pure. @module */

import { join } from "node:path";
import { type DaemonSpec, headerOf } from "./daemon_spec.ts";
import { WITH_ENVIRONMENT } from "./environment.ts";

/** launchd's name for the daemon. */
export function label({ clusterId }: Pick<DaemonSpec, "clusterId">): string {
  return `org.crosscore.xcore.${clusterId}`;
}

/**
 * The property list. launchd has no watchdog and no file of variables: a shell reads the credentials, so that they are
 * not in here.
 */
export function plistText(spec: DaemonSpec): string {
  const { home, command, env } = spec;
  const out = join(home.logs, "daemon.out");
  const keys = {
    Label: label(spec),
    ProgramArguments: ["/bin/sh", "-c", WITH_ENVIRONMENT, home.daemonEnv, ...command],
    EnvironmentVariables: env,
    WorkingDirectory: home.dir,
    RunAtLoad: true,
    KeepAlive: { SuccessfulExit: false },
    ThrottleInterval: 10,
    ExitTimeOut: 30,
    AbandonProcessGroup: true,
    ProcessType: "Standard",
    Umask: 0o077,
    StandardOutPath: out,
    StandardErrorPath: out,
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    "<!--",
    ...headerOf(spec),
    "-->",
    '<plist version="1.0">',
    element(keys, ""),
    "</plist>",
    "",
  ].join("\n");
}

type Value = string | number | boolean | readonly string[] | { readonly [key: string]: Value };

function element(value: Value, indent: string): string {
  if (typeof value === "boolean") return `${indent}<${value}/>`;
  if (typeof value === "number") return `${indent}<integer>${value}</integer>`;
  if (typeof value === "string") return `${indent}<string>${escaped(value)}</string>`;
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    return [`${indent}<array>`, ...value.map((item) => element(item, deeper)), `${indent}</array>`].join(
      "\n",
    );
  }
  const entries = Object.entries(value).map(([key, item]) =>
    `${deeper}<key>${escaped(key)}</key>\n${element(item, deeper)}`
  );
  return [`${indent}<dict>`, ...entries, `${indent}</dict>`].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
