/**
 * `deno run -A bench/_launches_enclosed.ts aws|gcp COUNT PYTHON [WAY …]`: launches instances on an emulated cloud in
 * several ways, or in those that are named; launches.ts runs it where nothing else can be reached. Prints what was
 * measured as JSON.
 * @module
 */

import { pool, rules, tasks } from "../tests/support/fakes/builders.ts";
import { FakeScheduler } from "../tests/support/fakes/fake_scheduler.ts";
import { MemoryHistory } from "../tests/support/fakes/memory_history.ts";
import { type AwsCluster, awsCluster } from "../tests/e2e/aws/_account.ts";
import { gcpCluster } from "../tests/e2e/gcp/_project.ts";
import { terraformProvider, withEc2 } from "../tests/emulators/ec2.ts";
import { type Gce, withGce } from "../tests/emulators/gce.ts";
import { FIRST_STATE } from "../lib/reconcile/tick_state.ts";
import { tick } from "../lib/reconcile/tick.ts";
import type { Provider } from "../lib/platform/provider.ts";
import type { Runtime } from "../lib/runtime.ts";
import { output } from "./_bench_cluster.ts";
import { DEFAULT_TERMS } from "../lib/protocol/messages.ts";

/** The result of one way of launching. */
export interface Measured {
  readonly who: string;
  /** Instances that were asked for. */
  readonly asked: number;
  /** Seconds from the beginning until all instances were known to run, or until it ended. */
  readonly seconds: number;
  /** Instances that exist then. */
  readonly count: number;
  /** Calls by kind. */
  readonly calls: Readonly<Record<string, number>>;
  /** Calls that were refused because there were too many. */
  readonly throttled: number;
  /** Why it ended before all instances ran; null: they do. */
  readonly gaveUp: string | null;
}

/** What was asked of a cloud, and what it has. */
type Reading = Pick<Measured, "count" | "calls" | "throttled">;

/** Ends early for a reason, or does not: null. */
type Way = (begin: () => void) => Promise<string | null>;

/** The longest wait for all instances. */
const LONGEST_S = 120;
/** What ends late: Terraform first finishes what is under way. */
const KILLED_AFTER_S = 10;
/** The exit codes of `timeout`: ended, and killed. */
const TIMED_OUT = [124, 137];

/** Peers that need too long for all are asked for fewer, too. */
const FEWER = 50;

/**
 * xcore's loop with its real provider: a scheduler that has tasks for so many workers, one tick a
 * second.
 */
async function xcore(
  { runtime, provider }: { runtime: Runtime; provider: Provider },
  type: string,
  count: number,
): Promise<null> {
  const { zones } = await provider.machineTypes([type]);
  const deps = {
    ...{ provider, clock: runtime.clock, random: runtime.random, log: { info() {}, warn: console.error } },
    ...{ history: new MemoryHistory(), scheduler: new FakeScheduler(), daemonId: "bench" },
    rules: rules({ pools: [pool({ type, zones, maxWorkers: count })] }),
    leaseTerms: DEFAULT_TERMS,
    prices: null,
    spent: () => Promise.resolve(null),
  };
  deps.scheduler.says = tasks(count);
  let state = FIRST_STATE;
  const running = () =>
    Object.values(state.memory.workers).filter(({ instance }) => instance.state === "running").length;
  while (running() < count) {
    state = await tick(deps, state);
    await runtime.clock.sleep(1000);
  }
  return null;
}

/** `terraform apply` of so many instances. */
async function terraform(folder: string, config: unknown, begin: () => void): Promise<string | null> {
  await Deno.writeTextFile(`${folder}/main.tf.json`, JSON.stringify(config));
  await output("terraform", [`-chdir=${folder}`, "init", "-input=false"]);
  begin();
  return await patiently(
    "terraform",
    `-chdir=${folder}`,
    "apply",
    "-input=false",
    "-auto-approve",
    "-no-color",
  );
}

const each = (count: number) => `\${toset([for number in range(${count}) : tostring(number)])}`;

function onEc2({ base }: AwsCluster, provider: unknown, count: number) {
  const worker = {
    for_each: each(count),
    ami: base.imageId,
    instance_type: "t3.small",
    subnet_id: Object.values(base.subnets)[0],
    vpc_security_group_ids: [base.securityGroupId],
    tags: { Name: "worker-${each.key}" },
  };
  return {
    terraform: { required_providers: { aws: { source: "hashicorp/aws", version: "3.39.0" } } },
    provider,
    resource: { aws_instance: { worker } },
  };
}

const IMAGE = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64";

function onGce({ project, zone, subnetwork }: Gce, count: number) {
  const worker = {
    for_each: each(count),
    name: "worker-${each.key}",
    machine_type: "n1-standard-1",
    zone,
    boot_disk: {
      initialize_params: { image: IMAGE },
    },
    network_interface: { subnetwork },
  };
  return {
    terraform: { required_providers: { google: { source: "hashicorp/google" } } },
    provider: { google: { project, zone } },
    resource: { google_compute_instance: { worker } },
  };
}

