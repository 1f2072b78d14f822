/**
 * A job driven from Deno: start the cluster, run a Python script on it, tell what happens, take it all down.
 *
 *     xcore init local
 *     deno run -A examples/from_deno.ts examples/first_job.py
 *
 * In a script of your own import the library by its path or URL; it needs no configuration and no flags of Deno's.
 */

import { cluster } from "../lib/mod.ts";

const [script = "examples/first_job.py", ...args] = Deno.args;

await cluster.setMaxWorkers(2);
await cluster.start(console.error);

const watching = new AbortController();
const told = (async () => {
  for await (const event of cluster.events({ signal: watching.signal })) {
    if (event.kind === "worker") console.log(`${event.name}: ${event.state ?? "gone"}`);
    else console.log(`problem: ${event.problem.message}`);
  }
})();

try {
  // The interpreter that `xcore init` chose; PYTHONPATH has to hold what `xcore python` prints.
  const python = Deno.env.get("PYTHON") ?? "python3";
  const { code } = await new Deno.Command(python, { args: [script, ...args] }).spawn().status;
  console.log(`${script} ended with exit code ${code}`);
  Deno.exitCode = code;
} finally {
  watching.abort();
  await told;
  await cluster.shutdown(console.error);
}
