/**
 * Which package of its provider a cluster's Terraform runs: the first `terraform init` records it in
 * `.terraform.lock.hcl`, and later ones take no other. The folder that clusters share packages in.
 * @module
 */

import { join } from "node:path";
import { EMBEDDED } from "../../_embedded.ts";
import { ConflictError, InterruptedError, PrerequisiteError } from "../../errors.ts";
import type { Environment, FileLock, Files, Runtime } from "../../runtime.ts";
import { isOlder } from "../../util/is_older.ts";
import { pollUntil } from "../../util/poll_until.ts";
import type { Progress } from "../base.ts";
import { type CheckResult, failed, passed } from "../check_result.ts";

/** Terraform's own file: https://developer.hashicorp.com/terraform/language/files/dependency-lock */
const LOCK_FILE = ".terraform.lock.hcl";

/** The same as xcore last took it. Terraform reads no file of this name. */
const ACCEPTED_FILE = "xcore.lock.hcl";

/** A provider as a lock file records it. */
export interface LockedProvider {
  /** `hashicorp/NAME`; with its registry before it where that is another than the products' own. */
  readonly name: string;
  /** `6.69.1` */
  readonly version: string;
  /** `h1:…` of an unpacked package, `zh:…` of an archive: a mirror may tell one kind only. */
  readonly hashes: readonly string[];
}

const OWN_REGISTRIES = /^registry\.(terraform\.io|opentofu\.org)\//;

/** The providers in the text of a lock file, by their names. */
export function lockedProviders(text: string): LockedProvider[] {
  const blocks = text.matchAll(/^provider\s+"([^"]+)"\s*\{([\s\S]*?)^\}/gm);
  return [...blocks].map(([, source = "", body = ""]) => ({
    name: source.replace(OWN_REGISTRIES, ""),
    version: /^\s*version\s*=\s*"([^"]*)"/m.exec(body)?.[1] ?? "",
    hashes: [...body.matchAll(/"((?:h\d+|zh):[^"]+)"/g)].map(([, hash = ""]) => hash),
  })).sort((one, other) => one.name < other.name ? -1 : 1);
}

/**
 * What a lock file says other than the one that was taken, a line each. Further hashes of a package
 * are no change: they are of the same package for other computers, or of another kind.
 */
export function lockChanges(taken: string, found: string): string[] {
  const before = new Map(lockedProviders(taken).map((one) => [one.name, one]));
  const after = new Map(lockedProviders(found).map((one) => [one.name, one]));
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    if (now === undefined) return [`no ${name} in place of ${old?.version}`];
    if (old === undefined) return [`${name} ${now.version}`];
    if (old.version !== now.version) return [`${name} ${now.version} in place of ${old.version}`];
    const isSame = old.hashes.length === 0 || old.hashes.some((hash) => now.hashes.includes(hash));
    return isSame ? [] : [`another package of ${name} ${now.version}`];
  });
}

/** What a lock file records, in words: `hashicorp/NAME 6.69.1`. */
export function lockWords(text: string): string {
  return lockedProviders(text).map(({ name, version }) => `${name} ${version}`).join(", ");
}

/** The lock file of a cluster's Terraform folder. */
export class ProviderLock {
  readonly #files: Files;
  readonly #folder: string;
  readonly #provider: string;

  /** @param provider as `provider` in config.yaml has it: for the command that takes a change */
  constructor(files: Files, folder: string, provider: string) {
    this.#files = files;
    this.#folder = folder;
    this.#provider = provider;
  }

