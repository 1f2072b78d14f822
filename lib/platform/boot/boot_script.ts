/**
 * The scripts that make a scheduler, a worker or a machine image of a fresh instance: user data, and
 * the bundle that it has no room for. Pure.
 * @module
 */

import { createHash } from "node:crypto";
import { serverName } from "../../dask/tls_files.ts";
import { ConfigError } from "../../errors.ts";
import { LAST_TASK_S } from "../../model/mod.ts";
import { type BundleRequest, PROTOCOL } from "../../protocol/messages.ts";
import { writeMessage } from "../../protocol/read_message.ts";
import type { Architecture, WantedPackages } from "../../python/package_locks.ts";
import { UV } from "../../python/pinned_uv.ts";
import type {
  BootFacts,
  ImageBootFacts,
  SchedulerBootFacts,
  Software,
  WorkerBootFacts,
} from "./boot_facts.ts";
import { type BootFile, bootFiles, imageFiles, settingsFile, settingsPath, template } from "./boot_files.ts";

/** Seconds between two checks of what powers an instance off: a retired worker is off at once. */
const CHECK_EVERY_S = 2;

/**
 * The user or the daemon sees a scheduler that hangs before this: it may be repaired, and results
 * are in its memory.
 */
const SILENT_SCHEDULER_S = 3600;

/** Where an instance has its bundle. */
const BUNDLE_FILE = "/usr/local/lib/xcore/bundle.sh";

/** The most bytes of a bundle; `receive_bundle.py` takes no more. */
export const MOST_BUNDLE_BYTES = 4 * 2 ** 20;

/**
 * What an instance needs beside its user data, which has no room for it: the rest of its boot, as
 * bash runs it. The scheduler's instance gets its own from `xcore start`, workers get theirs from
 * the scheduler.
 */
export interface Bundle extends Required<BundleRequest> {}

/**
 * The bundle of a role: the same text for the same facts, and the same for all pools of a cluster.
 *
 * @param further files that the instance gets beside those of the role
 * @throws {ConfigError} a value cannot be written into a script, or it is too long
 */
export function bundleOf(
  role: "worker" | "scheduler",
  facts: Software,
  further: readonly BootFile[] = [],
): Bundle {
  const values = {
    ...softwareValues(role, facts),
    FILES: fileValues([...bootFiles(role, facts.cloud, "bundle"), ...further]),
  };
  const bytes = new TextEncoder().encode(bootScript(values, bundleParts(role, facts.cloud)));
  if (bytes.length > MOST_BUNDLE_BYTES) {
    throw new ConfigError(
      `Cannot start a ${role}: its software takes ${bytes.length} bytes to describe, more than ${MOST_BUNDLE_BYTES}`,
      "Shorten `packages` in the configuration, or install them in an image of your own.",
    );
  }
  return {
    sha256: createHash("sha256").update(bytes).digest("hex"),
    // As every reader of these bytes has it, whatever half characters were in a value.
    content: new TextDecoder().decode(bytes),
  };
}

/** {@linkcode workerUserData} as bash runs it. */
export function workerScript(facts: WorkerBootFacts, bundle: Bundle = bundleOf("worker", facts)): string {
  const node = {
    ...tlsPaths(),
    scheduler_host: facts.schedulerHost,
    scheduler_port: facts.schedulerPort,
    slots: facts.slots,
    resources: facts.resources,
    spot: facts.spot,
    threads: facts.threads,
    lifetime_s: facts.lifetimeS,
  };
  const powerOff = {
    after: facts.powerOffAfterS,
    boot: facts.bootTimeoutS,
    lifetime: facts.lifetimeS + LAST_TASK_S,
    peer: `${facts.schedulerHost}:${facts.schedulerPort}`,
  };
  return bootScript({
    NAMES: facts.names,
    DRIVER: facts.nvidia ? "1" : "0",
    SCHEDULER: `${facts.schedulerHost}:${facts.dashboardPort}`,
    SERVER: serverName(facts.clusterId),
    BUNDLE: bundle.sha256,
    BUNDLE_FILE,
    FILES: fileValues([...bootFiles("worker", facts.cloud, "userData"), ...settings(facts, node, powerOff)]),
  }, ["python/node/boot.sh", "python/node/boot_worker.sh"]);
}

