/** The daemon under launchd. @module */

import { dirname, join } from "node:path";
import type { Home } from "../config/home.ts";
import { XcoreError } from "../errors.ts";
import type { RunResult, Runtime } from "../runtime.ts";
import { pollUntil } from "../util/poll_until.ts";
import { WITH_ENVIRONMENT } from "./environment.ts";
import {
  type DaemonSpec,
  headerOf,
  homeOfUnit,
  refuseOtherHome,
  type Service,
  type ServiceState,
  type UnitFile,
} from "./service.ts";

/** A little more than the plist's ExitTimeOut. */
const OUT_WITHIN_MS = 35_000;
const POLL_MS = 200;

/** The folder of this user's agents, or of root's daemons. */
export function launchdFolder(runtime: Runtime): string {
  return runtime.uid === 0
    ? "/Library/LaunchDaemons"
    : join(runtime.env("HOME") ?? "/", "Library", "LaunchAgents");
}

/** The property list of a daemon. */
export function launchdUnit(runtime: Runtime, clusterId: string): UnitFile {
  const unit = label({ clusterId });
  return { manager: "launchd", unit, file: join(launchdFolder(runtime), `${unit}.plist`) };
}

/** A cluster's daemon under launchd. */
export function launchdService(runtime: Runtime, home: Home, unitFile: UnitFile): Service {
  const { unit, file } = unitFile;
  const launchctl = (...args: string[]) => runtime.run(["launchctl", ...args]);
  const domain = async () => {
    if (runtime.uid === 0) return "system";
    // A user on the screen has the session's domain; over ssh only the user's exists.
    const gui = `gui/${runtime.uid}`;
    return (await launchctl("print", gui)).code === 0 ? gui : `user/${runtime.uid}`;
  };
  const target = async () => `${await domain()}/${unit}`;
  /** Waits until it is out: a service that is still stopping blocks its successor. */
  const bootout = async () => {
    await launchctl("bootout", await target());
    const times = { everyMs: POLL_MS, withinMs: OUT_WITHIN_MS };
    await pollUntil(
      runtime.clock,
      times,
      async () => (await launchctl("print", await target())).code === 0 ? null : true,
    );
  };
  const state = async () => stateIn(await launchctl("print", await target()));
  const isOwn = async () => await homeOfUnit(runtime, file) === home.dir;

  return {
    ...unitFile,
    state,
    async install(spec) {
      const wanted = plistText(spec);
      const found = await runtime.files.readTextIfExists(file);
      await refuseOtherHome(runtime, spec, unitFile);
      if (found === wanted) return false;
      await runtime.files.mkdir(dirname(file));
      await runtime.files.writeText(file, wanted);
      return true;
    },
    async start() {
      await bootout();
      await launchctl("enable", await target());
      const result = await launchctl("bootstrap", await domain(), file);
      if (result.code === 0) return;
      throw new XcoreError(
        `Cannot start the daemon: launchd says: ${(result.stderr || result.stdout).trim().split("\n")[0]}`,
        `Run \`launchctl print ${await target()}\` to see why, or set XCORE_SERVICE=none to run it as a plain process.`,
      );
    },
    async stop() {
      if (await isOwn()) await bootout();
    },
    async remove() {
      if (!await isOwn()) return;
      await bootout();
      await runtime.files.remove(file);
    },
  };
}

/** Reads the output of `launchctl print`. */
export function stateIn({ code, stdout }: RunResult): ServiceState {
  const field = (name: string) => new RegExp(`^\\s*${name} = (.*)$`, "m").exec(stdout)?.[1];
  const pid = Number(field("pid") ?? 0) || null;
  const runs = Number(field("runs") ?? 0);
  return {
    active: code === 0 && (pid !== null || field("state") === "running"),
    pid,
    restarts: code === 0 && runs > 0 ? runs - 1 : null,
    failure: null, // launchd never gives up
  };
}

/** launchd's name for the daemon. */
export function label({ clusterId }: Pick<DaemonSpec, "clusterId">): string {
  return `org.crosscore.xcore.${clusterId}`;
}

/**
 * The property list. launchd has no watchdog and no file of variables: a shell reads the
 * credentials, so that they are not in here.
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
