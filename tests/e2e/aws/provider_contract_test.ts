import { RunInstancesCommand } from "npm:@aws-sdk/client-ec2@3.1169.0";
import { providerContract, type ProviderHarness } from "../../contract/provider/contract.ts";
import type { Fault } from "../../emulators/control.ts";
import { accountClient, type AwsCluster, awsCluster } from "./_account.ts";
import { calmly, ec2 } from "./_run.ts";

const ACTIONS = {
  list: "DescribeInstances",
  launch: "RunInstances",
  terminate: "TerminateInstances",
} as const;
const TOO_MANY = { code: "RequestLimitExceeded", status: 503 };
/** The SDK looks three times before it gives up. */
const LOOKS = 3;
const A_LONG_TIME_S = 1e6;

/** The real provider, its real SDK, and an EC2 whose instances exist in its API alone. */
providerContract("aws", async () => {
  const [cluster, namesake] = await calmly(async () =>
    [await awsCluster(ec2), await awsCluster(ec2)] as const
  );
  const again = await cluster.again();
  const fault = (fault: Fault) => ec2.control.set({ faults: [fault] });
  const harness: ProviderHarness = {
    provider: cluster.provider,
    another: () => again,
    stranger: () => namesake.provider,
    order: {
      ...{ pool: "default", type: "t3.small", accelerator: null, acceleratorCount: 0, resources: {} },
      ...{ zone: Object.keys(cluster.base.subnets)[1]!, market: "on-demand", slots: 1 },
    },
    accelerator: "T4",
    foreign: () => foreign(cluster),
    allowOnly: (names) => ec2.control.set({ capacity: names === null ? [] : [{ left: names.length }] }),
    until,
    print: ({ id }, text) => ec2.control.print(id, text),
    trouble: {
      throttle: (call) => fault({ ...TOO_MANY, action: ACTIONS[call], times: call === "list" ? LOOKS : 1 }),
      loseAnswer: () => fault({ action: ACTIONS.launch, code: "InternalError", status: 500, after: true }),
      hideNew: (hidden) => ec2.control.set({ listingLagS: hidden ? A_LONG_TIME_S : 0 }),
    },
    async dispose() {
      await namesake[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
  return harness;
}, { most: 2500, troubled: true });

/** One that somebody started by hand, and tagged with the cluster's bare name and a role. */
async function foreign({ base }: AwsCluster): Promise<{ id: string; isThere(): Promise<boolean> }> {
  const client = accountClient(ec2);
  const tags = { "xcore-cluster": "xcore", "xcore-role": "worker", "xcore-names": "worker-0" };
  const { Instances } = await client.send(
    new RunInstancesCommand({
      ...{ ImageId: base.imageId, InstanceType: "t3.small", MinCount: 1, MaxCount: 1 },
      TagSpecifications: [{
        ResourceType: "instance",
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }],
    }),
  );
  const id = Instances![0]!.InstanceId!;
  const isThere = async () =>
    (await ec2.control.instances()).some((instance) =>
      instance.id === id && ["pending", "running"].includes(instance.state)
    );
  return { id, isThere };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise((resolve) => setTimeout(resolve, 100));
}
