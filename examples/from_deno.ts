/**
 * A job driven from Deno: start the cluster, run a Python script on it, tell what happens, take it all down. A cluster that runs
 * already is used, and stays.
 *
 *     xcore init local
 *     deno run -A examples/from_deno.ts examples/first_job.py
 *
 * In a script of your own import the library by its path or URL; it needs no configuration and no flags of Deno's, and finds xcore
 * on PATH.
 */

import { cluster, XcoreError } from "../lib/mod.ts";

/** Runs the job; returns its exit code. */
async function main([script = "examples/first_job.py", ...args]: string[]): Promise<number> {
  const { cluster: { state } } = await cluster.status();
  const isOurs = state === "down";
  if (!isOurs) console.error(`The cluster is ${state} already: it stays when the job has ended.`);

  const watching = new AbortController();
  let told = Promise.resolve();
  try {
    if (isOurs) {
      await cluster.setMaxWorkers(2);
      await cluster.start(console.error);
    }
    told = tell(watching.signal);
    // The interpreter that `xcore init` chose, and the package with which it finds the cluster.
    const python = await xcore("config", "get", "python");
    const env = { PYTHONPATH: await xcore("python") };
    const { code } = await new Deno.Command(python, { args: [script, ...args], env }).spawn().status;
    console.log(`${script} ended with exit code ${code}`);
    return code;
  } finally {
    watching.abort();
    await told;
    if (isOurs) await cluster.shutdown(console.error);
  }
}

/** Prints each change of a worker, and each problem, until the signal. */
async function tell(signal: AbortSignal): Promise<void> {
  for await (const event of cluster.events({ signal })) {
    if (event.kind === "worker") console.log(`${event.name}: ${event.state ?? "gone"}`);
    else console.log(`problem: ${event.problem.message}`);
  }
}

/** What a command of `xcore` prints. */
async function xcore(...args: string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command("xcore", { args, stderr: "inherit" }).output();
  if (!success) throw new XcoreError(`Cannot run \`xcore ${args.join(" ")}\``, "Its own words stand above.");
  return new TextDecoder().decode(stdout).trim();
}

try {
  Deno.exitCode = await main(Deno.args);
} catch (error) {
  if (!(error instanceof XcoreError)) throw error;
  console.error(`${error.message}\n${error.hint}`);
  Deno.exitCode = 1;
}
