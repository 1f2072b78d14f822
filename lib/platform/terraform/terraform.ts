/**
 * Terraform, or OpenTofu where there is no Terraform: finding it, and running it in a cluster's
 * folder.
 * @module
 */

import { join } from "node:path";
import { InterruptedError, PrerequisiteError, XcoreError } from "../../errors.ts";
import type { Clock, Environment, Runtime } from "../../runtime.ts";
import type { Progress } from "../base.ts";
import { type Interruption, longRun } from "../interruption.ts";
import { lockCache, lockChanges, lockWords, pluginCache, ProviderLock } from "./provider_lock.ts";
import { PLAN_FILE } from "./state_file.ts";
import { isOlder } from "../../util/is_older.ts";
import { withoutVariables } from "../../util/without_variables.ts";
import {
  type Classify,
  parseEvent,
  Tally,
  type TerraformEvent,
  terraformFailure,
} from "./terraform_event.ts";

/** What a Terraform is run with. */
export interface TerraformOptions {
  readonly runtime: Runtime;
  readonly program: TerraformProgram;
  /** The folder with the templates and the state. */
  readonly folder: string;
  /** The file that all it says is appended to. */
  readonly logPath: string;
  /** Variables of its environment: credentials. */
  readonly env: Readonly<Record<string, string>>;
  readonly interruption: Interruption;
  /** $XCORE_HOME: its clusters share the packages of Terraform's providers. */
  readonly root: string;
  /** As `provider` in config.yaml has it. */
  readonly provider: string;
  /** See {@linkcode import("./terraform_spec.ts").TerraformSpec.forgetsWhenStopped}. */
  readonly forgetsWhenStopped: boolean;
  readonly classify: Classify;
  /** How long a plan may say nothing; a minute when not given. */
  readonly planSilentMs?: number;
}

/** A resource to be made, changed or removed. */
export type Planned = Extract<TerraformEvent, { is: "planned" }>;

/** A resource that Terraform knows. */
export interface StateResource {
  /** `TYPE.NAME`, as in the templates. */
  readonly address: string;
  readonly type: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** What to plan. */
export interface PlanOptions {
  /** Addresses to make anew though nothing of them has changed. */
  readonly replace?: readonly string[];
  /** Addresses to leave all others alone for. */
  readonly target?: readonly string[];
}

/**
 * A Terraform of this cluster that was left alone by a killed xcore may have to come to its end
 * first.
 */
const LOCK_TIMEOUT = "-lock-timeout=120s";

/**
 * A provider repeats calls without an answer for many minutes, and says nothing of it. A plan tells
 * each resource that it reads.
 */
const PLAN_SILENT_MS = 60_000;

/**
 * A person's variables for Terraform runs of their own. With a workspace, say, the state would lie
 * where xcore does not see it, and a shutdown would find nothing to remove.
 * https://developer.hashicorp.com/terraform/cli/config/environment-variables
 */
const FOR_OTHER_RUNS = /^TF_(WORKSPACE$|DATA_DIR$|VAR_|CLI_ARGS)/;

function ownEnvironment(runtime: Runtime): Environment {
  return {
    ...withoutVariables(runtime, FOR_OTHER_RUNS),
    TF_IN_AUTOMATION: "1", // no advice on which command to type next, for it is not typed
    CHECKPOINT_DISABLE: "1",
  };
}

/**
 * For an init without a lock file: it takes what the shared folder has. Else it would fetch it again
 * and write over it, while another cluster may run it. It was checked when it was fetched, and its
 * hash is recorded.
 */
const FROM_CACHE: Environment = { TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: "1" };

/** How one command is run. */
interface RunLimits {
  /** True: a person's wish to stop is not passed on. */
  readonly toItsEnd?: boolean;
  /** How long it may say nothing. */
  readonly silentMs?: number;
  /** Further variables of its environment. */
  readonly env?: Environment;
}

/** A cluster's Terraform. Nothing is run before a method is called. */
export class Terraform {
  readonly #options: TerraformOptions;
  readonly #lock: ProviderLock;

