/** `xcore init`: checks the prerequisites and writes the configuration. @module */

import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Config } from "../config/config.ts";
import { readConfigText, writeSchema } from "../config/load_config.ts";
import { type Edit, editConfigAll } from "../config/edit.ts";
import { parseConfig } from "../config/parse_config.ts";
import { initialConfig, type InitialValues } from "../config/initial_config.ts";
import { camelOf } from "../protocol/camel_of.ts";
import { keyPath } from "../platform/public_key.ts";
import type { CheckResult } from "../platform/check_result.ts";
import { platformOf } from "../platform/platforms.ts";
import { refreshPrices } from "../price/refresh_price_list.ts";
import { findPython, interpreterGiven } from "../python/find_python.ts";
import { makeEnvironment } from "../python/make_environment.ts";
import type { Runtime } from "../runtime.ts";
import type { PythonEnvironment } from "../python/python_environment.ts";
import { type Cluster, clusterOf, type Confirm, openCluster, type Progress, type Scope } from "./cluster.ts";
import { warnOfOldTool } from "./program_check.ts";
import { writePythonPackage } from "../python/write_python_package.ts";
import { ConfigError, UsageError, XcoreError } from "../errors.ts";
import { concerns, settingOf } from "../config/settings.ts";
import { shellWord } from "../util/shell_word.ts";

/** Packages that are reported if they are missing, and what for. */
const WELCOME_PACKAGES: Readonly<Record<string, string>> = {
  crossflow: "needed for crossflow jobs; plain Dask works without",
  bokeh: "needed for Dask's dashboard",
};

/** The arguments of init; undefined: not given. */
export interface InitOptions {
  readonly provider: Config["provider"];
  /** Interpreter or environment; without it init searches for one. */
  readonly python?: string | undefined;
  /** Cloud region; without it the one in the cloud's own settings. */
  readonly region?: string | undefined;
  /** Zone on a cloud where one has to be named; without it the one in the cloud's own settings. */
  readonly zone?: string | undefined;
  /** Project on a cloud that has them; without it the one in the credentials. */
  readonly project?: string | undefined;
  /** Addresses that may connect; without it this machine's address. */
  readonly allowedCidr?: string | undefined;
  /** File with a public SSH key; without it the one that SSH_PUBLIC_KEY names. */
  readonly publicKey?: string | undefined;
  /** Any further settings. */
  readonly settings?: readonly Edit[];
}

/** What init did. */
export interface InitResult {
  /** Null: a check failed, and nothing was written. */
  readonly configPath: string | null;
  /** True: a config existed and was not changed. */
  readonly kept: boolean;
  /** The interpreter of the scheduler and the workers. */
  readonly python: string;
  readonly checks: readonly CheckResult[];
}

/** The options that set a setting: flag and key. */
export const SETTING = {
  python: ["--python", "python"],
  region: ["--region", "region_name"],
  zone: ["--zone", "zone_name"],
  project: ["--project", "project_name"],
  allowedCidr: ["--allowed-cidr", "allowed_cidr"],
  publicKey: ["--public-key", "public_key_path"],
} as const;

/**
 * Runs all checks and, if none failed, writes the config and the Python package, and prepares the
 * base. An existing config is kept.
 *
 * @param confirm given where newer packages of other makers are wished for; see `Base.prepare`
 * @throws {UsageError} the existing config is for another provider, or an option has no effect with
 * this one
 * @throws {PrerequisiteError} no usable Python, and none could be made
 */
export async function init(
  scope: Scope,
  options: InitOptions,
  progress: Progress,
  confirm?: Confirm,
): Promise<InitResult> {
  const { runtime, home } = scope;
  refuseForeign(options, confirm !== undefined);
  await warnOfOldTool(runtime, progress);
  if (await runtime.files.exists(home.config)) {
    await refuseToChange(scope, options);
    return await checked(scope, await openCluster(scope), null, progress, confirm);
  }
  await refuseOthersFolders(scope);
  try {
    await runtime.files.mkdir(home.dir);
    return await initNew(scope, options, progress, confirm);
  } finally {
    if (!await runtime.files.exists(home.config).catch(() => true)) await removeEmpty(scope);
  }
}

async function initNew(
  scope: Scope,
  options: InitOptions,
  progress: Progress,
  confirm: Confirm | undefined,
): Promise<InitResult> {
  const environment = await environmentFor(scope, options.python, progress);
  const lock = await scope.runtime.files.lock(scope.home.initLock);
  try {
    const made = await newCluster(scope, options, environment);
    const result = await checked(scope, made, made.text, progress, confirm);
    if (result.configPath !== null) return result;
    const checks = result.checks.map((check) =>
      check.fix === null ? check : { ...check, fix: asInitOption(check.fix, options) }
    );
    return { ...result, checks };
  } finally {
    lock.release();
  }
}