/** {@linkcode schedulerUserData} as bash runs it. */
export function schedulerScript(
  facts: SchedulerBootFacts,
  bundle: Bundle = bundleOf("scheduler", facts),
): string {
  const node = { ...tlsPaths(), scheduler_port: facts.schedulerPort };
  const { ca_file: caFile, cert_file: certFile, key_file: keyFile } = tlsPaths();
  const preload = writeMessage("settings", {
    clusterId: facts.clusterId,
    host: "0.0.0.0",
    port: facts.dashboardPort,
    ...{ caFile, certFile, keyFile },
    scatterTimeoutS: facts.scatterTimeoutS,
    ...facts.terms,
  });
  const powerOff = { after: SILENT_SCHEDULER_S, boot: facts.terms.orphanTimeoutS, lifetime: facts.lifetimeS };
  const files = [
    ...bootFiles("scheduler", facts.cloud, "userData"),
    ...settings(facts, node, powerOff),
    settingsFile("preload.json", JSON.stringify(preload)),
  ];
  return bootScript({
    PROTOCOL: String(PROTOCOL),
    PORT: String(facts.dashboardPort),
    BUNDLE: bundle.sha256,
    BUNDLE_FILE,
    FILES: fileValues(files),
  }, ["python/node/boot.sh", "python/node/boot_scheduler.sh"]);
}

/**
 * What makes of an instance what a machine image is made from: nothing is left for a scheduler or a
 * worker to install.
 *
 * @throws {ConfigError} a value cannot be written into a script
 */
export function imageScript(facts: ImageBootFacts): string {
  return bootScript({
    // A scheduler has all that a worker has.
    ...softwareValues("scheduler", facts),
    DRIVER: facts.nvidia ? "1" : "0",
    FILES: fileValues(imageFiles()),
  }, [
    "python/node/boot.sh",
    "python/node/bundle.sh",
    "python/node/bundle_driver.sh",
    "packer/forget_machine.sh",
    "packer/provision.sh",
  ]);
}

/**
 * The variables of tasks as a further file of the workers' bundle. It comes over mutual TLS: user
 * data and Terraform's state are what many may read who can see the account's instances.
 */
export function environmentFile(env: Readonly<Record<string, string>>): BootFile[] {
  return Object.keys(env).length === 0 ? [] : [settingsFile("task_environment.json", JSON.stringify(env))];
}

/** The parts that a bundle is made of, in this order. */
function bundleParts(role: "worker" | "scheduler", cloud: string): string[] {
  const parts = role === "scheduler" ? ["bundle.sh", "bundle_scheduler.sh"] : [
    "bundle.sh",
    "bundle_driver.sh",
    `${cloud}/worker_name.sh`,
    `${cloud}/boot_again.sh`,
    "bundle_worker.sh",
  ];
  return parts.map((part) => `python/node/${part}`);
}

/**
 * Values first, as what no shell can take for anything else; the program after them is the same for
 * everyone.
 */
export function bootScript(values: Values, parts: readonly string[]): string {
  const program = withoutCommentLines(parts.map(template).join("\n"));
  return `#!/bin/bash\n${assignments(values)}${program}`;
}

function softwareValues(role: "worker" | "scheduler", facts: Software): Values {
  const { locks } = facts;
  const lockLines = (architecture: Architecture) => {
    const { packages, schedulerOnly } = locks?.[architecture] ?? { packages: [], schedulerOnly: [] };
    return role === "scheduler" ? [...packages, ...schedulerOnly] : packages;
  };
  const isUnhashed = locks === null || Object.values(locks).some(({ unhashed }) => unhashed.length > 0);
  return {
    PYTHON: minorVersion(facts.python.version),
    REQUIREMENTS: requirements(facts, role),
    LOCK_X86_64: lockLines("x86_64"),
    LOCK_AARCH64: lockLines("aarch64"),
    UNHASHED: isUnhashed ? "1" : "0",
    APT_PACKAGES: facts.aptPackages,
    SETUP_SCRIPT: facts.setupScript,
    UV_X86_64: [UV.x86_64.url, UV.x86_64.sha256],
    UV_AARCH64: [UV.aarch64.url, UV.aarch64.sha256],
  };
}