  constructor(options: TerraformOptions) {
    this.#options = options;
    this.#lock = new ProviderLock(options.runtime.files, options.folder, options.provider);
  }

  /**
   * Fetches the providers that the templates need, where they are not there yet. The first time it
   * records which packages they are, and takes no others later.
   *
   * @throws {PrerequisiteError} there are others only, or the record was changed
   */
  async init(progress: Progress): Promise<void> {
    progress(`Preparing ${this.#options.program.product} …`);
    await this.#alone(progress, async (env) => {
      const isKept = await this.#lock.keep(progress);
      if (!isKept) await this.#init(progress, { ...env, ...FROM_CACHE });
      else if (!await this.#init(progress, env, ["-lockfile=readonly"])) {
        // It has checked the package by its archive's hash. Plans go by the hash of its files, which
        // this records: it takes no other package.
        await this.#init(progress, env);
      } else return;
      await this.#lock.keep(progress);
      await this.#lock.take();
      if (isKept) return;
      const text = await this.#lock.text() ?? "";
      if (lockWords(text) !== "") progress(`Recorded ${lockWords(text)} in ${this.#lock.path}`);
    });
  }

  /**
   * Takes the newest packages in place of those recorded, if that is wished; changes nothing else.
   *
   * @param confirm is asked before anything is recorded
   */
  async upgrade(progress: Progress, confirm: (question: string) => Promise<boolean>): Promise<void> {
    progress(`Preparing ${this.#options.program.product} …`);
    if (await this.#lock.taken() === null) await this.#lock.take();
    const before = await this.#lock.taken();
    let isTaken = false;
    try {
      await this.#lock.put(null);
      await this.#alone(progress, (env) => this.#init(progress, { ...env, ...FROM_CACHE }));
      const found = await this.#lock.text() ?? "";
      const changes = before === null ? [] : lockChanges(before, found);
      if (changes.length > 0 && !await confirm(`Take ${changes.join(", ")}?`)) {
        progress(`Kept ${lockWords(before ?? "")}`);
        return;
      }
      await this.#lock.take();
      isTaken = true;
      progress(`${changes.length > 0 ? "Recorded" : "There is none newer than"} ${lockWords(found)}`);
    } finally {
      if (!isTaken) await this.#lock.put(before);
    }
  }

  /** Runs `work` while no other xcore fetches packages into the same folder. */
  async #alone(progress: Progress, work: (env: Environment) => Promise<unknown>): Promise<void> {
    const { runtime, root, interruption } = this.#options;
    const cache = await pluginCache(runtime, root);
    const lock = await lockCache(runtime, cache, root, interruption.wish, progress);
    try {
      const text = await this.#lock.text() ?? "";
      // A folder of files has no archive's hash to compare: such a package would be fetched again and
      // written over.
      const isShared = !/"zh:/.test(text) || text.includes('"h1:');
      await work(isShared ? cache.env : { TF_PLUGIN_CACHE_DIR: undefined });
    } finally {
      lock.release();
    }
  }

  /** @returns false when the lock file lacks hashes that later commands need */
  async #init(progress: Progress, env: Environment, flags: readonly string[] = []): Promise<boolean> {
    const command = ["init", "-input=false", "-no-color", ...flags];
    let isComplete = true;
    await this.#run("prepare Terraform", command, (event) => {
      // It has no events that every version has.
      if (event.is === "noise" && event.text.includes("Provider lock file not updated")) isComplete = false;
      const [, what] = event.is === "noise" ? /^- Installing (.*?)\.*$/.exec(event.text) ?? [] : [];
      if (what !== undefined) progress(`Fetching ${what} …`);
    }, { env });
    return isComplete;
  }

  /** True when {@linkcode init} has been run here. */
  async isReady(): Promise<boolean> {
    return await this.#options.runtime.files.exists(join(this.#options.folder, ".terraform"));
  }

  /** What there is to do; {@linkcode apply} does exactly this. Changes nothing. */
  async plan({ replace = [], target = [] }: PlanOptions = {}): Promise<Planned[]> {
    const planned: Planned[] = [];
    const targets = [...replace.map((it) => `-replace=${it}`), ...target.map((it) => `-target=${it}`)];
    const command = ["plan", "-input=false", "-json", LOCK_TIMEOUT, `-out=${PLAN_FILE}`, ...targets];
    await this.#run("see what there is to make", command, (event) => {
      if (event.is === "planned") planned.push(event);
    }, { silentMs: this.#options.planSilentMs ?? PLAN_SILENT_MS });
    return planned;
  }

  /** Does what was planned. */
  async apply(planned: readonly Planned[], progress: Progress): Promise<void> {
    const tally = new Tally(planned.map(({ address }) => address));
    try {
      const command = ["apply", "-input=false", "-json", LOCK_TIMEOUT, PLAN_FILE];
      const toItsEnd = this.#options.forgetsWhenStopped;
      await this.#run("make what the cluster stands on", command, telling(tally, progress), { toItsEnd });
    } finally {
      await this.#tidy();
    }
  }

  /** Removes all that it knows. */
  async destroy(progress: Progress): Promise<void> {
    try {
      const command = ["destroy", "-auto-approve", "-input=false", "-json", LOCK_TIMEOUT];
      await this.#run("remove what the cluster stands on", command, telling(new Tally(), progress));
    } finally {
      await this.#tidy();
    }
  }

  /** The outputs, as `terraform output -json` prints them. */
  async outputs(): Promise<string> {
    return await this.#ask("read Terraform's outputs", ["output", "-json"]);
  }

  /** The resources that it knows, data sources left out. */
  async resources(): Promise<StateResource[]> {
    const shown = JSON.parse(await this.#ask("read Terraform's state", ["show", "-json"]));
    const resources: (StateResource & { mode: string })[] = shown.values?.root_module?.resources ?? [];
    return resources.filter(({ mode }) => mode === "managed")
      .map(({ address, type, values }) => ({ address, type, values }));
  }

  /**
   * The plan has secrets in it, and so has the state, which Terraform makes readable for everybody.
   */
  async #tidy(): Promise<void> {
    const { runtime: { files }, folder } = this.#options;
    await files.remove(join(folder, PLAN_FILE));
    for (const name of await files.list(folder)) {
      if (name.startsWith("terraform.tfstate")) await files.makePrivate(join(folder, name));
    }
  }

  /** Runs a command that is over at once; returns what it printed. */
  async #ask(doing: string, command: readonly string[]): Promise<string> {
    const { runtime, program, folder, env } = this.#options;
    const result = await runtime.run([program.command, ...command], { cwd: folder, env: this.#env(env) });
    if (result.code === 0) return result.stdout;
    const text = result.stderr.replaceAll(/[╷│╵]/g, "").trim();
    throw this.#failure(doing, [{ is: "error", summary: text, detail: "", address: null }], result.code);
  }

  /** Runs a command to its end, telling its events. */
  async #run(
    doing: string,
    command: readonly string[],
    told: (event: TerraformEvent) => void,
    { toItsEnd = false, silentMs = Infinity, env = {} }: RunLimits = {},
  ): Promise<void> {
    const { runtime, program, folder, logPath, env: credentials, interruption } = this.#options;
    const events: TerraformEvent[] = [];
    using silence = new Silence(runtime.clock, silentMs);
    const run = {
      command: [program.command, ...command],
      cwd: folder,
      env: { ...this.#env(credentials), ...env },
      logPath,
      interruption,
      toItsEnd,
      atOnce: AbortSignal.any([interruption.atOnce, silence.signal]),
    };
    const code = await longRun(runtime, run, (line) => {
      // Another Terraform of this cluster may be at work; there is a limit for that.
      if (/state lock/.test(line)) silence.pause();
      else silence.end();
      const event = parseEvent(line);
      if (event === null) return;
      events.push(event);
      told(event);
    });
    if (interruption.wish.aborted) {
      throw new InterruptedError(
        `Cannot ${doing}: it was interrupted`,
        "Run the same command again to go on.",
      );
    }
    if (silence.signal.aborted) {
      throw new XcoreError(
        `Cannot ${doing}: ${program.product} has said nothing for ${silentMs / 1000} s`,
        `See what it waits for in ${logPath}, check this machine's network and proxy, and run it again.`,
      );
    }
    if (code !== 0) throw this.#failure(doing, events, code);
  }

  #failure(doing: string, events: readonly TerraformEvent[], code: number): XcoreError {
    const { logPath, classify, provider } = this.#options;
    return terraformFailure({ doing, events, code, logPath, provider }, classify);
  }

  #env(credentials: Readonly<Record<string, string>>): Environment {
    return { ...ownEnvironment(this.#options.runtime), ...credentials };
  }
}

