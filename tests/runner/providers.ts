/**
 * A mirror of Terraform's providers, which tests and demos need: those of the emulated clouds
 * cannot reach a registry. It is the one that the user has configured, or one that is made once in
 * the tests' cache, where the registry answers.
 * @module
 */

import { type Lack, programs } from "../support/needs.ts";
import { cacheFolder, keyOf } from "../../tools/cache.ts";
import { exists } from "../../tools/files.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const REGISTRY = "registry.terraform.io";
const ANSWER_MS = 5000;
const DOWNLOAD_MS = 600_000;

/** Templates below terraform/, and the provider that each needs. */
const CLOUDS = { aws: "aws", gcp: "google" };

/** Tells a test what the runner has found out. */
const LACK = "XCORE_TEST_NO_PROVIDERS";

/** What a test's programs have to see, and what is missing for them. */
export interface Providers {
  readonly env: Readonly<Record<string, string>>;
  readonly lack: Lack;
}

/** What can be replaced: where the registry is, and how long to wait for it. */
export interface MirrorOptions {
  readonly registry?: string;
  readonly answerMs?: number;
  readonly downloadMs?: number;
}

let found: Promise<Providers> | null = null;

/**
 * The mirror, made if need be; looked for once in a run. Never throws: what goes wrong is what is
 * missing.
 */
export function providers(): Promise<Providers> {
  return found ??= findProviders();
}

/** What a test that runs Terraform with a provider lacks. */
export function lackOfProviders(): Lack {
  return programs("terraform") ?? Deno.env.get(LACK) ??
    (configuredMirror() === null
      ? "no mirror of Terraform's providers is configured: `deno task test quick` makes and uses one"
      : null);
}

/** See {@linkcode providers}. */
export async function findProviders(options: MirrorOptions = {}): Promise<Providers> {
  const missing = programs("terraform");
  if (missing !== null) return { env: {}, lack: missing };
  const configured = configuredMirror();
  // Named, since a test's programs have another HOME.
  if (configured !== null) return { env: { TF_CLI_CONFIG_FILE: configured }, lack: null };
  try {
    return { env: { TF_CLI_CONFIG_FILE: await ownMirror(options) }, lack: null };
  } catch (error) {
    const lack =
      `${error instanceof Error ? error.message : error}: make a mirror where ${REGISTRY} answers ` +
      "(`terraform providers mirror FOLDER` in terraform/aws and in terraform/gcp) " +
      "and name FOLDER as filesystem_mirror in ~/.terraformrc";
    return { env: { [LACK]: lack }, lack };
  }
}

/**
 * The path of the user's Terraform configuration, if it names a mirror that holds all that is
 * needed.
 */
function configuredMirror(): string | null {
  const config = Deno.env.get("TF_CLI_CONFIG_FILE") || `${Deno.env.get("HOME")}/.terraformrc`;
  const [, block = ""] = /filesystem_mirror\W*\{([^}]*)/.exec(read(config)) ?? [];
  const [, folder = ""] = /\bpath\b"?\s*[=:]\s*"([^"]+)"/.exec(block) ?? [];
  const all = Object.values(CLOUDS).every((name) => isFolder(`${folder}/${REGISTRY}/hashicorp/${name}`));
  return all ? config : null;
}

/**
 * The path of a Terraform configuration that names a mirror in the cache, which is made if it is
 * not there.
 */
async function ownMirror(options: MirrorOptions): Promise<string> {
  const templates = Object.keys(CLOUDS).map((name) => `${ROOT}terraform/${name}`);
  const texts = templates.map((folder) => Deno.readTextFile(`${folder}/terraform.tf`));
  const os = Deno.build.os;
  const platform = `${os}_${Deno.build.arch === "aarch64" ? "arm64" : "amd64"}`;
  const key = await keyOf("terraform-providers", [platform, ...await Promise.all(texts)]);
  const folder = `${cacheFolder("xcore-tests")}/${key}`;
  const config = `${folder}/mirror.tfrc`;
  if (await exists(config)) return config;

  await Deno.mkdir(folder, { recursive: true });
  using lock = await Deno.open(`${folder}.lock`, { write: true, create: true });
  if (!await lock.tryLock(true)) {
    console.error("Waiting for another run to fetch Terraform's providers …");
    await lock.lock(true);
  }
  if (await exists(config)) return config;
  await assertAnswers(options);
  const startedMs = performance.now();
  console.error("Fetching Terraform's providers for the tests, some 300 MB …");
  for (const template of templates) await mirror(template, folder, platform, options);
  const text = `disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = ${
    JSON.stringify(folder)
  }\n  }\n}\n`;
  // Whole or not at all: it says that the mirror is.
  await Deno.writeTextFile(`${config}.new`, text);
  await Deno.rename(`${config}.new`, config);
  console.error(`Fetched them in ${((performance.now() - startedMs) / 1000).toFixed(0)} s: ${folder}`);
  return config;
}

async function assertAnswers({ registry = `https://${REGISTRY}`, answerMs = ANSWER_MS }: MirrorOptions) {
  try {
    const response = await fetch(`${registry}/.well-known/terraform.json`, {
      signal: AbortSignal.timeout(answerMs),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`status ${response.status}`);
  } catch {
    throw new Error(`there is no mirror of Terraform's providers and ${REGISTRY} does not answer`);
  }
}

async function mirror(
  template: string,
  folder: string,
  platform: string,
  { downloadMs = DOWNLOAD_MS }: MirrorOptions,
): Promise<void> {
  const limit = AbortSignal.timeout(downloadMs);
  // Only what is spawned heeds the signal.
  const { success, stderr } = await new Deno.Command("terraform", {
    args: [`-chdir=${template}`, "providers", "mirror", `-platform=${platform}`, folder],
    env: { CHECKPOINT_DISABLE: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: limit,
  }).spawn().output();
  if (success) return;
  // deno-lint-ignore no-control-regex
  const said = new TextDecoder().decode(stderr).replace(/\x1b\[[\d;]*m/g, "");
  const why = limit.aborted
    ? `not within ${downloadMs / 1000} s`
    : /Error: (.*)/.exec(said)?.[1] ?? said.trim();
  throw new Error(`Terraform cannot fetch its providers (${why})`);
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
