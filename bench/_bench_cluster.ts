/** A cluster on this machine to measure. @module */

import type { Status } from "../lib/model/mod.ts";

const POLL_MS = 100;

/** A cluster in a temporary home. */
export class BenchCluster {
  /** $XCORE_HOME. */
  readonly home: string;
  readonly #xcore: string;
  readonly #python: string;
  readonly #env: Record<string, string>;

  private constructor(home: string, xcore: string, python: string, env: Record<string, string>) {
    this.home = home;
    this.#xcore = xcore;
    this.#python = python;
    this.#env = env;
  }

  /** Starts a cluster, runs `body`, and shuts the cluster down. */
  static async with(
    { xcore, python, settings, env = {} }: {
      xcore: string;
      python: string;
      settings: Record<string, string | number>;
      env?: Record<string, string>;
    },
    body: (cluster: BenchCluster) => Promise<void>,
  ): Promise<void> {
    const home = await Deno.makeTempDir({ prefix: "xcore-bench-" });
    const cluster = new BenchCluster(home, xcore, python, env);
    try {
      await cluster.xcore("init", "local", "--python", python);
      for (const [key, value] of Object.entries(settings)) {
        await cluster.xcore("config", "set", key, String(value));
      }
      await cluster.xcore("start");
      await body(cluster);
    } finally {
      await cluster.xcore("shutdown", "--yes");
      await Deno.remove(cluster.home, { recursive: true });
    }
  }

  /** Runs the program; returns its stdout. */
  async xcore(...args: string[]): Promise<string> {
    return await output(this.#xcore, args, {
      ...this.#env,
      XCORE_HOME: this.home,
      XCORE_BIN: this.#xcore,
      XCORE_SERVICE: "none",
    });
  }

  /** Seconds from a job's submission, with no worker running, to its last result. */
  async job(tasks: number, seconds: number, byHand: boolean): Promise<number> {
    await this.until(({ workers, demand }) => workers.length === 0 && demand?.clients === 0);
    const { url, tls } = JSON.parse(await this.xcore("url", "--json"));
    const script = new URL("job.py", import.meta.url).pathname;
    const words = [script, url, tls.ca_file, tls.cert_file, tls.key_file, String(tasks), String(seconds)];
    return Number(await output(this.#python, byHand ? [...words, "--by-hand"] : words));
  }

  /** Reads the status until it is as expected. */
  async until(good: (status: Status) => boolean): Promise<void> {
    while (!good(JSON.parse(await this.xcore("status", "--json")))) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** The daemon's process id. */
  async daemonPid(): Promise<number> {
    return JSON.parse(await this.xcore("daemon", "status", "--json")).pid;
  }
}

/** What a program prints; throws when it fails. */
export async function output(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const ran = await new Deno.Command(program, { args, env, stdin: "null" }).output();
  if (ran.code !== 0) {
    throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(ran.stderr)}`);
  }
  return new TextDecoder().decode(ran.stdout);
}
