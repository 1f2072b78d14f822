/** `xcore init`: from nothing to a config that can be started. @module */

import { UsageError, XcoreError } from "../errors.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { initialConfig } from "../config/write.ts";
import { freePortPair } from "../infra/ports.ts";
import type { CheckResult } from "../provider/provider.ts";
import { findPython } from "../python/find.ts";
import { makeEnvironment } from "../python/make.ts";
import type { PythonEnvironment } from "../python/environment.ts";
import { openCluster, type Place, type Progress } from "./cluster.ts";
import { writePythonPackage } from "./python_package.ts";

/** Packages a scientist misses when they are not there, and what for. */
const WELCOME_PACKAGES: Readonly<Record<string, string>> = {
  crossflow: "needed for crossflow jobs; plain Dask works without",
  bokeh: "needed for Dask's dashboard",
};

/** What init is asked for. */
export interface InitOptions {
  readonly provider: Config["provider"];
  /** Interpreter or environment given by the person; undefined: look for one. */
  readonly python: string | undefined;
}

/** What init did. */
export interface InitResult {
  readonly configPath: string;
  /** True when there was a config already, which is as it was. */
  readonly kept: boolean;
  /** The interpreter whose environment scheduler and workers use. */
  readonly python: string;
  readonly checks: readonly CheckResult[];
}

/**
 * Looks for what is needed, writes the config and the Python package. A config that is there is kept.
 *
 * @throws {UsageError} the config there is for another provider
 * @throws {PrerequisiteError} no usable Python, and none could be made
 */
export async function init(place: Place, options: InitOptions, progress: Progress): Promise<InitResult> {
  const { runtime, home } = place;
  const kept = await runtime.files.exists(home.config);
  if (kept) await refuseOtherProvider(place, options);
  else await writeConfig(place, options, progress);
  await writePythonPackage(place);
  const { provider, config } = await openCluster(place);
  const checks = await Array.fromAsync(provider.check());
  return { configPath: home.config, kept, python: config.python ?? "", checks };
}

async function refuseOtherProvider(
  { runtime, home, told }: Place,
  { provider, python }: InitOptions,
): Promise<void> {
  const config = await loadConfig(runtime, home, told);
  if (config.provider !== provider) {
    throw new UsageError(
      `Cannot set up ${provider} here: ${home.config} is for ${config.provider}`,
      `Give this cluster a name of its own: \`xcore -c NAME init ${provider}\`.`,
    );
  }
  if (python !== undefined) {
    throw new UsageError(
      `Cannot use --python here: ${home.config} exists and is kept`,
      `Change it with \`xcore config set python ${python}\`.`,
    );
  }
}

async function writeConfig(
  place: Place,
  { provider, python }: InitOptions,
  progress: Progress,
): Promise<void> {
  const { runtime, home } = place;
  await runtime.files.mkdir(home.dir);
  const environment = await environmentFor(place, python, progress);
  const { schedulerPort, dashboardPort } = freePortPair();
  const clusterName = home.cluster ?? "xcore";
  const text = initialConfig({
    provider,
    clusterName,
    clusterId: `${clusterName}-${runtime.random.hex(4)}`,
    values: { python: environment.python, scheduler_port: schedulerPort, dashboard_port: dashboardPort },
  });
  if (!await runtime.files.create(home.config, text)) {
    throw new XcoreError(
      `Cannot write ${home.config}: another xcore has just done so`,
      "Run `xcore init` again.",
    );
  }
}

async function environmentFor(
  { runtime, home }: Place,
  given: string | undefined,
  progress: Progress,
): Promise<PythonEnvironment> {
  const found = await findPython(runtime, given);
  for (const { python, error } of found.tried) progress(`Not usable: ${python} (${error.message})`);
  const environment = found.environment ?? await makeEnvironment(runtime, home.env, progress);
  progress(`Using Python ${environment.version} at ${environment.python}`);
  for (const [name, use] of Object.entries(WELCOME_PACKAGES)) {
    if (environment.packages[name] === null) progress(`Warning: ${name} is not installed there (${use})`);
  }
  return environment;
}
