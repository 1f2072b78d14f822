/** Starts in a cloud where nothing boots, so that no scheduler ever answers, and what Terraform makes of them. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { signal } from "../e2e/local/_processes.ts";
import { type TestCluster, until } from "../e2e/local/harness.ts";

/** The cluster's id. */
export async function clusterIdOf(cluster: TestCluster): Promise<string> {
  return (await cluster.ok("config", "get", "cluster_id")).trim();
}

/** Starts, and presses Ctrl-C once `seen` is true; returns what the start said. */
export async function interruptedStart(
  cluster: TestCluster,
  seen: () => Promise<boolean>,
): Promise<{ readonly code: number; readonly stderr: string }> {
  const start = cluster.xcoreBeside(["start"]);
  const early = await Promise.race([
    until("the start is so far", seen, (yes) => yes, 180).then(() => null),
    start.ended,
  ]);
  if (early !== null) return early; // what it said tells why
  signal(start.pid, "SIGINT");
  return await start.ended;
}

/** Runs Terraform in the cluster's folder, as a person might; returns all it prints. */
export async function terraform(
  cluster: TestCluster,
  env: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<string> {
  const cwd = join(cluster.home, "terraform");
  const { stdout, stderr } = await new Deno.Command("terraform", { args, cwd, env }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

/** Makes what the templates in the cluster's folder say, and notes where it is, as `xcore start` does. */
export async function applyTemplates(
  cluster: TestCluster,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  for (const args of [["init", "-input=false"], ["apply", "-input=false", "-auto-approve"]]) {
    const said = await terraform(cluster, env, ...args, "-no-color");
    assert.match(said, /has been successfully initialized|^Apply complete!/m);
  }
  const outputs = await terraform(cluster, env, "output", "-json");
  await Deno.writeTextFile(join(cluster.home, "terraform", "outputs.json"), outputs, { mode: 0o600 });
}

/** What of a cluster that was only planned is in its folder: certificates, a plan, what the plan was given. */
export async function leftByPlan({ home }: TestCluster): Promise<string[]> {
  const paths = ["tls", "run/plan", "terraform/xcore.tfplan", "terraform/xcore.auto.tfvars.json"];
  const there = await Promise.all(
    paths.map((path) => Deno.stat(join(home, path)).then(() => true, () => false)),
  );
  return paths.filter((_, i) => there[i]);
}

/** Whether Terraform is through, and xcore knows where the scheduler is. */
export const allMade = (cluster: TestCluster) => (): Promise<boolean> =>
  Deno.stat(join(cluster.home, "terraform", "outputs.json")).then(() => true, () => false);

/** Whether Terraform has said this. */
export const said = (cluster: TestCluster, what: RegExp) => async (): Promise<boolean> =>
  what.test(await terraformLog(cluster));

/** What the cluster's Terraform has said so far. */
async function terraformLog(cluster: TestCluster): Promise<string> {
  return await Deno.readTextFile(join(cluster.home, "logs", "terraform.log")).catch(() => "");
}

/**
 * Starts, and kills Terraform in the middle of its apply once `seen` is true; returns what the start said. Terraform's provider,
 * a process of its own, has ended what it was at then.
 */
export async function startWithKilledTerraform(
  cluster: TestCluster,
  seen: () => Promise<boolean>,
): Promise<{ readonly code: number; readonly stderr: string }> {
  const start = cluster.xcoreBeside(["start"]);
  await until("the network is made", seen, (yes) => yes, 120);
  const [run] = cluster.processes().filter(({ commandLine }) => /\bterraform apply /.test(commandLine));
  signal(run!.pid, "SIGKILL");
  const ran = await start.ended;
  await until(
    "Terraform's provider has ended",
    () => Promise.resolve(cluster.processes()),
    (left) => !left.some(({ commandLine }) => commandLine.includes("terraform-provider-")),
    120,
  );
  return ran;
}
