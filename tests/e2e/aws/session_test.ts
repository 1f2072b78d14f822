import assert from "node:assert/strict";
import { join } from "node:path";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { AuthError, ThrottledError, UsageError, XcoreError } from "../../../lib/errors.ts";
import { provider as awsProvider } from "../../../lib/platform/aws/provider.ts";
import { on } from "../../unit/config/_on.ts";
import { namesOf } from "../../contract/provider/contract.ts";
import { ec2, onEc2, orderOf, workers } from "./_run.ts";

Deno.test("list() that loses its way between two pages is incomplete, and has what it saw", async () => {
  await onEc2(async (cluster) => {
    const { provider } = cluster;
    await provider.launch(orderOf(cluster, workers(6)));
    // Two pages go well, and every later call fails, however often it is made.
    await ec2.control.set({ pageSize: 2, throttled: true, buckets: { DescribeInstances: [2, 0.0001] } });
    const { instances, complete } = await provider.list();
    assert.deepEqual([namesOf(instances).length, complete], [4, false]);
    await assert.rejects(provider.list(), ThrottledError);
    await ec2.control.set({ buckets: {}, throttled: false });
    assert.deepEqual([namesOf((await provider.list()).instances).length, (await provider.list()).complete], [
      6,
      true,
    ]);
  });
});

Deno.test("a throttled read is made three times at most, and a change once", async () => {
  await onEc2(async (cluster) => {
    const fault = { action: "*", code: "RequestLimitExceeded", status: 503, times: null };
    const before = await ec2.control.counts();
    await ec2.control.set({ faults: [fault] });
    await assert.rejects(cluster.provider.list(), ThrottledError);
    await assert.rejects(cluster.provider.launch(orderOf(cluster, workers(1))), ThrottledError);
    const { DescribeInstances, RunInstances } = await ec2.control.counts();
    assert.deepEqual([DescribeInstances! - (before.DescribeInstances ?? 0), RunInstances], [3, 1]);
  });
});

Deno.test("credentials that have expired are said to be, and renewed ones are found without a new process", async () => {
  await onEc2(async (cluster) => {
    const file = join(cluster.home.dir, "credentials");
    const write = (id: string) =>
      Deno.writeTextFile(file, `[default]\naws_access_key_id = ${id}\naws_secret_access_key = secret\n`);
    await write("AKIAIOSFODNN7OLDKEYS");
    const environment = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    for (const name of environment) Deno.env.delete(name);
    Deno.env.set("AWS_SHARED_CREDENTIALS_FILE", file);

    const provider = await cluster.again();
    const checks = await Array.fromAsync(provider.check());
    assert.match(
      checks.find(({ name }) => name === "AWS credentials")!.message,
      /the shared credentials file/,
    );
    await ec2.control.set({ credentials: "expired" });
    await assert.rejects(provider.list(), (error) => {
      assert.ok(error instanceof AuthError);
      assert.match(error.hint, /aws sso login/);
      return true;
    });
    await write("AKIAIOSFODNN7NEWKEYS");
    await ec2.control.set({ credentials: "valid" });
    assert.deepEqual(await provider.list(), { instances: [], complete: true });
    assert.equal((await ec2.control.calls()).at(-1)!.accessKeyId, "AKIAIOSFODNN7NEWKEYS");
  });
});

Deno.test("an AWS that cannot be reached is an error that says so, and not one of permissions", async () => {
  await onEc2(async (cluster) => {
    Deno.env.set("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    const provider = await cluster.again();
    await assert.rejects(provider.list(), (error) => {
      assert.ok(error instanceof XcoreError && !(error instanceof AuthError));
      assert.match(error.message, /^Cannot list the workers: AWS does not answer/);
      return true;
    });
    const open = await provider.launch(orderOf(cluster, workers(1))).then(() => null, (error) => error);
    assert.ok(open instanceof Error && !(open instanceof XcoreError), "whether it was launched is open");
  });
});

Deno.test("no region at all is said with how to name one", async () => {
  await onEc2(async ({ runtime, home, clusterId }) => {
    Deno.env.delete("AWS_REGION");
    const config = await parseConfig(`provider: aws\ncluster_id: ${clusterId}\n`, home.config);
    const provider = awsProvider({ runtime, home, config: on("aws", config) });
    await assert.rejects(provider.list(), UsageError);
    const [region, ...others] = await Array.fromAsync(provider.check());
    assert.deepEqual(
      [region, ...others].map((each) => [each!.name, each!.outcome]),
      [["AWS region", "failed"], ["AWS credentials", "passed"]],
    );
  });
});

Deno.test("an instance's age is told by AWS's clock, whatever this machine's says", async () => {
  await onEc2(async (cluster) => {
    const behind = { ...cluster.runtime.clock, nowMs: () => Date.now() - 3600_000 };
    const config = await parseConfig(
      `provider: aws\ncluster_id: ${cluster.clusterId}\n`,
      cluster.home.config,
    );
    const runtime = { ...cluster.runtime, clock: behind };
    await cluster.provider.launch(orderOf(cluster, workers(1)));
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const provider = awsProvider({ runtime, home: cluster.home, config: on("aws", config) });
    const [instance] = (await provider.list()).instances;
    assert.ok(instance!.ageS > 0 && instance!.ageS < 600, `${instance!.ageS}`);
  });
});

Deno.test("machineTypes() knows zones, cores and GPUs, and leaves out what does not exist", async () => {
  await onEc2(async ({ provider }) => {
    const { zones, types } = await provider.machineTypes(["c5.xlarge", "g4dn.12xlarge", "c5.huge"]);
    assert.deepEqual(zones, ["us-east-1a", "us-east-1b"]);
    const facts = Object.values(types).map(({ name, cores, accelerator, acceleratorCount }) =>
      [name, cores, accelerator, acceleratorCount].join(" ")
    );
    assert.deepEqual(facts.sort(), ["c5.xlarge 4  0", "g4dn.12xlarge 48 T4 4"]);
  });
});

Deno.test("bootLog() is the end of an instance's console", async () => {
  await onEc2(async (cluster) => {
    const attempt = orderOf(cluster, workers(2));
    const { instances } = await cluster.provider.launch(attempt);
    await ec2.control.print(instances.find(({ name }) => name === "worker-1")!.id, "the end");
    assert.equal((await cluster.provider.bootLog("worker-1", attempt.id))?.text, "the end");
    assert.equal((await ec2.control.counts()).GetConsoleOutput, 1);
    assert.equal(await cluster.provider.bootLog("worker-1", "another"), null);
    assert.equal((await ec2.control.counts()).GetConsoleOutput, 1);
  });
});
