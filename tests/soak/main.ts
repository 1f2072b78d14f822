/**
 * `deno task soak [MINUTES] [local|ec2] [SEED]`: an hour on `local` unless told otherwise. Ends with
 * an error when a result is lost or wrong, when something has grown beyond its bound, or when the
 * shutdown leaves anything. Ctrl-C ends the storm early.
 * @module
 */

import { compileIfStale } from "../../tools/compile.ts";
import { pythonEnvironment } from "../../tools/python_env.ts";
import { initAws, withAwsHome } from "../e2e/aws/_aws_home.ts";
import { type TestCluster, withHome } from "../e2e/local/harness.ts";
import { enclosed, lackToEnclose } from "../emulators/enclosed.ts";
import { providers } from "../runner/providers.ts";
import { ec2Mishaps, localMishaps } from "./mishaps.ts";
import { soak } from "./soak.ts";

const INSIDE = "XCORE_SOAK_INSIDE";

/** Workers of one process that join on `local`, beside xcore's own. */
const CROWD = 100;

const HERE = new URL(".", import.meta.url).pathname;

const [minutes = "60", where = "local", seed = String(Date.now() % 1_000_000)] = Deno.args;
const early = new AbortController();
const plan = { forS: Number(minutes) * 60, seed: Number(seed), stop: early.signal };
const say = (line: string) => console.log(line);

Deno.addSignalListener("SIGINT", () => early.abort());
if (where === "ec2" && !Deno.env.has(INSIDE)) Deno.exit(await inside());
Deno.env.set("XCORE_TEST_PYTHON", await pythonEnvironment());
Deno.env.set("XCORE_BIN", await compileIfStale());
say(`seed ${seed}, ${minutes} min on ${where}`);
await (where === "ec2" ? onEc2() : withHome(onLocal));
say("Nothing was lost, and nothing is left.");

/** Again, in a network namespace of its own. */
async function inside(): Promise<number> {
  const lack = lackToEnclose();
  if (lack !== null) {
    console.error(`Cannot start an EC2 here: ${lack}.`);
    return 4;
  }
  const made = await providers();
  const [program = "", ...args] = enclosed([
    Deno.execPath(),
    "run",
    "-A",
    import.meta.filename!,
    ...Deno.args,
  ]);
  const env = { ...made.env, [INSIDE]: "1", XCORE_TEST_PYTHON: await pythonEnvironment() };
  await compileIfStale();
  return (await new Deno.Command(program, { args, env }).spawn().status).code;
}

async function onLocal(cluster: TestCluster): Promise<void> {
  await cluster.setUp({ max_idle_time_s: 10, max_workers: 1 });
  const config = await Deno.readTextFile(`${cluster.home}/config.yaml`);
  const pools = "\npools: [{name: own, resources: {OWN: 1}, max_workers: 3}]\n";
  await Deno.writeTextFile(`${cluster.home}/config.yaml`, config.replace(/^pools:.*\n/m, "") + pools);
  await cluster.ok("start");
  const { url, tls } = JSON.parse(await cluster.ok("url", "--json"));
  await cluster.python(`${HERE}crowd.py`, url, tls.ca_file, tls.cert_file, tls.key_file, String(CROWD));
  await soak(cluster, localMishaps(cluster), { ...plan, everyS: 6, resource: "OWN" }, say);
}

async function onEc2(): Promise<void> {
  await withAwsHome({ boot: true }, async (cluster, account) => {
    await initAws(cluster, account);
    await cluster.ok("config", "set", "max_workers", "3", "max_idle_time_s", "20", "market", "on-demand");
    await cluster.ok("start");
    await soak(cluster, ec2Mishaps(cluster, account.ec2), { ...plan, everyS: 20, resource: null }, say);
  });
}
