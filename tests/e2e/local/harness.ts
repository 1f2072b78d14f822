/**
 * A cluster on this machine for one test, driven from outside: the compiled program, Python scripts, the process table.
 * @module
 */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import type { Status } from "../../../lib/model/status.ts";
import { livingProcesses, type Process, signal } from "./_processes.ts";

/** What a finished program left behind. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs beside the test. */
export interface Running {
  readonly pid: number;
  /** What it has written to stdout so far. */
  printed(): string;
  readonly ended: Promise<Ran>;
}

/** Each look starts the program, which takes a tenth of a second of a core. */
const POLL_MS = 300;

/** The limit of a wait on a busy machine; nothing waits that long where all is well. */
const PATIENCE_S = 180;

/** Keys of config.yaml and their values. */
export type Settings = Readonly<Record<string, string | number>>;

/** Where a cluster is, and what the programs of its test see. */
export interface Surroundings {
  /** The folder in which its folder is made; the system's for temporary files when not given. */
  readonly parent?: string;
  /** What the name of its folder ends with. */
  readonly suffix?: string;
  /** What XCORE_CLUSTER names; not set when not given. */
  readonly name?: string;
  /** Environment variables, over those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** The program; what XCORE_BIN names when not given. */
  readonly binary?: string;
  /** What stands before every command. */
  readonly prefix?: readonly string[];
}

/**
 * Runs `body` with a cluster that has been started, and takes it down again whatever happens. Fails, too, when
 * `xcore shutdown` fails or leaves a process behind.
 *
 * @param settings set before the start
 */
export async function withCluster(
  settings: Settings,
  body: (cluster: TestCluster) => Promise<void>,
  surroundings: Surroundings = {},
): Promise<void> {
  await withHome(async (cluster) => {
    await cluster.start(settings);
    await body(cluster);
  }, surroundings);
}

/** Like {@linkcode withCluster}, but nothing has been set up when `body` begins. */
export async function withHome(
  body: (cluster: TestCluster) => Promise<void>,
  surroundings: Surroundings = {},
): Promise<void> {
  const cluster = await TestCluster.make(surroundings);
  let failure: unknown;
  try {
    await body(cluster);
  } catch (error) {
    failure = error;
    console.error(await cluster.story());
  }
  const leftOver = await cluster.cleanup();
  if (failure !== undefined) throw failure;
  assert.equal(leftOver, null);
}

/** A home of its own, and what can be done with the cluster in it. */
export class TestCluster {
  /** $XCORE_HOME, where all clusters are. */
  readonly root: string;
  /** The folder of this one in it. */
  readonly home: string;
  /** Holds the home and nothing of anybody else; the current folder and HOME of all that is run. */
  readonly folder: string;
  /** The program. */
  readonly binary: string;
  readonly #python = required("XCORE_TEST_PYTHON");
  readonly #scripts = new Set<number>();
  readonly #env: Readonly<Record<string, string>>;
  readonly #prefix: readonly string[];

  private constructor(folder: string, { env = {}, prefix = [], binary, name }: Surroundings) {
    this.folder = folder;
    this.binary = binary ?? required("XCORE_BIN");
    this.#prefix = prefix;
    this.root = `${folder}/.xcore`;
    this.home = name === undefined ? this.root : `${this.root}/clusters/${name}`;
    this.#env = { ...env, ...name !== undefined && { XCORE_CLUSTER: name } };
  }

  /** A fresh home with nothing in it. */
  static async make(surroundings: Surroundings = {}): Promise<TestCluster> {
    const { parent, suffix = "" } = surroundings;
    const made = await Deno.makeTempDir({ ...(parent && { dir: parent }), prefix: "xcore-e2e-" });
    await Deno.rename(made, made + suffix);
    return new TestCluster(await Deno.realPath(made + suffix), surroundings);
  }

  /** `xcore init local`, the settings, `xcore start`. */
  async start(settings: Settings = {}): Promise<void> {
    await this.setUp(settings);
    await this.ok("start");
  }