/** Runs a program until the longest wait is over; returns why it ended before it was done. */
async function patiently(...command: string[]): Promise<string | null> {
  const args = [`--kill-after=${KILLED_AFTER_S}`, String(LONGEST_S), ...command];
  const { code, stderr } = await new Deno.Command("timeout", { args, stdin: "null" }).output();
  if (code === 0) return null;
  if (TIMED_OUT.includes(code)) return `was stopped after ${LONGEST_S} s`;
  const lines = new TextDecoder().decode(stderr).trimEnd().split("\n");
  const said = lines.findLast((line) => /error|exception/i.test(line));
  return `gave up: ${(said ?? `exit code ${code}`).trim().slice(0, 160)}`;
}

/** Whether a way is named on the command line, or none is. */
function isWanted(who: string): boolean {
  const named = Deno.args.slice(3);
  return named.length === 0 || named.includes(who);
}

/** Runs one way and reads what it has come to. */
async function measure(
  who: string,
  asked: number,
  way: Way,
  reading: () => Promise<Reading>,
): Promise<Measured> {
  let begunMs = Date.now();
  const gaveUp = await way(() => begunMs = Date.now());
  const seconds = (Date.now() - begunMs) / 1000;
  return { who, asked, seconds, gaveUp, ...await reading() };
}

function script(name: string): string {
  return new URL(name, import.meta.url).pathname;
}

async function onAws(count: number, python: string): Promise<Measured[]> {
  const facts = ({ base }: AwsCluster) =>
    [base.region, base.imageId, Object.values(base.subnets)[0]!, base.securityGroupId] as const;
  type WayFor = (cluster: AwsCluster, provider: unknown, asked: number) => Way;
  const ways: readonly (readonly [who: string, asked: readonly number[], way: WayFor])[] = [
    ["xcore", [count], (cluster) => () => xcore(cluster, "t3.small", count)],
    [
      "Ray's node provider",
      [count],
      (cluster, _, asked) => () =>
        patiently(python, script("launch_with_ray.py"), String(asked), ...facts(cluster)),
    ],
    [
      "terraform apply, for_each",
      [FEWER, count],
      (cluster, provider, asked) => (begin) =>
        terraform(cluster.home.dir, onEc2(cluster, provider, asked), begin),
    ],
    [
      "dask-cloudprovider",
      [FEWER, count],
      (cluster, _, asked) => () =>
        patiently(python, script("launch_with_dask_cloudprovider.py"), String(asked), ...facts(cluster)),
    ],
  ];
  const all: Measured[] = [];
  const wanted = ways.filter(([who]) => isWanted(who))
    .flatMap(([who, counts, way]) => counts.map((asked) => ({ who, asked, way })));
  for (const { who, asked, way } of wanted) {
    await withEc2({ boot: false }, async (ec2) => {
      await using cluster = await awsCluster(ec2);
      await ec2.control.reset();
      const reading = async () => {
        const calls = await ec2.control.calls();
        return {
          count: (await ec2.control.instances()).length,
          calls: await ec2.control.counts(),
          throttled: calls.filter(({ code }) => code === "RequestLimitExceeded").length,
        };
      };
      all.push(await measure(who, asked, way(cluster, terraformProvider(ec2), asked), reading));
    });
  }
  return all;
}

async function onGcp(count: number, python: string): Promise<Measured[]> {
  const all: Measured[] = [];
  const others = ["terraform apply, for_each", "dask-cloudprovider"] as const;
  const ways = [
    ["xcore", count] as const,
    ...others.flatMap((who) => [FEWER, count].map((asked) => [who, asked] as const)),
  ];
  for (const [who, asked] of ways.filter(([who]) => isWanted(who))) {
    await withGce(async (gce) => {
      await using cluster = await gcpCluster(gce);
      const most = { CPUS: 10_000, IN_USE_ADDRESSES: 10_000, SSD_TOTAL_GB: 1e6, DISKS_TOTAL_GB: 1e6 };
      await gce.control("limits", {
        region_quotas: { ...most, INSTANCES: 10_000 },
        project_quotas: { CPUS_ALL_REGIONS: 10_000 },
      });
      // dask-cloudprovider lists an instance as soon as the call that makes it is answered.
      await gce.control("times", { insert_s: 0 });
      await gce.control("calls", { reset: true });
      const reading = async () => ({
        count: (await gce.control<readonly unknown[]>("bill")).length,
        calls: await gce.control<Record<string, number>>("calls"),
        throttled: (await gce.control<{ calls: number }>("throttled")).calls,
      });
      const ofWay: Readonly<Record<typeof who, Way>> = {
        "xcore": () => xcore(cluster, "n1-standard-1", asked),
        "terraform apply, for_each": (begin) => terraform(cluster.home.dir, onGce(gce, asked), begin),
        "dask-cloudprovider": () => {
          const facts = [
            gce.endpoint,
            gce.token,
            gce.project,
            gce.zone,
            gce.subnetwork.split("/").at(-1)!,
            IMAGE,
          ];
          return patiently(python, script("launch_with_dask_cloudprovider_gcp.py"), String(asked), ...facts);
        },
      };
      const way = ofWay[who];
      for (const [name, value] of Object.entries(gce.env)) Deno.env.set(name, value);
      all.push(await measure(who, asked, way, reading));
    });
  }
  return all;
}

if (import.meta.main) {
  const [cloud, count, python] = Deno.args;
  const all = cloud === "aws" ? await onAws(Number(count), python!) : await onGcp(Number(count), python!);
  console.log(JSON.stringify(all));
  Deno.exit(0);
}