function fileValues(files: readonly BootFile[]): string[] {
  return files.flatMap(({ path, mode, text }) => [path, mode, text]);
}

/** What `power_off.py` goes by, in seconds. */
interface PowerOffTimes {
  readonly after: number;
  readonly boot: number;
  readonly lifetime: number | null;
  readonly peer?: string;
}

function settings(
  { tls }: BootFacts,
  node: Readonly<Record<string, unknown>>,
  { after, boot, lifetime, peer = "" }: PowerOffTimes,
): BootFile[] {
  return [
    settingsFile("ca.pem", tls.authority),
    settingsFile("node.pem", tls.certificate),
    settingsFile("node.key", tls.key),
    settingsFile("node.json", JSON.stringify(node)),
    settingsFile(
      "environment",
      environment({
        XCORE_NODE_STATE: "/run/xcore",
        XCORE_PRELOAD: settingsPath("preload.json"),
        XCORE_BUNDLES: "/var/lib/xcore/bundles",
        XCORE_POWER_OFF_AFTER_S: String(after),
        XCORE_POWER_OFF_BOOT_S: String(boot),
        XCORE_POWER_OFF_EVERY_S: String(CHECK_EVERY_S),
        ...(lifetime !== null && { XCORE_POWER_OFF_LIFETIME_S: String(lifetime) }),
        XCORE_POWER_OFF_PEER: peer,
      }),
    ),
  ];
}

function environment(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables).map(([name, value]) => `${name}=${value}\n`).join("");
}

function tlsPaths() {
  return {
    ca_file: settingsPath("ca.pem"),
    cert_file: settingsPath("node.pem"),
    key_file: settingsPath("node.key"),
  };
}

/** The dashboard's; some 60 MB with what it needs, for which no worker should wait. */
const SCHEDULER_ONLY = ["bokeh"];

/** What machines are to install for these packages. */
export function wantedPackages(software: Omit<Software, "locks">): WantedPackages {
  const [all, ofWorkers] = [requirements(software, "scheduler"), requirements(software, "worker")];
  return {
    python: minorVersion(software.python.version),
    requirements: all,
    schedulerOnly: all.filter((each) => !ofWorkers.includes(each)),
  };
}

/** The recorded packages in exactly their versions, and the further ones as they were written. */
function requirements(
  { python, extraPackages }: Pick<Software, "python" | "extraPackages">,
  role: "worker" | "scheduler",
): string[] {
  const pinned = Object.entries(python.packages)
    .filter(([name]) => role === "scheduler" || !SCHEDULER_ONLY.includes(name))
    .flatMap(([name, version]) => version === null ? [] : [`${name}==${version}`]);
  return [...pinned, ...extraPackages];
}

/** `3.11.7` → `3.11` */
export function minorVersion(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

/**
 * A word that bash reads as exactly this text.
 *
 * @throws {ConfigError} it holds a NUL character, which no shell can
 */
export function quoted(text: string): string {
  if (text.includes("\0")) {
    throw new ConfigError(
      `Cannot write ${
        JSON.stringify(text.slice(0, 40))
      } into a machine's start script: it holds a NUL character`,
      "Take that character out of the configuration.",
    );
  }
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Variables of a script: a text, or a list for an array. */
type Values = Readonly<Record<string, string | readonly string[]>>;

/** The lines that set variables. */
export function assignments(values: Values): string {
  return Object.entries(values).map(([name, value]) =>
    typeof value === "string"
      ? `${name}=${quoted(value)}\n`
      : `${name}=(\n${value.map((word) => `${quoted(word)}\n`).join("")})\n`
  ).join("");
}

/**
 * A script without the lines that are comments; none of ours has a text with a line that looks like
 * one.
 */
function withoutCommentLines(script: string): string {
  return script.replace(/^[ \t]*#.*\n/gm, "");
}
