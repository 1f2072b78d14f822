/** What the instances of a cluster boot with, from what this home and its Python have. @module */

import { gzipSync } from "node:zlib";
import { type Config, leaseTermsOf } from "../../config/config.ts";
import { bootTimeoutOf, longestBootS, poolsOf } from "../../config/pools_of.ts";
import { schedulerClient } from "../../dask/scheduler_client.ts";
import { type Role, tlsFiles } from "../../dask/tls_files.ts";
import { asXcoreError, ConfigError, PrerequisiteError } from "../../errors.ts";
import type { Attempt } from "../../model/mod.ts";
import { type Architecture, packageLocks } from "../../python/package_locks.ts";
import { notInstallable, probePython } from "../../python/python_environment.ts";
import type { Runtime } from "../../runtime.ts";
import type { Progress } from "../base.ts";
import type { PlatformOptions, UserDataFormat } from "../platform.ts";
import {
  type BootFacts,
  POWER_OFF_AFTER_S,
  type SchedulerBootFacts,
  type Software,
  type WorkerBootFacts,
} from "./boot_facts.ts";
import {
  type Bundle,
  bundleOf,
  environmentFile,
  schedulerScript,
  wantedPackages,
  workerScript,
} from "./boot_script.ts";
import { keepBundle } from "./hand_over.ts";

/**
 * A script as user data.
 *
 * @throws {ConfigError} it is longer than the cloud takes
 */
export function packUserData(
  script: string,
  { cloud, maxBytes, gzip }: UserDataFormat,
): Uint8Array<ArrayBuffer> {
  const plain = new TextEncoder().encode(script);
  const bytes = gzip ? Uint8Array.from(gzipSync(plain, { level: 9 })) : plain;
  if (bytes.length <= maxBytes) return bytes;
  throw new ConfigError(
    `Cannot start a machine: its start script has ${bytes.length} bytes, and ${cloud} takes ${maxBytes}`,
    "Lower `max_workers`, or offer fewer `resources`, in the configuration.",
  );
}

/**
 * The workers' user data, the same bytes for the same facts: a launch call that is made again must
 * not differ.
 *
 * @throws {ConfigError} a value cannot be written into a script, or it is longer than the cloud
 * takes
 */
export function workerUserData(
  facts: WorkerBootFacts,
  format: UserDataFormat,
  bundle?: Bundle,
): Uint8Array<ArrayBuffer> {
  return packUserData(workerScript(facts, bundle), format);
}

/**
 * The scheduler's user data.
 *
 * @throws {ConfigError} a value cannot be written into a script, or it is longer than the cloud
 * takes
 */
export function schedulerUserData(
  facts: SchedulerBootFacts,
  format: UserDataFormat,
  bundle?: Bundle,
): Uint8Array<ArrayBuffer> {
  return packUserData(schedulerScript(facts, bundle), format);
}

/**
 * The facts for a machine with this role. The config's Python is run to see what it has.
 *
 * @throws {PrerequisiteError} the config names no Python, or one that cannot be used
 */
async function bootFacts(
  options: PlatformOptions,
  format: UserDataFormat,
  role: Exclude<Role, "client">,
  progress: Progress,
): Promise<BootFacts> {
  const { runtime, home, config } = options;
  const software = await softwareFacts(options, format, role, progress);
  const { caFile, ...files } = tlsFiles(home.tls);
  const read = (file: string) => runtime.files.readText(file);
  return {
    ...software,
    clusterId: config.clusterId,
    tls: {
      authority: await read(caFile),
      certificate: await read(files[role].certFile),
      key: await read(files[role].keyFile),
    },
  };
}

/**
 * Those of them that are the same for every machine. Which packages are installed is found out where the
 * home does not say it.
 *
 * @param what it is to be, `scheduler`
 * @throws {PrerequisiteError} the config names no Python, one that cannot be used, or one whose
 * packages no index has
 * @throws {UnreachableIndexError} the package index does not answer
 */
export async function softwareFacts(
  { runtime, home, config }: PlatformOptions,
  { cloud, armTypes }: UserDataFormat,
  what: string,
  progress: Progress,
): Promise<Software> {
  if (config.python === null) {
    throw new PrerequisiteError(
      `Cannot start a ${what}: the config names no Python whose versions it should have`,
      "Name one with `xcore config set python PATH`.",
    );
  }
  const python = await probePython(runtime, config.python);
  const complaint = notInstallable(python);
  if (complaint !== null) throw complaint;
  const software = {
    cloud,
    python,
    extraPackages: config.packages,
    aptPackages: config.aptPackages,
    setupScript: config.setupScript === null ? "" : await readSetupScript(runtime, config.setupScript),
  };
  const locks = await packageLocks({
    runtime,
    home,
    python: python.python,
    wanted: wantedPackages(software),
    architectures: architecturesOf(config, armTypes),
    allowUnhashed: config.allowUnhashedPackages,
  }, progress);
  return { ...software, locks };
}

