/**
 * The main job, shown: a worker appears, a result comes, the worker leaves, nothing is left.
 * @module
 */

import { delimiter, dirname } from "node:path";
import { InterruptedError, XcoreError } from "../lib/errors.ts";
import type { Status } from "../lib/model/mod.ts";
import { ROOT } from "./run_deno.ts";

/** Where it is shown. */
export interface Scene {
  /** `local`, and what else `xcore init` is told. */
  readonly init: readonly string[];
  /** The program. */
  readonly xcore: string;
  /** Interpreter of the scripts, with Dask and crossflow: `bin/python` of an environment. */
  readonly python: string;
  /** Environment variables of all that is run. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs after init; is given the home. */
  readonly prepare?: (home: string) => Promise<void>;
}

/** The job: it sleeps on a worker for so long, and its result is the same number. */
const TASK_S = 3;
const IDLE_S = 3;
const POLL_MS = 200;

/**
 * The limit of a wait on a busy machine, or on an emulated cloud whose machines boot; nothing
 * waits that long where all is well.
 */
const STEP_LIMIT_S = 600;
/** For a command that is told to end to do so. */
const GRACE_S = 60;

const SIGNALS: readonly Deno.Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];
const ABOVE = "See the lines above for what to do about it, then run the demo again.";

/**
 * Shows the main job in a temporary folder, every command as it is typed. Whatever happens, also
 * Ctrl-C, takes the cluster down.
 *
 * @throws {InterruptedError} Ctrl-C, or a signal that ends programs
 * @throws {XcoreError} a command failed; its own words stand on stderr
 */
export async function show(scene: Scene): Promise<void> {
  const { folder, home, env } = await makeStage(scene);
  const demo = new Demo(env);
  const offSignals = onSignals(() => demo.interrupt());
  try {
    await demo.play(scene, home);
  } finally {
    try {
      await demo.takeDown(home);
      await Deno.remove(folder, { recursive: true });
    } finally {
      offSignals();
    }
  }
}

/** A temporary folder to show something in. */
export interface Stage {
  readonly folder: string;
  /** $XCORE_HOME; not there yet. */
  readonly home: string;
  /**
   * As in a shell that has the program on PATH and the environment active; nothing of the caller's
   * own cluster is seen.
   */
  readonly env: Record<string, string>;
}

/** Makes one. */
export async function makeStage(
  { xcore, python, env }: Pick<Scene, "xcore" | "python" | "env">,
): Promise<Stage> {
  // macOS has a folder for temporary files whose name leaves no room for that of a socket.
  const parent = Deno.build.os === "darwin" ? "/tmp" : Deno.env.get("TMPDIR") || "/tmp";
  const folder = `${parent}/xcore-demo-${crypto.randomUUID().slice(0, 6)}`;
  await Deno.mkdir(folder, { mode: 0o700 });
  await Deno.symlink(dirname(dirname(python)), `${folder}/env`);
  const home = `${folder}/.xcore`;
  const inherited = Object.entries(Deno.env.toObject())
    .filter(([name]) => !/^(XCORE_|PYTHON|VIRTUAL_ENV$|CONDA_)/.test(name));
  const own = {
    PATH: [dirname(xcore), `${folder}/env/bin`, Deno.env.get("PATH") ?? ""].join(delimiter),
    VIRTUAL_ENV: `${folder}/env`,
    XCORE_HOME: home,
    XCORE_BIN: xcore,
    XCORE_SERVICE: "none",
  };
  return { folder, home, env: { ...Object.fromEntries(inherited), ...env, ...own } };
}

function onSignals(handler: () => void): () => void {
  for (const signal of SIGNALS) Deno.addSignalListener(signal, handler);
  return () => {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, handler);
  };
}

/** What a command left behind. */
interface Ran {
  readonly code: number;
  readonly stdout: string;
}

interface Running {
  readonly child: Deno.ChildProcess;
  /** How it is told that a person wants it to end. */
  readonly stop: Deno.Signal;
}

/** One showing. */
class Demo {
  readonly #env: Record<string, string>;
  readonly #startedMs = performance.now();
  readonly #running = new Set<Running>();
  #interrupted = false;
  /** Whether all that the demo started is down, or is being taken down whatever comes. */
  #ending = false;

  constructor(env: Record<string, string>) {
    this.#env = env;
  }