/** Waits for a word of a program; `signal` aborts when none comes for too long. */
class Silence {
  readonly #late = new AbortController();
  readonly #over = new AbortController();
  readonly #clock: Clock;
  readonly #limitMs: number;
  #sinceMs: number;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#sinceMs = clock.monotonicMs();
    if (limitMs !== Infinity) this.#watch();
  }

  get signal(): AbortSignal {
    return this.#late.signal;
  }

  /** A word has come. */
  end(): void {
    this.#sinceMs = this.#clock.monotonicMs();
  }

  /** Until the next word, it may be silent for as long as it likes. */
  pause(): void {
    this.#sinceMs = Infinity;
  }

  async #watch(): Promise<void> {
    while (!this.#over.signal.aborted && !this.signal.aborted) {
      if (this.#clock.monotonicMs() - this.#sinceMs > this.#limitMs) this.#late.abort();
      await this.#clock.sleep(100, this.#over.signal);
    }
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }
}

function telling(tally: Tally, progress: Progress): (event: TerraformEvent) => void {
  return (event) => {
    const step = tally.take(event);
    if (step !== null) progress(step.line, step.share);
  };
}

/** The program as it was found. */
export interface TerraformProgram {
  /** What to run. */
  readonly command: "terraform" | "tofu";
  readonly product: "Terraform" | "OpenTofu";
  /** `1.11.4` */
  readonly version: string;
}