/** Those of the machine types that the config names. */
function architecturesOf(config: Config, armTypes: RegExp): Architecture[] {
  const types = [
    ...config.schedulerType === null ? [] : [config.schedulerType],
    ...poolsOf(config).flatMap(({ type, fallbackTypes }) => [type, ...fallbackTypes]),
  ];
  return [...new Set(types.map((type) => armTypes.test(type) ? "aarch64" : "x86_64"))].sort();
}

async function readSetupScript(runtime: Runtime, path: string): Promise<string> {
  const text = await runtime.files.readTextIfExists(path).catch((error) => {
    throw asXcoreError(error, `read the setup_script ${path}`);
  });
  if (text !== null) return text;
  throw new PrerequisiteError(
    `Cannot prepare machines: there is no ${path}, which the setting setup_script names`,
    "Name another with `xcore config set setup_script PATH`, or none with `xcore config set setup_script null`.",
  );
}

/** Where the scheduler is: what every cloud's base knows. */
export interface SchedulerAddress {
  /** Where workers reach it. */
  readonly schedulerPrivateIp: string;
  /** Where this machine reaches it; null: by the private address. */
  readonly schedulerPublicIp: string | null;
}

/**
 * What an attempt's instances boot with, as the cloud takes it; the same attempt, the same bytes.
 */
export type UserData = (attempt: Attempt, scheduler: SchedulerAddress) => Promise<Uint8Array>;

/**
 * The user data of a cluster's workers on a cloud. It rejects where the scheduler cannot be brought
 * what they fetch from it: none is launched for nothing. Certificates and Python are read once.
 */
export function workerUserDataOf(
  options: PlatformOptions,
  format: UserDataFormat,
): UserData {
  const { runtime, home, config } = options;
  let facts: Promise<BootFacts> | null = null;
  async function keepAt(address: SchedulerAddress, bundle: Bundle): Promise<void> {
    const scheduler = schedulerClient({
      host: address.schedulerPublicIp ?? address.schedulerPrivateIp,
      port: config.dashboardPort,
      tls: tlsFiles(home.tls),
      clusterId: config.clusterId,
      runtime,
    });
    try {
      await scheduler.keep(bundle);
    } finally {
      scheduler.close();
    }
  }
  return async ({ names, slots, resources, market, acceleratorCount }, address) => {
    facts ??= bootFacts(options, format, "worker", () => {}).catch((error) => {
      facts = null;
      throw error;
    });
    const known = await facts;
    const bundle = bundleOf("worker", known, environmentFile(config.env));
    await keepAt(address, bundle);
    return workerUserData(
      {
        ...known,
        names,
        slots,
        resources,
        schedulerHost: address.schedulerPrivateIp,
        schedulerPort: config.schedulerPort,
        dashboardPort: config.dashboardPort,
        spot: market === "spot",
        nvidia: acceleratorCount > 0,
        bootTimeoutS: bootTimeoutOf(config, acceleratorCount > 0),
        threads: config.threadsPerTask,
        powerOffAfterS: POWER_OFF_AFTER_S,
        lifetimeS: config.maxWorkerLifetimeH * 3600,
      },
      format,
      bundle,
    );
  };
}

/**
 * The scheduler's user data, the same for the same config, certificates and Python. Its bundle is
 * kept in the home until it can be handed over.
 *
 * @throws {PrerequisiteError} the config names no Python, or one that cannot be used
 * @throws {ConfigError} it is longer than the cloud takes
 */
export async function schedulerUserDataOf(
  options: PlatformOptions,
  format: UserDataFormat,
  progress: Progress,
): Promise<Uint8Array> {
  const { runtime, home, config } = options;
  const facts = {
    ...await bootFacts(options, format, "scheduler", progress),
    schedulerPort: config.schedulerPort,
    dashboardPort: config.dashboardPort,
    scatterTimeoutS: longestBootS(config),
    terms: leaseTermsOf(config),
    lifetimeS: config.maxClusterLifetimeH === null ? null : config.maxClusterLifetimeH * 3600,
  };
  const bundle = bundleOf("scheduler", facts);
  await keepBundle(runtime.files, home, bundle);
  return schedulerUserData(facts, format, bundle);
}
