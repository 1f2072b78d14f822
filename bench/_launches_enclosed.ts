/**
 * Launches instances on the emulated EC2 in several ways; launches.ts runs it where nothing else
 * can be reached.
 * @module
 */

import { pool, rules, tasks } from "../tests/support/fakes/builders.ts";
import { FakeScheduler } from "../tests/support/fakes/fake_scheduler.ts";
import { MemoryHistory } from "../tests/support/fakes/memory_history.ts";
import { type AwsCluster, awsCluster } from "../tests/e2e/aws/_account.ts";
import { type Ec2, terraformProvider, withEc2 } from "../tests/emulators/ec2.ts";
import { FIRST_STATE } from "../lib/reconcile/tick_state.ts";
import { tick } from "../lib/reconcile/tick.ts";
import { output } from "./_bench_cluster.ts";
import { DEFAULT_TERMS } from "../lib/protocol/messages.ts";

/** The result of one way of launching. */
export interface Measured {
  readonly who: string;
  /** Seconds from the beginning until the last instance was requested. */
  readonly seconds: number;
  /** Instances requested. */
  readonly count: number;
  /** Calls that changed something, or tried to. */
  readonly changes: number;
}

type Way = (ec2: Ec2, cluster: AwsCluster, count: number) => Promise<void>;

/** The longest wait for instances. */
const PATIENCE_S = 300;
/** The exit code of `timeout`. */
const TIMED_OUT = 124;
const LOOKS = /^(Describe|Get)/;

/**
 * xcore's loop with its real provider: a scheduler that has tasks for so many workers, one tick a
 * second.
 */
const xcore: Way = async (_ec2, { runtime, provider }, count) => {
  const { zones } = await provider.machineTypes([]);
  const deps = {
    ...{ provider, clock: runtime.clock, random: runtime.random, log: { info() {}, warn: console.error } },
    ...{ history: new MemoryHistory(), scheduler: new FakeScheduler(), daemonId: "bench" },
    rules: rules({ pools: [pool({ type: "t3.small", zones, maxWorkers: count })] }),
    leaseTerms: DEFAULT_TERMS,
    prices: null,
    spent: () => Promise.resolve(null),
  };
  deps.scheduler.says = tasks(count);
  let state = FIRST_STATE;
  while (Object.keys(state.memory.workers).length < count) {
    state = await tick(deps, state);
    await runtime.clock.sleep(1000);
  }
};

const terraform: Way = async (ec2, { home, base }, count) => {
  const machine = {
    for_each: `\${toset([for number in range(${count}) : tostring(number)])}`,
    ami: base.imageId,
    instance_type: "t3.small",
    subnet_id: Object.values(base.subnets)[0],
    vpc_security_group_ids: [base.securityGroupId],
    tags: { Name: "worker-${each.key}" },
  };
  const text = JSON.stringify({
    terraform: { required_providers: { aws: { source: "hashicorp/aws", version: "3.39.0" } } },
    provider: terraformProvider(ec2),
    resource: { aws_instance: { worker: machine } },
  });
  await Deno.writeTextFile(`${home.dir}/main.tf.json`, text);
  await output("terraform", [`-chdir=${home.dir}`, "init", "-input=false"]);
  begin();
  await patiently("terraform", `-chdir=${home.dir}`, "apply", "-input=false", "-auto-approve");
};

const daskCloudprovider: Way = async (_ec2, { base }, count) => {
  const script = new URL("launch_with_dask_cloudprovider.py", import.meta.url).pathname;
  const facts = [base.region, base.imageId, Object.values(base.subnets)[0]!, base.securityGroupId];
  await patiently(Deno.args[1]!, script, String(count), ...facts);
};

/** Runs a program until the longest wait is over. */
async function patiently(...command: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command("timeout", {
    args: [String(PATIENCE_S), ...command],
    stdin: "null",
  })
    .output();
  if (code === TIMED_OUT || code === 0) return;
  throw new Error(`${command.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

let begunMs = 0;

/** The measurement starts here. */
function begin(): void {
  begunMs = Date.now();
}

async function measure(who: string, way: Way, count: number): Promise<Measured> {
  const measured: Measured[] = [];
  await withEc2({ boot: false }, async (ec2) => {
    await using cluster = await awsCluster(ec2);
    await ec2.control.reset();
    begin();
    await way(ec2, cluster, count);
    const requested = (await ec2.control.instances()).map(({ times }) => times.requestedAt!);
    const counts = Object.entries(await ec2.control.counts());
    console.error(`${who}, ${count}: ${counts.map(([action, calls]) => `${action} ${calls}`).join(", ")}`);
    const changes = counts.filter(([action]) => !LOOKS.test(action)).reduce(
      (sum, [, calls]) => sum + calls,
      0,
    );
    measured.push({
      who,
      seconds: Math.max(...requested) - begunMs / 1000,
      count: requested.length,
      changes,
    });
  });
  return measured[0]!;
}

const count = Number(Deno.args[0]);
const ways: readonly (readonly [string, Way])[] = [
  ["xcore", xcore],
  ["terraform apply, for_each", terraform],
  ["dask-cloudprovider", daskCloudprovider],
];
const all: Measured[] = [];
for (const [who, way] of ways) all.push(await measure(who, way, count));
console.log(JSON.stringify(all));
Deno.exit(0);