/** What the templates say in `required_version`. */
const OLDEST = "1.1.0";

const PRODUCTS = { terraform: "Terraform", tofu: "OpenTofu" } as const;

const INSTALL = "Install Terraform (https://developer.hashicorp.com/terraform/install) or OpenTofu " +
  "(https://opentofu.org/docs/intro/install), and run this again.";

/**
 * Finds the program on PATH.
 *
 * @throws {PrerequisiteError} there is neither, or it is too old, or does not run
 */
export async function findTerraform(runtime: Runtime): Promise<TerraformProgram> {
  for (const command of ["terraform", "tofu"] as const) {
    const product = PRODUCTS[command];
    let answer: string;
    try {
      answer = (await runtime.run([command, "version", "-json"], { env: ownEnvironment(runtime) })).stdout;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw error;
    }
    const version = versionIn(answer);
    if (version === null) {
      throw new PrerequisiteError(
        `Cannot use ${product}: \`${command} version\` does not tell its version`,
        INSTALL,
      );
    }
    if (isOlder(version, OLDEST)) {
      throw new PrerequisiteError(
        `Cannot use ${product} ${version}: it takes ${OLDEST} or newer`,
        INSTALL,
      );
    }
    return { command, product, version };
  }
  throw new PrerequisiteError("Cannot find Terraform: neither terraform nor tofu is on PATH", INSTALL);
}

/** Both products call it `terraform_version`. */
function versionIn(json: string): string | null {
  try {
    const { terraform_version: version } = JSON.parse(json);
    return typeof version === "string" && /^\d+\.\d+/.test(version) ? version : null;
  } catch {
    return null;
  }
}