  /** `xcore init local` and the settings. */
  async setUp(settings: Settings = {}): Promise<void> {
    await this.ok("init", "local", "--python", this.#python);
    await this.set(settings);
  }

  /** The settings, and ports: not those that init finds free, for a test that runs at the same time finds them too. */
  async set(settings: Settings = {}): Promise<void> {
    const port = freePortPair();
    const all = { scheduler_port: port, dashboard_port: port + 1, ...settings };
    await this.ok("config", "set", ...Object.entries(all).flatMap(([key, value]) => [key, String(value)]));
  }

  /** Runs the program. */
  async xcore(...args: string[]): Promise<Ran> {
    return await this.xcoreBeside(args).ended;
  }

  /** Starts the program. */
  xcoreBeside(args: string[], env: Record<string, string> = {}): Running {
    return this.#spawn(this.binary, args, env);
  }

  /** Runs another program than the one under test. */
  async run(program: string, args: string[], env: Record<string, string>): Promise<Ran> {
    return await this.#spawn(program, args, env).ended;
  }

  /** Runs the program, which has to succeed; returns its stdout. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.xcore(...args);
    assert.equal(code, 0, `xcore ${args.join(" ")}: exit code ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /**
   * Starts a Python program with the package `crosscore` at hand.
   *
   * @param args what stands after `python`: a file and its arguments, or `-c` and a script
   */
  async python(...args: string[]): Promise<Running> {
    const PYTHONPATH = (await this.ok("python")).trim();
    const running = this.#spawn(this.#python, args, { PYTHONPATH });
    this.#scripts.add(running.pid);
    return running;
  }

  /** Runs a Python program to its end, which has to be good; returns its stdout. */
  async pythonOk(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await (await this.python(...args)).ended;
    assert.equal(code, 0, `python: exit code ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Runs Deno to its end, with nothing of this repository's configuration; returns its stdout. */
  async denoOk(...args: string[]): Promise<string> {
    const env = { PYTHON: this.#python, PYTHONPATH: (await this.ok("python")).trim() };
    return await this.#programOk(Deno.execPath(), args, env);
  }

  /** Runs a shell script as a person would type it, with the test's Python first on PATH; returns its stdout. */
  async bashOk(script: string): Promise<string> {
    const folders = [dirname(this.#python), dirname(Deno.execPath()), Deno.env.get("PATH")];
    return await this.#programOk("bash", ["-euc", script], { PATH: folders.join(":") });
  }

  async #programOk(program: string, args: string[], env: Record<string, string>): Promise<string> {
    const { code, stdout, stderr } = await this.#spawn(program, args, { DENO_DIR: await denoDir(), ...env })
      .ended;
    assert.equal(code, 0, `${program} ${args.join(" ")}: exit code ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** A file of this name in a folder beside the home, which holds nothing else of anybody's. */
  async write(name: string, text: string): Promise<string> {
    const path = `${this.folder}/${name}`;
    await Deno.writeTextFile(path, text);
    return path;
  }

  /** `xcore status --json`. */
  async status(): Promise<Status> {
    return JSON.parse(await this.ok("status", "--json"));
  }

  /** Looks at the status again and again until it is as it should be. */
  async until(what: string, good: (status: Status) => boolean, timeoutS = PATIENCE_S): Promise<Status> {
    return await until(what, () => this.status(), good, timeoutS);
  }

  /** Every living process of this cluster: daemon, scheduler, workers and all that they started. */
  processes(): Process[] {
    return livingProcesses().filter(({ pid, commandLine, environment }) =>
      !this.#scripts.has(pid) &&
      (commandLine.includes(this.folder) || environment.includes(`XCORE_HOME=${this.root}`))
    );
  }

  /** The worker processes among them. */
  workerProcesses(): Process[] {
    // Each leads a session of its own; a program of a task's looks like its worker until it has become itself.
    return this.processes().filter(({ pid, sessionLeader, commandLine }) =>
      pid === sessionLeader && / \S+\/worker\.py \S+ worker-\d+ /.test(commandLine)
    );
  }

  /** What the daemon has written in its log. */
  async daemonLog(): Promise<string> {
    return await Deno.readTextFile(`${this.home}/logs/daemon.log`).catch(() => "");
  }

  /** The process id of the daemon, which has to run. */
  async daemonPid(): Promise<number> {
    const { daemon } = await this.status();
    assert.ok(daemon.pid !== null, "no daemon runs");
    return daemon.pid;
  }

  /** What a person would look at first when a test has failed. */
  async story(): Promise<string> {
    const { stdout, stderr } = await this.xcore("status").catch((error) => ({
      stdout: "",
      stderr: String(error),
    }));
    const log = (await this.daemonLog()).split("\n").slice(-40).join("\n");
    return `--- status\n${stdout}${stderr}\n--- end of daemon.log\n${log}`;
  }

  /** Takes everything down; what `xcore shutdown` did not is the complaint that is returned. */
  async cleanup(): Promise<string | null> {
    for (const pid of this.#scripts) signal(pid, "SIGKILL");
    const { code, stderr } = await this.xcore("shutdown", "--yes");
    const left = this.processes();
    for (const { pid } of left) signal(pid, "SIGKILL");
    await until(
      "the killed are gone",
      () => Promise.resolve(this.processes()),
      ({ length }) => length === 0,
    );
    await Deno.remove(this.folder, { recursive: true });
    if (left.length > 0) {
      return `left behind: ${left.map(({ pid, commandLine }) => `${pid} ${commandLine}`).join("\n")}`;
    }
    return code === 0 || code === 3 ? null : `xcore shutdown: exit code ${code}\n${stderr}`;
  }

  #spawn(program: string, args: string[], env: Record<string, string> = {}): Running {
    const inherited = Object.entries(Deno.env.toObject())
      .filter(([name]) => !/^(XCORE_|PYTHON|VIRTUAL_ENV$|CONDA_)/.test(name));
    const [first = "", ...words] = [...this.#prefix, program, ...args];
    const child = new Deno.Command(first, {
      args: words,
      cwd: this.folder,
      clearEnv: true,
      env: {
        ...Object.fromEntries(inherited),
        HOME: this.folder,
        XCORE_HOME: this.root,
        XCORE_BIN: this.binary,
        XCORE_SERVICE: "none", // a test's daemon is nothing for this machine's systemd
        ...this.#env,
        ...env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const [stdout, stderr] = [heard(child.stdout), heard(child.stderr)];
    const ended = Promise.all([child.status, stdout.all, stderr.all]).then(([{ code }, stdout, stderr]) => {
      this.#scripts.delete(child.pid);
      return { code, stdout, stderr };
    });
    return { pid: child.pid, printed: stdout.soFar, ended };
  }
}

/** The text of a stream, as far as it has come and as a whole. */
function heard(stream: ReadableStream<Uint8Array>): { soFar(): string; readonly all: Promise<string> } {
  let text = "";
  const all = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
    return text;
  })();
  return { soFar: () => text, all };
}

/** Looks again and again until what is seen is good; the error shows what was seen last. */
export async function until<T>(
  what: string,
  look: () => Promise<T>,
  good: (seen: T) => boolean,
  timeoutS = PATIENCE_S,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutS * 1000;
  for (;;) {
    const seen = await look();
    if (good(seen)) return seen;
    if (performance.now() > deadlineMs) {
      throw new Error(`Not within ${timeoutS} s: ${what}. Last seen: ${Deno.inspect(seen, { depth: 8 })}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/**
 * The first of two ports that nothing listens on, and that neither the system nor a test in Python
 * gives to anybody.
 */
export function freePortPair(): number {
  for (;;) {
    const port = 10_000 + 2 * Math.floor(Math.random() * 6000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      Deno.listen({ hostname: "127.0.0.1", port: port + 1 }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** Where Deno keeps what it has fetched: HOME is another one in here. */
async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

function required(name: string): string {
  const value = Deno.env.get(name);
  if (!value) throw new Error(`${name} is not set: run these tests by \`deno task test\``);
  return value;
}