/** Removes the folders of a cluster that was not set up; those in which something is stay. */
async function removeEmpty({ runtime: { files }, home }: Scope): Promise<void> {
  const folders = [home.run, home.dir, ...home.cluster === null ? [] : [dirname(home.dir)]];
  for (const folder of folders) await files.removeOne(folder).catch(() => false);
}

/**
 * A hint whose `xcore config set` has no config to change yet, as the `xcore init` that does the
 * same, with the options that were given already.
 */
export function asInitOption(hint: string, options: InitOptions): string {
  return hint.replace(/`xcore config set ([^`]+)`/g, (_, edits: string) => {
    const wanted = [...edits.matchAll(/([\w.]+) ('[^']*'|\S+)/g)].map(([, key = "", value = ""]) => {
      const option = Object.values(SETTING).find(([, itsKey]) => itsKey === key)?.[0];
      const list = value.replace(/^'?\[(.*)\]'?$/, (_, items: string) => items.replaceAll(", ", ","));
      return { key, words: option === undefined ? `--set ${key}=${value}` : `${option} ${list}` };
    });
    const kept = given(options).filter(({ key }) => !wanted.some((edit) => edit.key === key))
      .map(({ option, key, value }) =>
        `${option} ${shellWord(option === "--set" ? `${key}=${value}` : value)}`
      );
    return `\`${["xcore init", options.provider, ...kept, ...wanted.map(({ words }) => words)].join(" ")}\``;
  });
}

/** Folders of a home whose whole content xcore removes. */
const EMPTIED = ["run", "tls", "tls.part", "tls.old"];

/** @throws {UsageError} the folder is no home of xcore's yet, and what is in it would be removed */
async function refuseOthersFolders({ runtime: { files }, home }: Scope): Promise<void> {
  if (await files.exists(home.initLock)) return;
  for (const name of EMPTIED) {
    const folder = join(home.dir, name);
    if (await files.kind(folder).catch(() => null) === null) continue;
    if ((await files.list(folder).catch(() => [folder])).length === 0) continue;
    throw new UsageError(
      `Cannot set up a cluster in ${home.dir}: xcore would remove what is in ${folder}, and has not made it`,
      "Set XCORE_HOME to a folder for xcore alone.",
    );
  }
}

/** Runs the checks; if none failed, writes and prepares. */
async function checked(
  scope: Scope,
  { base, provider, config }: Cluster,
  text: string | null,
  progress: Progress,
  confirm: Confirm | undefined,
): Promise<InitResult> {
  const { home } = scope;
  const kept = text === null;
  const checks = [...await Array.fromAsync(base.check(!kept)), ...await Array.fromAsync(provider.check())];
  const python = config.python ?? "";
  if (checks.some(({ outcome }) => outcome === "failed")) {
    return { configPath: kept ? home.config : null, kept, python, checks };
  }
  if (!kept) await writeConfig(scope, text);
  await writeSchema(scope.runtime, home, config.provider);
  await writePythonPackage(scope);
  await Promise.all([
    base.prepare(progress, confirm),
    refreshPrices(scope.runtime, home, config, progress),
  ]);
  return { configPath: home.config, kept, python, checks };
}

async function refuseToChange({ runtime, home, told }: Scope, options: InitOptions): Promise<void> {
  const text = await readConfigText(runtime, home, told);
  const config = await parseConfig(text, home.config);
  if (config.provider !== options.provider) {
    throw new UsageError(
      `Cannot set up ${options.provider} here: ${home.config} is for ${config.provider}`,
      `Name a second cluster: \`xcore -c NAME init ${options.provider}\`.`,
    );
  }
  for (const { option, key, value } of given(options)) {
    const isSame = option === "--set"
      ? (await editConfigAll(text, [[key, value]], home.config)).text === text
      : isDeepStrictEqual(await settingGiven(runtime, key, value), config[camelOf(key) as keyof Config]);
    if (isSame) continue;
    throw new UsageError(
      `Cannot use ${option}: ${home.config} exists, and init does not change it`,
      `Change it with \`xcore config set ${key} ${shellWord(value)}\`.`,
    );
  }
}

/** What an option would set: the same is no change, as where an `init` failed after it wrote the config. */
async function settingGiven(
  runtime: Runtime,
  key: string,
  value: string,
): Promise<unknown> {
  if (key === "allowed_cidr") return value.split(",");
  if (key === "public_key_path") return keyPath(runtime, value);
  return key === "python" ? await interpreterGiven(runtime, value).catch(() => null) : value;
}

