import assert from "node:assert/strict";
import {
  CreateImageCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
} from "npm:@aws-sdk/client-ec2@3.1169.0";
import { loadConfig } from "../../../lib/config/load_config.ts";
import { cloud as awsCloud } from "../../../lib/platform/aws/cloud.ts";
import type { CheckResult } from "../../../lib/platform/check_result.ts";
import { on } from "../../unit/config/_on.ts";
import { accountClient } from "./_account.ts";
import { ec2, onEc2, orderOf, workers } from "./_run.ts";

/** The results of a check under this config, by name. */
async function checked(
  config: string,
  body: (results: Readonly<Record<string, CheckResult>>) => Promise<void> | void,
  trouble: Parameters<typeof ec2.control.set>[0] = {},
): Promise<void> {
  await onEc2(async ({ provider }) => {
    await ec2.control.set(trouble);
    const results = await Array.fromAsync(provider.check());
    for (const { outcome, fix, name } of results) assert.equal(fix === null, outcome === "passed", name);
    await body(Object.fromEntries(results.map((result) => [result.name, result])));
  }, { config });
}

Deno.test("check() says who one is, where, and from where it knows", async () => {
  await checked("", (results) => {
    assert.equal(results["AWS region"]!.message, "us-east-1");
    assert.match(
      results["AWS credentials"]!.message,
      /^arn:aws:.* in account 123456789012, from environment variables$/,
    );
    assert.match(
      results["Image"]!.message,
      /^ubuntu\/images\/.*noble-24\.04-amd64-server-20261101 \(ami-\w+, x86_64\)$/,
    );
    assert.deepEqual([...new Set(Object.values(results).map(({ outcome }) => outcome))], ["passed"]);
  });
});

Deno.test("check() with credentials that AWS does not take asks nothing further", async () => {
  await checked("", (results) => {
    assert.deepEqual(Object.keys(results), ["AWS region", "AWS credentials"]);
    assert.equal(results["AWS credentials"]!.outcome, "failed");
    assert.match(results["AWS credentials"]!.fix!, /aws sts get-caller-identity/);
  }, { credentials: "invalid" });
});

Deno.test("check() names every call that AWS would refuse, and makes none of them", async () => {
  await checked("", async (results) => {
    const { outcome, message, fix } = results["EC2 permissions"]!;
    assert.equal(outcome, "failed");
    assert.equal(message, "AWS refuses RunInstances, CreateVpc");
    assert.match(fix!, /AmazonEC2FullAccess/);
    const changes = (await ec2.control.calls()).filter(({ action }) =>
      /^(Run|Terminate|Create|Import)/.test(action)
    );
    assert.equal(changes.length, 6);
    assert.ok(changes.every(({ dryRun }) => dryRun));
  }, { denied: ["RunInstances", "CreateVpc"] });
});

Deno.test("check() pretends a launch as a worker's will be, with its profile", async () => {
  const denied = { denied: ["iam:PassRole"] };
  await checked("instance_profile: lab\nmarket: spot\n", (results) => {
    assert.equal(results["EC2 permissions"]!.message, "AWS refuses RunInstances");
    assert.match(results["EC2 permissions"]!.fix!, /iam:PassRole for the role of lab/);
  }, denied);
  await checked("", (results) => assert.equal(results["EC2 permissions"]!.outcome, "passed"), denied);
});

Deno.test("check() takes no other answer to a pretended call for a refusal", async () => {
  const faults = [{ action: "CreateVpc", code: "VpcLimitExceeded", times: 1 }];
  await checked("", (results) => assert.equal(results["EC2 permissions"]!.outcome, "passed"), { faults });
});

Deno.test("check() says that there is no such image", async () => {
  await checked("image_name: no/such-*\n", (results) => {
    assert.equal(results["Image"]!.outcome, "failed");
    assert.match(results["Image"]!.message, /^099720109477 has no image no\/such-\* in this region$/);
  });
});

Deno.test("check() names the nearest type that exists", async () => {
  await checked("worker_type: c5.xlage\n", (results) => {
    assert.equal(results["Machine types"]!.message, "not offered in this region: c5.xlage (c5.xlarge is)");
    assert.match(results["Machine types"]!.fix!, /config set worker_type/);
  });
});

Deno.test("check() sees that image and machines do not fit together", async () => {
  await checked("worker_type: c6g.large\n", (results) => {
    assert.match(
      results["Machine types"]!.message,
      /^c6g\.large is arm64, and the image ubuntu\/.* is x86_64$/,
    );
    assert.equal(results["Image"]!.outcome, "passed");
  });
});

