/** The main job, shown: a worker appears, a result comes, the worker leaves, nothing is left. @module */

import type { Status } from "../lib/model/mod.ts";

/** Where it is shown. */
export interface Scene {
  /** `local`, and what else `xcore init` is told. */
  readonly init: readonly string[];
  /** The program. */
  readonly xcore: string;
  /** Interpreter of the scripts, with Dask and crossflow. */
  readonly python: string;
  /** Environment variables of all that is run. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs after init; is given the home. */
  readonly prepare?: (home: string) => Promise<void>;
}

const ROOT = new URL("../", import.meta.url).pathname;
const TASK_S = 3;
const IDLE_S = 3;
const POLL_MS = 200;

const startedMs = performance.now();

function tell(line: string): void {
  console.log(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${line}`);
}

/** Shows the main job in a home of its own, every command as it is typed; returns the job's exit code. */
export async function show({ init, xcore, python, prepare, env: surroundings }: Scene): Promise<number> {
  const home = await Deno.makeTempDir({ prefix: "xcore-demo-" });
  const env = {
    ...surroundings,
    XCORE_HOME: home,
    XCORE_BIN: xcore,
    XCORE_SERVICE: "none",
    PYTHONPATH: `${home}/python`,
    NO_COLOR: "1",
  };
  const run = async (...words: string[]): Promise<string> => {
    const output = await new Deno.Command(xcore, { args: words, env, stdin: "null", stderr: "inherit" })
      .output();
    if (output.code !== 0) throw new Error(`xcore ${words.join(" ")} ended with exit code ${output.code}`);
    return new TextDecoder().decode(output.stdout).trim();
  };
  const step = async (...words: string[]) => {
    tell(`$ xcore ${words.join(" ")}`);
    const said = await run(...words);
    if (said !== "") console.log(said);
  };
  const status = async () => JSON.parse(await run("status", "--json")) as Status;

  try {
    await step("init", ...init, "--python", python);
    await prepare?.(home);
    await step("config", "set", "max_idle_time_s", String(IDLE_S));
    await step("start");
    tell(`$ python examples/first_job.py ${TASK_S}     (no worker runs yet: one is started for the job)`);
    const job = new Deno.Command(python, {
      args: [`${ROOT}examples/first_job.py`, String(TASK_S)],
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const watching = watchWorkers(status);
    const { code, stdout } = await job.output();
    tell(`the job's result: ${new TextDecoder().decode(stdout).trim()}`);
    await watching;
    await step("shutdown");
    return code;
  } finally {
    await run("shutdown", "--yes").catch(() => {});
    await Deno.remove(home, { recursive: true });
  }
}

/** Tells each change of the workers, from the first one that appears to the last one that leaves. */
async function watchWorkers(status: () => Promise<Status>): Promise<void> {
  let before = "";
  for (let appeared = false;;) {
    const { workers } = await status();
    const now = workers.map(({ name, state, executing }) =>
      `${name} ${state}${executing ? ", runs the task" : ""}`
    );
    if (now.join("; ") !== before) tell(now.length > 0 ? now.join("; ") : "no worker is left");
    before = now.join("; ");
    appeared ||= workers.length > 0;
    if (appeared && workers.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