function refuseForeign(options: InitOptions, upgrades: boolean): void {
  const { provider } = options;
  const hasNone = upgrades && !platformOf({ provider }).initOptions.includes("upgrade");
  const foreign =
    given({ ...options, settings: [] }).find(({ key }) => !concerns(settingOf(key)!, provider))?.option ??
      (hasNone ? "--upgrade" : undefined);
  if (foreign === undefined) return;
  throw new UsageError(
    `Cannot use ${foreign} here: it has no effect with provider ${provider}`,
    `Leave it out; \`xcore init ${provider} -h\` shows the options.`,
  );
}

/** The settings that were given, each with its option. */
function given(
  options: InitOptions,
): { readonly option: string; readonly key: string; readonly value: string }[] {
  const ofTheirOwn = Object.entries(SETTING).flatMap(([name, [option, key]]) => {
    const value = options[name as keyof typeof SETTING];
    return value === undefined ? [] : [{ option, key, value }];
  });
  return [
    ...ofTheirOwn,
    ...(options.settings ?? []).map(([key, value]) => ({ option: "--set", key, value })),
  ];
}

/** The cluster that the new config describes, before it is written. */
async function newCluster(
  scope: Scope,
  options: InitOptions,
  environment: PythonEnvironment,
): Promise<Cluster & { readonly text: string }> {
  const { runtime, home } = scope;
  const { provider, settings = [] } = options;
  const clusterName = home.cluster ?? "xcore";
  const clusterId = `${clusterName}-${runtime.random.hex(4)}`;
  const configOf = async (values: InitialValues) => {
    const text = initialConfig({ provider, clusterName, clusterId, values });
    const config = await parseOptions(text);
    return settings.length === 0 ? { text, config } : await withSettings(text, options);
  };
  const known: InitialValues = { python: environment.python, ...valuesOf(runtime, options) };
  const asked = await clusterOf(scope, (await configOf(known)).config);
  const { text, config } = await configOf({ ...await asked.base.suggestConfig(), ...known });
  return { ...await clusterOf(scope, config), text };
}

/** @throws {UsageError} one of `--set` is no setting, or has a value that is not allowed */
async function withSettings(text: string, options: InitOptions): Promise<{ text: string; config: Config }> {
  try {
    return await editConfigAll(text, options.settings ?? []);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
    throw new UsageError(error.message, asInitOption(error.hint, options), error);
  }
}

/**
 * Settings from the options and the environment; those without effect on the provider are not
 * written.
 */
function valuesOf(
  runtime: Runtime,
  { region, zone, project, allowedCidr, publicKey }: InitOptions,
): InitialValues {
  const key = publicKey ?? runtime.env("SSH_PUBLIC_KEY");
  const addressUrl = runtime.env("XCORE_ADDRESS_URL");
  const priceListUrl = runtime.env("XCORE_PRICE_LIST_URL");
  return {
    ...(region !== undefined && { region_name: region }),
    ...(zone !== undefined && { zone_name: zone }),
    ...(project !== undefined && { project_name: project }),
    ...(allowedCidr !== undefined && { allowed_cidr: allowedCidr.split(",") }),
    ...(key !== undefined && { public_key_path: keyPath(runtime, key) }),
    ...(addressUrl !== undefined && { address_url: addressUrl }),
    ...(priceListUrl !== undefined && { price_list_url: priceListUrl }),
  };
}

/** @throws {UsageError} an option has a value that the config does not allow */
async function parseOptions(text: string): Promise<Config> {
  try {
    return await parseConfig(text, "config.yaml");
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const found = error.mistakes.map(({ key, message }) => `${key}: ${message}`).join("; ");
    throw new UsageError(
      `Cannot write the configuration: ${found}`,
      "See `xcore init -h` for the options.",
      error,
    );
  }
}

/** The caller holds the lock of `init`. */
async function writeConfig({ runtime: { files }, home }: Scope, text: string): Promise<void> {
  if (!await files.exists(home.config)) return await files.writeText(home.config, text);
  throw new XcoreError(
    `Cannot write ${home.config}: another \`xcore init\` has just written it`,
    "Run `xcore init` again.",
  );
}

async function environmentFor(
  { runtime, home }: Scope,
  given: string | undefined,
  progress: Progress,
): Promise<PythonEnvironment> {
  const found = await findPython(runtime, given);
  for (const { python, error } of found.tried) progress(`Skipping ${python}: ${error.reason}`);
  const intended = found.tried.find(({ hasCrosscore }) => hasCrosscore);
  // Scripts would not find the package in an environment made by xcore.
  if (found.environment === null && intended !== undefined) throw intended.error;
  const environment = found.environment ?? await makeEnvironment(runtime, home.env, progress);
  progress(`Using Python ${environment.version} at ${environment.python}`);
  for (const [name, use] of Object.entries(WELCOME_PACKAGES)) {
    if (environment.packages[name] === null) progress(`Warning: ${name} is not installed in it (${use})`);
  }
  return environment;
}
