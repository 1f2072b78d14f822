/** The scripts that make a scheduler, a worker or a machine image of a fresh instance. @module */

import { leaseTermsOf } from "../../config/config.ts";
import { preloadSettings } from "../../dask/preload_settings.ts";
import type { ImageNode, Node, SchedulerNode, WorkerNode } from "./boot_facts.ts";
import { imageFiles, type NodeFile, plainFiles, settingsFile, settingsPath, template } from "./boot_files.ts";
import { packed } from "./pack.ts";
import { minorVersion, requirements } from "./requirements.ts";
import { assignments, withoutCommentLines } from "./shell.ts";
import { UV } from "./uv.ts";

/** Seconds between two looks of the switch: a retired worker is off at once. */
const SWITCH_EVERY_S = 2;

/** A scheduler that hangs is seen by a person or the daemon first: it may be mended, and results are in its memory. */
const SILENT_SCHEDULER_S = 3600;

/**
 * The workers' user data, the same bytes for the same facts: a launch call that is made again must not differ.
 *
 * @throws {ConfigError} a value cannot be written into a script, or it is longer than the cloud takes
 */
export function workerUserData(facts: WorkerNode): Uint8Array<ArrayBuffer> {
  return packed(workerScript(facts), facts.cloud);
}

/**
 * The scheduler's user data.
 *
 * @throws {ConfigError} a value cannot be written into a script, or it is longer than the cloud takes
 */
export function schedulerUserData(facts: SchedulerNode): Uint8Array<ArrayBuffer> {
  return packed(schedulerScript(facts), facts.cloud);
}

/** {@linkcode workerUserData} as bash runs it. */
export function workerScript(facts: WorkerNode): string {
  const node = {
    ...tlsPaths(),
    scheduler_host: facts.schedulerHost,
    scheduler_port: facts.schedulerPort,
    slots: facts.slots,
    resources: facts.resources,
    spot_of: facts.spot ? facts.cloud : null,
  };
  const switching = { after: facts.powerOffAfterS, boot: facts.bootTimeoutS };
  const files = [...plainFiles("worker"), ...settings(facts, node, switching)];
  return script("worker", facts, files, { NAMES: facts.names, DRIVER: facts.nvidia ? "1" : "0" });
}

/** {@linkcode schedulerUserData} as bash runs it. */
export function schedulerScript(facts: SchedulerNode): string {
  const node = { ...tlsPaths(), scheduler_port: facts.schedulerPort };
  const { ca_file: caFile, cert_file: certFile, key_file: keyFile } = tlsPaths();
  const preload = preloadSettings({
    clusterId: facts.clusterId,
    host: "0.0.0.0",
    port: facts.dashboardPort,
    ...{ caFile, certFile, keyFile },
    scatterTimeoutS: facts.scatterTimeoutS,
    terms: leaseTermsOf(facts),
  });
  const switching = { after: SILENT_SCHEDULER_S, boot: facts.orphanTimeoutH * 3600 };
  const files = [
    ...plainFiles("scheduler"),
    ...settings(facts, node, switching),
    settingsFile("preload.json", preload),
  ];
  return script("scheduler", facts, files, {});
}

/**
 * What makes of an instance what a machine image is made from: nothing is left for a scheduler or a worker to install.
 *
 * @throws {ConfigError} a value cannot be written into a script
 */
export function imageScript(facts: ImageNode): string {
  return script("image", facts, imageFiles(), { DRIVER: facts.nvidia ? "1" : "0" });
}

/** The parts that each is made of, in this order. */
const PARTS = {
  worker: ["python/node/boot.sh", "python/node/boot_driver.sh", "python/node/boot_worker.sh"],
  scheduler: ["python/node/boot.sh", "python/node/boot_scheduler.sh"],
  image: ["python/node/boot.sh", "python/node/boot_driver.sh", "packer/provision.sh"],
} as const;

/** Values first, as what no shell can take for anything else; the program after them is the same for everyone. */
function script(
  role: keyof typeof PARTS,
  facts: Pick<Node, "cloud" | "python" | "extraPackages">,
  files: readonly NodeFile[],
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
  { tls }: Node,
  node: Readonly<Record<string, unknown>>,
  { after, boot }: { readonly after: number; readonly boot: number },
): NodeFile[] {
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
        XCORE_SWITCH_AFTER_S: String(after),
        XCORE_SWITCH_BOOT_S: String(boot),
        XCORE_SWITCH_EVERY_S: String(SWITCH_EVERY_S),
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
