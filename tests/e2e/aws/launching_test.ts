import assert from "node:assert/strict";
import {
  DescribeInstanceAttributeCommand,
  DescribeInstanceCreditSpecificationsCommand,
  DescribeInstancesCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
} from "npm:@aws-sdk/client-ec2@3.1169.0";
import { CapacityError, NotFoundError, QuotaError, XcoreError } from "../../../lib/errors.ts";
import { idsOf, namesOf } from "../../contract/provider/contract.ts";
import { assertWording } from "../../support/wording.ts";
import { accountClient } from "./_account.ts";
import { until } from "./_nodes.ts";
import { ec2, onEc2, orderOf, workers } from "./_run.ts";

Deno.test("launch() asks EC2 for what the config and the base say, all in one call", async () => {
  const config = "disk_gb: 33\ntags: {project: thesis}\npublic_ip: false\n";
  await onEc2(async (cluster) => {
    const attempt = orderOf(cluster, workers(3));
    const { instances: [first] } = await cluster.provider.launch(attempt);
    assert.equal((await ec2.control.counts()).RunInstances, 1);
    assert.equal((await ec2.control.counts()).CreateTags, undefined);

    const client = accountClient(ec2);
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [first!.id] }));
    const made = Reservations![0]!.Instances![0]!;
    assert.equal(made.ImageId, cluster.base.imageId);
    assert.equal(made.SubnetId, cluster.base.subnets[attempt.zone!]);
    assert.deepEqual(made.SecurityGroups!.map(({ GroupId }) => GroupId), [cluster.base.securityGroupId]);
    assert.equal(made.PublicIpAddress, undefined);
    assert.equal(made.MetadataOptions?.HttpTokens, "required");
    assert.equal(made.MetadataOptions?.HttpPutResponseHopLimit, 1);
    assert.equal(made.ClientToken, attempt.id);
    const attribute = async (Attribute: "instanceInitiatedShutdownBehavior" | "userData") =>
      await client.send(new DescribeInstanceAttributeCommand({ InstanceId: first!.id, Attribute }));
    const ending = await attribute("instanceInitiatedShutdownBehavior");
    assert.equal(ending.InstanceInitiatedShutdownBehavior?.Value, "terminate");
    assert.equal(atob((await attribute("userData")).UserData!.Value!), "#!/bin/bash\necho booted\n");

    const { Volumes } = await client.send(
      new DescribeVolumesCommand({ Filters: [{ Name: "attachment.instance-id", Values: [first!.id] }] }),
    );
    assert.deepEqual(Volumes!.map(({ Size, Encrypted }) => [Size, Encrypted]), [[33, true]]);
    const tagged = [first!.id, Volumes![0]!.VolumeId!];
    for (const id of tagged) {
      const { Tags } = await client.send(
        new DescribeTagsCommand({ Filters: [{ Name: "resource-id", Values: [id] }] }),
      );
      const tags = Object.fromEntries(Tags!.map(({ Key, Value }) => [Key, Value]));
      assert.equal(tags["project"], "thesis");
      assert.equal(tags["xcore-cluster"], cluster.clusterId);
      assert.equal(tags["xcore-names"], "worker-0..2");
    }
  }, { config });
});

Deno.test("launch() gives a public address where the config wants one, and takes a zone where none is named", async () => {
  await onEc2(async (cluster) => {
    const { instances } = await cluster.provider.launch(orderOf(cluster, workers(2), { zone: null }));
    assert.deepEqual(instances.map(({ zone }) => zone), ["us-east-1a", "us-east-1a"]);
    const made = (await ec2.control.instances()).filter(({ id }) => idsOf(instances).includes(id));
    assert.deepEqual(made.map(({ publicAddress }) => publicAddress !== null), [true, true]);
  });
});

Deno.test("launch() names instances by their launch index, and asks only for as many as one tag can name", async () => {
  await onEc2(async (cluster) => {
    const torn = workers(300).filter((_, i) => i % 2 === 0);
    const { instances } = await cluster.provider.launch(orderOf(cluster, torn));
    assert.ok(instances.length > 20 && instances.length < torn.length);
    assert.deepEqual(namesOf(instances), torn.slice(0, instances.length).sort());
    const rest = torn.slice(instances.length);
    const { instances: more } = await cluster.provider.launch(orderOf(cluster, rest));
    assert.deepEqual(namesOf(more), rest.slice(0, more.length).sort());
  });
});