  get path(): string {
    return join(this.#folder, LOCK_FILE);
  }

  /** What Terraform goes by now; null: nothing yet. */
  async text(): Promise<string | null> {
    return await this.#files.readTextIfExists(this.path);
  }

  /** What was last taken; null: nothing yet. */
  async taken(): Promise<string | null> {
    return await this.#files.readTextIfExists(join(this.#folder, ACCEPTED_FILE));
  }

  /**
   * Makes the folder ready for an init.
   *
   * @returns whether there is a lock file that the init must keep to
   * @throws {PrerequisiteError} it is not the one that was taken
   */
  async keep(progress: Progress): Promise<boolean> {
    const [taken, found] = [await this.taken(), await this.text()];
    if (taken === null) {
      if (found !== null) await this.take(); // of an xcore before this, or one that was killed
      return found !== null;
    }
    if (found === null) {
      progress(`Writing ${this.path} again: ${lockWords(taken)}, as recorded at the first init`);
      await this.put(taken);
      return true;
    }
    const changes = lockChanges(taken, found);
    if (changes.length > 0) throw this.#changed(changes);
    return true;
  }

  /** Takes what the lock file says now. */
  async take(): Promise<void> {
    const text = await this.text();
    if (text !== null) await this.#files.writeText(join(this.#folder, ACCEPTED_FILE), text);
  }

  /** Makes the lock file what it was; null: none. */
  async put(text: string | null): Promise<void> {
    if (text === null) await this.#files.remove(this.path);
    else await this.#files.writeText(this.path, text);
  }

  /** For doctor; none where nothing has been recorded. */
  async check(templates: string): Promise<CheckResult[]> {
    const name = "Terraform's provider";
    const text = await this.text() ?? await this.taken();
    if (text === null) return [];
    const changes = lockChanges(await this.taken() ?? text, text);
    if (changes.length > 0) {
      const { message, hint } = this.#changed(changes);
      return [failed(name, message, hint)];
    }
    const wrong = lockedProviders(text).find((one) => !isAllowed(one, templates));
    if (wrong !== undefined) {
      const found = `${wrong.name} ${wrong.version} is recorded, which this xcore's templates do not allow`;
      return [failed(name, found, upgradeHint(this.#provider))];
    }
    return [passed(name, `${lockWords(text)}, recorded in ${this.path}`)];
  }

  #changed(changes: readonly string[]): PrerequisiteError {
    return new PrerequisiteError(
      `Cannot run Terraform: ${this.path} was changed, and names ${changes.join(", ")}`,
      `Take the change with \`xcore init ${this.#provider} --upgrade\`, or undo it: remove that file.`,
    );
  }
}

/** What to type where Terraform finds another package than the one recorded. */
export function upgradeHint(provider: string): string {
  return `If you expect another one (a new xcore, mirror or computer), take it with \`xcore init ${provider} --upgrade\`: ` +
    "it names it and asks first.";
}

function isAllowed({ name, version }: LockedProvider, templates: string): boolean {
  const text = EMBEDDED[`terraform/${templates}/terraform.tf`] ?? "";
  const block = [...text.matchAll(/source\s*=\s*"([^"]+)"\s*version\s*=\s*">= ([\d.]+), < ([\d.]+)"/g)]
    .find(([, source]) => source === name);
  if (block === undefined) return true; // of a person's override
  const [, , oldest = "", tooNew = ""] = block;
  return !isOlder(version, oldest) && isOlder(version, tooNew);
}

/** A folder of packages that several clusters share: a provider has hundreds of megabytes. */
export interface PluginCache {
  readonly path: string;
  /** What Terraform has to see to use it. */
  readonly env: Environment;
}

/** Where the clusters of one home keep packages, below $XCORE_HOME. */
const OWN_CACHE = "terraform-plugins";

/**
 * The folder that a person has chosen, by variable or in Terraform's own configuration, else one in
 * $XCORE_HOME.
 *
 * @param root $XCORE_HOME
 */
export async function pluginCache(runtime: Runtime, root: string): Promise<PluginCache> {
  const given = runtime.env("TF_PLUGIN_CACHE_DIR") ?? await configuredCache(runtime);
  if (given !== null) return { path: given, env: {} };
  const path = join(root, OWN_CACHE);
  await runtime.files.mkdir(path);
  return { path, env: { TF_PLUGIN_CACHE_DIR: path } };
}

/** https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache */
async function configuredCache(runtime: Runtime): Promise<string | null> {
  const home = runtime.env("HOME") ?? "/";
  const files = runtime.env("TF_CLI_CONFIG_FILE") ?? runtime.env("TERRAFORM_CONFIG");
  for (const file of files === undefined ? [join(home, ".terraformrc"), join(home, ".tofurc")] : [files]) {
    const text = await runtime.files.readTextIfExists(file).catch(() => null);
    const [, path] = /^\s*"?plugin_cache_dir"?\s*[=:]\s*"([^"]+)"/m.exec(text ?? "") ?? [];
    if (path !== undefined) {
      return path.replaceAll(/\$\{?(\w+)\}?/g, (_, name) => runtime.env(name) ?? "").replace(
        /^~(?=\/)/,
        home,
      );
    }
  }
  return null;
}

const WAIT_MS = 15 * 60_000;

/**
 * Waits until no other xcore of this user fetches a provider. "The plugin cache directory is not
 * guaranteed to be concurrency safe": an init that writes a package over one that runs fails with
 * `text file busy`.
 *
 * @param root $XCORE_HOME, for the lock where the folder of packages cannot be written to
 * @throws {ConflictError} another one takes too long
 * @throws {InterruptedError} a person wished to stop
 */
export async function lockCache(
  { files, clock }: Runtime,
  { path }: PluginCache,
  root: string,
  wish: AbortSignal,
  progress: Progress,
): Promise<FileLock> {
  let file = join(path, ".xcore-init.lock");
  const free = await files.tryLock(file).catch(() => {
    file = join(root, `${OWN_CACHE}.lock`); // that of others, or not there
    return files.tryLock(file);
  });
  if (free !== null) return free;
  progress("Waiting for another xcore that fetches Terraform's provider …");
  const lock = await pollUntil(clock, { everyMs: 500, withinMs: WAIT_MS }, async () => {
    if (wish.aborted) {
      const found = "Cannot prepare Terraform: it was interrupted";
      throw new InterruptedError(found, "Run the same command again to go on.");
    }
    return await files.tryLock(file);
  });
  if (lock !== null) return lock;
  throw new ConflictError(
    "Cannot prepare Terraform: another xcore has been fetching its provider for 15 minutes",
    "Wait until it has ended, then run this again.",
  );
}