  async play({ init, prepare }: Scene, home: string): Promise<void> {
    await this.#type("xcore", "init", ...init);
    await prepare?.(home);
    await this.#type("xcore", "config", "set", "max_idle_time_s", String(IDLE_S));
    await this.#start();
    await this.#type("xcore", "status");
    this.#tell('$ export PYTHONPATH="$(xcore python)"');
    this.#env["PYTHONPATH"] = await this.#read("xcore", "python");
    await this.#job();
    await this.#type("xcore", "shutdown");
    this.#ending = true;
    const seconds = ((performance.now() - this.#startedMs) / 1000).toFixed(0);
    console.log(`\nDone in ${seconds} s: no worker, a job, a worker, a result, and nothing left.`);
    console.log('For a cluster of your own type: export PATH="$PWD/dist:$PATH"; xcore init local');
  }

  /** Ends what runs now, once; it is still waited for. */
  interrupt(): void {
    if (this.#interrupted || this.#ending) console.error("\nStill shutting down, so that nothing is left …");
    else for (const { child, stop } of this.#running) killed(child, stop);
    this.#interrupted = true;
  }

  /** Shuts down whatever runs. A folder that a cluster may still need stays, and is named. */
  async takeDown(home: string): Promise<void> {
    if (this.#ending || !await isThere(`${home}/config.yaml`)) return;
    this.#ending = true;
    console.error(`\n${this.#interrupted ? "Interrupted. " : ""}Shutting down …`);
    const { code } = await this.#run(["xcore", "shutdown", "--yes"], "inherit");
    if (code !== 0 && code !== NOT_RUNNING) {
      throw new XcoreError(
        "the demo's cluster is not shut down",
        `Type: XCORE_HOME=${home} ${this.#env["XCORE_BIN"]} shutdown`,
      );
    }
  }

  #tell(line: string): void {
    if (line.startsWith("$")) console.log("");
    const seconds = ((performance.now() - this.#startedMs) / 1000).toFixed(1).padStart(5);
    console.log(`%c[${seconds} s]%c ${line}`, "color: gray", line.startsWith("$") ? "font-weight: bold" : "");
  }

  /**
   * Between init, which finds ports free, and this another may have taken them: who shares a
   * machine shows demos at once.
   */
  async #start(): Promise<void> {
    try {
      await this.#type("xcore", "start");
    } catch (error) {
      if (this.#interrupted) throw error;
      const ports = [];
      for (const key of ["scheduler_port", "dashboard_port"]) {
        ports.push(Number(await this.#read("xcore", "config", "get", key)));
      }
      if (ports.every(isFree)) throw error;
      const port = freePair();
      const settings = ["scheduler_port", String(port), "dashboard_port", String(port + 1)];
      await this.#type("xcore", "config", "set", ...settings);
      await this.#type("xcore", "start");
    }
  }

  /** Shows a command and what it prints. */
  async #type(...command: string[]): Promise<void> {
    this.#tell(`$ ${command.join(" ")}`);
    await this.#good(command, "inherit");
  }

  /** Runs a command unseen; returns what it prints. */
  async #read(...command: string[]): Promise<string> {
    return (await this.#good(command, "piped")).stdout.trim();
  }

  async #good(command: string[], stdout: "inherit" | "piped"): Promise<Ran> {
    const ran = await this.#run(command, stdout);
    if (this.#interrupted) {
      throw new InterruptedError(
        "The demo was interrupted, and nothing of it is left",
        "Start it again: deno task demo",
      );
    }
    if (ran.code !== 0) {
      throw new XcoreError(`\`${command.join(" ")}\` ended with exit code ${ran.code}`, ABOVE);
    }
    return ran;
  }

  /** In a process group of its own: Ctrl-C is for the demo to pass on, once. */
  async #run([program = "", ...args]: string[], stdout: "inherit" | "piped"): Promise<Ran> {
    const child = new Deno.Command(program, {
      ...{ args, cwd: ROOT, env: this.#env, clearEnv: true, detached: true },
      ...{ stdin: "null", stdout, stderr: "inherit" },
    }).spawn();
    // Python would show where in its code Ctrl-C met it.
    const running: Running = { child, stop: program === "python" ? "SIGTERM" : "SIGINT" };
    this.#running.add(running);
    const limits = (["SIGTERM", "SIGKILL"] as const).map((signal, i) =>
      setTimeout(() => killed(child, signal), (STEP_LIMIT_S + i * GRACE_S) * 1000)
    );
    try {
      const said = stdout === "piped" ? new Response(child.stdout).text() : Promise.resolve("");
      const [{ code }, text] = await Promise.all([child.status, said]);
      return { code, stdout: text };
    } finally {
      limits.forEach(clearTimeout);
      this.#running.delete(running);
    }
  }

  /**
   * The job, and each change of the workers from the first one that appears to the last one that
   * leaves.
   */
  async #job(): Promise<void> {
    this.#tell(`$ python examples/first_job.py ${TASK_S}`);
    let ended = false;
    const job = this.#read("python", "examples/first_job.py", String(TASK_S)).then((printed) => {
      this.#tell(`the job prints: ${printed}`);
      if (printed !== String(TASK_S)) throw new XcoreError(`the job's result is not ${TASK_S}`, ABOVE);
    }).finally(() => ended = true);
    const watching = this.#watchWorkers(() => ended);
    const failed = (await Promise.allSettled([job, watching])).find(({ status }) => status === "rejected");
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  }

  async #watchWorkers(hasEnded: () => boolean): Promise<void> {
    let before = "";
    for (const deadlineMs = performance.now() + STEP_LIMIT_S * 1000;;) {
      const last = hasEnded();
      const { workers } = JSON.parse(await this.#read("xcore", "status", "--json")) as Status;
      const now = workers.map(({ name, state, executing }) =>
        `${name} ${state}${executing ? ", runs the task" : ""}`
      ).join("; ");
      if (now !== before) this.#tell(now === "" ? "no worker is left" : now);
      before = now;
      if (last && now === "") return;
      if (performance.now() > deadlineMs) throw new XcoreError(`there is still ${now}`, ABOVE);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

/** Exit code of a command of `xcore` that needs a cluster where none is. */
const NOT_RUNNING = 3;

function killed(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended in this moment.
  }
}

/**
 * The first of two ports on this machine that are free, and that the system gives to nobody by
 * itself.
 */
function freePair(): number {
  for (;;) {
    const port = 10_000 + 2 * Math.floor(Math.random() * 10_000);
    if (isFree(port) && isFree(port + 1)) return port;
  }
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