Deno.test("launch() on spot makes spot instances that end when they are taken away", async () => {
  await onEc2(async (cluster) => {
    const { instances } = await cluster.provider.launch(orderOf(cluster, workers(1), { market: "spot" }));
    assert.deepEqual(instances.map(({ market }) => market), ["spot"]);
    await ec2.control.interruptSpot(instances[0]!.id, 0.1);
    while ((await cluster.provider.list()).instances.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
});

Deno.test("launch() always says in which credit mode a burstable worker runs, and of others nothing", async () => {
  await onEc2(async (cluster) => {
    await ec2.control.profile("institute"); // whose own defaults are the other ones
    const client = accountClient(ec2);
    const modeOf = async (type: string) => {
      const { instances } = await cluster.provider.launch(orderOf(cluster, workers(1), { type }));
      const { InstanceCreditSpecifications: modes } = await client.send(
        new DescribeInstanceCreditSpecificationsCommand({ InstanceIds: idsOf(instances) }),
      );
      return modes!.map(({ CpuCredits }) => CpuCredits);
    };
    assert.deepEqual(await modeOf("t2.small"), ["standard"]);
    assert.deepEqual(await modeOf("t3.small"), ["unlimited"]);
    assert.deepEqual(await modeOf("c5.large"), []);
  });
});

Deno.test("launch() says what the Free plan does not allow, so that another type is tried", async () => {
  await onEc2(async (cluster) => {
    await ec2.control.profile("free_plan");
    const launch = (type: string) => cluster.provider.launch(orderOf(cluster, workers(1), { type }));
    await assert.rejects(launch("c5.large"), QuotaError);
    assert.equal((await launch("t3.small")).instances.length, 1);
  });
});

Deno.test("launch() says that a zone is out of a type, and that the quota is reached", async () => {
  await onEc2(async (cluster) => {
    const launch = () => cluster.provider.launch(orderOf(cluster, workers(1)));
    await ec2.control.profile("stock_out");
    await assert.rejects(launch, CapacityError);
    await ec2.control.set({ capacity: [] });
    await ec2.control.profile("new_account");
    await assert.rejects(launch, QuotaError);
    // The SDK did not try again by itself: each launch was one call.
    assert.equal((await ec2.control.counts()).RunInstances, 2);
  });
});

Deno.test("launch() made again under changed settings finds what it made, and after a while that it made nothing", async () => {
  await onEc2(async (cluster) => {
    const attempt = orderOf(cluster, workers(2));
    await cluster.provider.launch(attempt);
    const changed = await cluster.again("disk_gb: 40\n");
    assert.deepEqual(namesOf((await changed.launch(attempt)).instances), ["worker-0", "worker-1"]);

    await ec2.control.set({ listingLagS: 1e6 });
    const open = await changed.launch(attempt).then(() => null, (error) => error);
    assert.ok(open instanceof Error && !(open instanceof XcoreError), "too early to say: listings lag");
    const old = { ...attempt, atMs: attempt.atMs - 121_000 };
    await assert.rejects(
      changed.launch(old),
      /^XcoreError: Cannot launch workers: the settings have changed/,
    );
  });
});

Deno.test("launch() without a base, or in a zone that the base has no subnet in, makes no call", async () => {
  await onEc2(async (cluster) => {
    await assert.rejects(
      cluster.provider.launch(orderOf(cluster, workers(1), { zone: "us-east-1f" })),
      /^CapacityError: Cannot launch workers in us-east-1f: the cluster has subnets in us-east-1a, us-east-1b/,
    );
    await Deno.remove(cluster.home.terraform, { recursive: true });
    await assert.rejects(cluster.provider.launch(orderOf(cluster, workers(1))), /no cluster is running/);
    assert.equal((await ec2.control.counts()).RunInstances, undefined);
  });
});

Deno.test("launch() says that a part of the base was removed", async () => {
  await onEc2(async (cluster) => {
    const gone = { ...cluster.base, subnets: { "us-east-1a": "subnet-00000000" } };
    await cluster.write(gone);
    await assert.rejects(cluster.provider.launch(orderOf(cluster, workers(1))), NotFoundError);
  });
});

Deno.test("list() tells why an instance was ended that EC2 had accepted, and nothing of one that was terminated", async () => {
  await onEc2(async (cluster) => {
    await ec2.control.set({
      deaths: [
        { market: "spot", code: "Server.InsufficientInstanceCapacity", message: "No capacity." },
        { zone: "us-east-1b", code: "Client.InternalError", message: "Client error on launch" },
        { type: "t3.large", code: "Client.VolumeLimitExceeded", message: "Volume limit exceeded" },
      ],
    });
    const launch = async (names: string[], over: Parameters<typeof orderOf>[2]) =>
      (await cluster.provider.launch(orderOf(cluster, names, over))).instances[0]!.id;
    const ids = [
      await launch(["worker-0"], { market: "spot" }),
      await launch(["worker-1"], { zone: "us-east-1b" }),
      await launch(["worker-2"], { type: "t3.large" }),
    ];
    const other = await launch(["worker-3"], {});
    await cluster.provider.terminate([other]);
    const listed = await until("all have ended", async () => {
      const listing = await cluster.provider.list();
      return listing.instances.length === 0 && listing;
    });
    const errors = ids.map((id) => listed.refused!.find((one) => one.id === id)!.error);
    assert.deepEqual(errors.map(({ constructor }) => constructor), [CapacityError, XcoreError, QuotaError]);
    assert.equal(listed.refused!.length, 3);
    assertWording("aws", "accepted and ended, out of capacity", errors[0]!.message);
    assertWording("aws", "accepted and ended, client error", `${errors[1]!.message}\n${errors[1]!.hint}`);
  });
});
