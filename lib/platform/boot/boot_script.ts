/**
 * The scripts that make a scheduler, a worker or a machine image of a fresh instance. Pure.
 * @module
 */

import { ConfigError } from "../../errors.ts";
import { writeMessage } from "../../protocol/read_message.ts";
import type { BootFacts, ImageBootFacts, SchedulerBootFacts, WorkerBootFacts } from "./boot_facts.ts";
import { type BootFile, bootFiles, imageFiles, settingsFile, settingsPath, template } from "./boot_files.ts";

/** Seconds between two checks of what powers an instance off: a retired worker is off at once. */
const CHECK_EVERY_S = 2;

/**
 * The user or the daemon sees a scheduler that hangs before this: it may be repaired, and results
 * are in its memory.
 */
const SILENT_SCHEDULER_S = 3600;

/** {@linkcode workerUserData} as bash runs it. */
export function workerScript(facts: WorkerBootFacts): string {
  const node = {
    ...tlsPaths(),
    scheduler_host: facts.schedulerHost,
    scheduler_port: facts.schedulerPort,
    slots: facts.slots,
    resources: facts.resources,
    spot_of: facts.spot ? facts.cloud : null,
  };
  const powerOff = { after: facts.powerOffAfterS, boot: facts.bootTimeoutS };
  const files = [...bootFiles("worker"), ...settings(facts, node, powerOff)];
  return bootScript("worker", facts, files, { NAMES: facts.names, DRIVER: facts.nvidia ? "1" : "0" });
}

/** {@linkcode schedulerUserData} as bash runs it. */
export function schedulerScript(facts: SchedulerBootFacts): string {
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
  const powerOff = { after: SILENT_SCHEDULER_S, boot: facts.terms.orphanTimeoutS };
  const files = [
    ...bootFiles("scheduler"),
    ...settings(facts, node, powerOff),
    settingsFile("preload.json", JSON.stringify(preload)),
  ];
  return bootScript("scheduler", facts, files, {});
}

/**
 * What makes of an instance what a machine image is made from: nothing is left for a scheduler or a
 * worker to install.
 *
 * @throws {ConfigError} a value cannot be written into a script
 */
export function imageScript(facts: ImageBootFacts): string {
  return bootScript("image", facts, imageFiles(), { DRIVER: facts.nvidia ? "1" : "0" });
}

/** The parts that each is made of, in this order. */
const PARTS = {
  worker: ["python/node/boot.sh", "python/node/boot_driver.sh", "python/node/boot_worker.sh"],
  scheduler: ["python/node/boot.sh", "python/node/boot_scheduler.sh"],
  image: ["python/node/boot.sh", "python/node/boot_driver.sh", "packer/provision.sh"],
} as const;

/**
 * Values first, as what no shell can take for anything else; the program after them is the same for
 * everyone.
 */
export function bootScript(
  role: keyof typeof PARTS,
  facts: Pick<BootFacts, "cloud" | "python" | "extraPackages">,
  files: readonly BootFile[],
  own: Readonly<Record<string, string | readonly string[]>>,
): string {
  const values = assignments({
    CLOUD: facts.cloud,
    PYTHON: minorVersion(facts.python.version),
    // A scheduler has all that a worker has.
    REQUIREMENTS: requirements(facts, role === "worker" ? "worker" : "scheduler"),
    UV_X86_64: [UV.x86_64.url, UV.x86_64.sha256],
    UV_AARCH64: [UV.aarch64.url, UV.aarch64.sha256],
    ...own,
    FILES: files.flatMap(({ path, mode, text }) => [path, mode, text]),
  });
  const program = withoutCommentLines(PARTS[role].map(template).join("\n"));
  return `#!/bin/bash\n${values}${program}`;
}

function settings(
  { tls }: BootFacts,
  node: Readonly<Record<string, unknown>>,
  { after, boot }: { readonly after: number; readonly boot: number },
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
        XCORE_POWER_OFF_AFTER_S: String(after),
        XCORE_POWER_OFF_BOOT_S: String(boot),
        XCORE_POWER_OFF_EVERY_S: String(CHECK_EVERY_S),
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

/** The recorded packages in exactly their versions, and the further ones as they were written. */
function requirements(
  { python, extraPackages }: Pick<BootFacts, "python" | "extraPackages">,
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

/** The lines that set variables: a text, or a list for an array. */
export function assignments(values: Readonly<Record<string, string | readonly string[]>>): string {
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

/**
 * A wheel on PyPI: its address holds the BLAKE2b digest of its content, so that it never means
 * another file.
 */
interface Wheel {
  readonly url: string;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
}

const FILES = "https://files.pythonhosted.org/packages";

/** uv 0.13.9, by machine as `uname -m` names it. */
export const UV: Readonly<Record<"x86_64" | "aarch64", Wheel>> = {
  x86_64: {
    url: `${FILES}/3d/aa/26d64642d808de4a652579ef950d7cd2d37f080a8babf9c67c6b75fc4c3f/` +
      "uv-0.13.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    sha256: "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
  },
  aarch64: {
    url: `${FILES}/57/15/94b6cd62ac3ff6550288328e8035288875197cbc183f51554b266a69877b/` +
      "uv-0.13.9-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl",
    sha256: "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
  },
};