Deno.test("check() says in which of the zones a type cannot be had", async () => {
  const zones = "zones: [us-east-1a, us-east-1e]\n";
  await checked(`worker_type: c5.xlarge\n${zones}`, (results) => {
    assert.deepEqual([results["Zones"]!.outcome, results["Zones"]!.message], [
      "warning",
      "not offered: c5.xlarge in us-east-1e",
    ]);
  });
  await checked("worker_type: c5.xlarge\nzones: [us-east-1e]\n", (results) => {
    assert.equal(results["Zones"]!.outcome, "failed");
    assert.match(results["Zones"]!.fix!, /config set zones '\[us-east-1a, /);
  });
});

Deno.test("check() warns of types that an account on the Free plan may not launch", async () => {
  await checked("worker_type: c5.xlarge\n", (results) => {
    assert.equal(results["Free plan"]!.outcome, "warning");
    assert.match(results["Free plan"]!.message, /c5\.xlarge$/);
  });
  await checked("", (results) => assert.equal(results["Free plan"], undefined));
});

Deno.test("check() counts no Local Zone among the region's own", async () => {
  await checked("worker_type: c5.4xlarge\nscheduler_type: t3.small\nzones: []\n", (results) => {
    assert.doesNotMatch(results["Zones"]!.message, /bos/);
  }, { localZones: ["us-east-1-bos-1a"] });
});

Deno.test("check() says in which zones the subnets have no place for the scheduler", async () => {
  const client = accountClient(ec2);
  const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: "10.3.0.0/16" }));
  const where = { CidrBlock: "10.3.0.0/24", AvailabilityZone: "us-east-1e" };
  const { Subnet } = await client.send(new CreateSubnetCommand({ VpcId: Vpc!.VpcId, ...where }));
  const subnets = `subnet_ids: [${Subnet!.SubnetId}]\n`;
  await checked(`${subnets}scheduler_type: t3.small\nworker_type: t2.small\n`, (results) => {
    assert.equal(results["Zones"]!.outcome, "failed");
    assert.match(results["Zones"]!.message, /us-east-1e.*us-east-1a/);
    assert.match(results["Zones"]!.fix!, /scheduler_type/);
  });
  await checked(`${subnets}worker_type: t2.small\n`, (results) => {
    assert.equal(results["Zones"]!.outcome, "passed");
  });
});

Deno.test("check() counts the vCPUs that the pools can come to, and says that it does not know the quota", async () => {
  const pools =
    "worker_type: c5.xlarge\nmax_workers: 3\npools: [{name: gpu, worker_type: g4dn.xlarge, max_workers: 2}]\n";
  await checked(pools, (results) => {
    const { outcome, message, fix } = results["Quota"]!;
    assert.equal(outcome, "warning");
    assert.match(message, /have 13 vCPUs, those with a GPU 8;/);
    assert.match(fix!, /G and VT/);
  });
});

Deno.test("check() checks that the configured subnets exist and are of one network", async () => {
  const client = accountClient(ec2);
  const subnets: string[] = [];
  for (const CidrBlock of ["10.1.0.0/16", "10.2.0.0/16"]) {
    const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock }));
    const { Subnet } = await client.send(
      new CreateSubnetCommand({ VpcId: Vpc!.VpcId, CidrBlock: CidrBlock.replace("/16", "/24") }),
    );
    subnets.push(Subnet!.SubnetId!);
  }
  await checked(`subnet_ids: [${subnets[0]}]\n`, (results) => {
    assert.equal(results["Subnets"]!.outcome, "passed");
    assert.match(results["Subnets"]!.message, /^subnet-\w+ in us-east-1\w$/);
  });
  await checked(`subnet_ids: [${subnets.join(", ")}]\n`, (results) => {
    assert.match(results["Subnets"]!.message, /^they are of 2 networks/);
  });
  await checked("subnet_ids: [subnet-00000000]\n", (results) => {
    assert.equal(results["Subnets"]!.outcome, "failed");
    assert.match(results["Subnets"]!.message, /InvalidSubnetID\.NotFound/);
    assert.match(results["Subnets"]!.fix!, /`subnet_ids`/);
  });
});

Deno.test("clockAheadMs() is what AWS's clock is ahead of this machine's, and nothing for a second or two", async () => {
  await onEc2(async ({ runtime, home, clusterId }) => {
    await Deno.writeTextFile(home.config, `provider: aws\ncluster_id: ${clusterId}\n`);
    const config = on("aws", await loadConfig(runtime, home));
    const aheadBy = async (behindMs: number) => {
      const clock = { ...runtime.clock, nowMs: () => Date.now() - behindMs };
      return await awsCloud({ runtime: { ...runtime, clock }, home, config }).clockAheadMs();
    };
    assert.equal(await aheadBy(0), 0);
    assert.ok(Math.abs(await aheadBy(600_000) - 600_000) < 60_000);
    assert.ok(Math.abs(await aheadBy(-600_000) + 600_000) < 60_000);
  });
});

Deno.test("resources() has a snapshot whose image is gone, and an image is removed with all of its own", async () => {
  await onEc2(async (cluster) => {
    const { runtime, home, clusterId } = cluster;
    await Deno.writeTextFile(home.config, `provider: aws\ncluster_id: ${clusterId}\n`);
    const aws = awsCloud({ runtime, home, config: on("aws", await loadConfig(runtime, home)) });
    const client = accountClient(ec2);
    const { instances: [origin] } = await cluster.provider.launch(orderOf(cluster, workers(1)));
    const imageOf = async (Name: string) => {
      const { ImageId } = await client.send(new CreateImageCommand({ InstanceId: origin!.id, Name }));
      const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [ImageId!] }));
      const { SnapshotId } = Images![0]!.BlockDeviceMappings![0]!.Ebs!;
      const Tags = [{ Key: "xcore-cluster", Value: clusterId }, { Key: "xcore-role", Value: "image" }];
      await client.send(new CreateTagsCommand({ Resources: [ImageId!, SnapshotId!], Tags }));
      return { image: ImageId!, snapshot: SnapshotId! };
    };
    const snapshots = async () => (await aws.resources()).filter(({ kind }) => kind === "snapshot");

    await ec2.control.set({ snapshotBusyS: 0, snapshotResult: "internal-error" });
    const [orphan] = [await imageOf("one"), await imageOf("other")];
    assert.deepEqual(await snapshots(), []);
    await client.send(new DeregisterImageCommand({ ImageId: orphan.image }));
    assert.deepEqual(await snapshots(), [{ kind: "snapshot", id: orphan.snapshot }]);
    for (const image of await aws.images()) await aws.removeImage(image);
    for (const snapshot of await snapshots()) await aws.remove(snapshot);
    assert.deepEqual([await aws.images(), await snapshots()], [[], []]);
  });
});
