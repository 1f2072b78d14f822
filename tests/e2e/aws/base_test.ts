import assert from "node:assert/strict";
import { join } from "node:path";
import { refused } from "../../emulators/refused.ts";
import {
  allMade,
  clusterIdOf,
  interruptedStart,
  said,
  startWithKilledTerraform,
  terraform,
} from "../../emulators/starting.ts";
import { type TestCluster, withHome } from "../local/harness.ts";
import { type Account, initAws, tagged, withAccount, withAwsHome } from "./_aws_home.ts";

// Nothing boots here, so no scheduler ever answers: each start is interrupted once all is made.

function test(name: string, body: (cluster: TestCluster, account: Account) => Promise<void>): void {
  Deno.test(name, () => withAwsHome({ boot: false }, body));
}

test(
  "start makes all that is planned, tagged, and a plan after it is empty; shutdown leaves nothing",
  async (cluster, account) => {
    await initAws(cluster, account);
    const capacity = [{ type: "t3.*", zone: "us-east-1a", left: 0 }];
    await account.ec2.control.set({ capacity });
    for (const name of ["free_plan", "institute"] as const) await account.ec2.control.profile(name);
    const { code, stderr } = await interruptedStart(cluster, allMade(cluster));
    assert.equal(code, 130, stderr);
    for (
      const why of [
        /^This account may have no t2\.small: making the scheduler a t3\.small in us-east-1a instead\.$/m,
        /^There is no t3\.small in us-east-1a now: making the scheduler in us-east-1b instead\.$/m,
      ]
    ) assert.match(stderr, why);
    assert.match(stderr, /^To make in us-east-1, \d+ resources: /m);
    assert.match(stderr, /^(\d+)\/\1 Making instance scheduler: done$/m);
    assert.match(stderr, /^Interrupted; the cluster has: .*instance i-\w+.*vpc vpc-\w+/m);
    assert.match(stderr, /^Run `xcore start` again to continue, or `xcore shutdown` to remove it\.$/m);

    assert.match(
      await terraform(cluster, account.env, "plan", "-input=false", "-no-color"),
      /^No changes\./m,
    );
    const [scheduler] = await account.ec2.control.instances();
    assert.deepEqual([scheduler?.type, scheduler?.zone], ["t3.small", "us-east-1b"]);
    assert.equal(scheduler?.credits?.mode, "unlimited", "not this account's default");
    assert.equal(scheduler?.tags["xcore-role"], "scheduler");
    const clusterId = await clusterIdOf(cluster);
    const there = await tagged(account, clusterId);
    for (const kind of ["i-", "vol-", "vpc-", "igw-", "rtb-", "sg-", "key-"]) {
      assert.equal(there.filter((id) => id.startsWith(kind)).length, 1, `${kind} in ${there.join(" ")}`);
    }
    const state = join(cluster.home, "terraform", "terraform.tfstate");
    assert.equal((await Deno.stat(state)).mode! & 0o777, 0o600);

    assert.match(await cluster.ok("url"), /^tls:\/\/198\.18\.\d+\.\d+:8786$/m);
    assert.match(await cluster.ok("shutdown", "--yes"), /^Nothing is left\.$/m);
    assert.deepEqual(await tagged(account, clusterId), []);
    assert.match(await cluster.ok("shutdown", "--yes"), /^Nothing is left\.$/m);
  },
);

test(
  "Ctrl-C ends Terraform where nothing is lost, and start goes on from there, but in no other region",
  async (cluster, account) => {
    await initAws(cluster, account);
    const first = await interruptedStart(cluster, said(cluster, /aws_vpc\.this\[0\]: Creating/));
    assert.equal(first.code, 130, first.stderr);
    assert.match(first.stderr, /^Stopping cleanly; press Ctrl-C again to stop at once …$/m);
    assert.match(first.stderr, /^Interrupted; the cluster has: .*vpc vpc-/m);
    const clusterId = await clusterIdOf(cluster);
    const [vpc] = (await tagged(account, clusterId)).filter((id) => id.startsWith("vpc-"));
    await cluster.ok("config", "set", "region_name", "eu-west-2");
    const { lines } = await refused(cluster, 1, ["start"]);
    assert.match(
      lines[0]!,
      /^Cannot continue this start: the config now names another region/,
    );
    await cluster.ok("config", "set", "region_name", "us-east-1");
    const second = await interruptedStart(cluster, allMade(cluster));
    assert.equal(second.code, 130, second.stderr);
    assert.deepEqual((await tagged(account, clusterId)).filter((id) => id.startsWith("vpc-")), [vpc]);

    await cluster.ok("config", "set", "region_name", "eu-west-2");
    assert.match(await cluster.ok("shutdown", "--yes"), /^Nothing is left\.$/m);
    assert.deepEqual(await tagged(account, clusterId), [], "it ended where it was made");
  },
);

test(
  "a Terraform that was killed leaves what doctor finds and removes, and shutdown then leaves nothing",
  async (cluster, account) => {
    await initAws(cluster, account);
    const clusterId = await clusterIdOf(cluster);
    const { code, stderr } = await startWithKilledTerraform(
      cluster,
      async () => (await tagged(account, clusterId)).some((id) => id.startsWith("vpc-")),
    );
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^Cannot make what the cluster stands on: Terraform was killed in the middle$/m);

    const found = await refused(cluster, 4, ["doctor"]);
    assert.match(found.stdout, /^✗ Orphans: .*vpc vpc-\w+.*\n {2}Remove them with `xcore doctor --fix`\.$/m);
    // The exit code is for the scheduler, which is missing.
    assert.match((await cluster.xcore("doctor", "--fix")).stdout, /^✓ Orphans: removed .*vpc vpc-\w+/m);
    assert.match(await cluster.ok("shutdown", "--yes"), /^Nothing is left\.$/m);
    assert.deepEqual(await tagged(account, clusterId), []);
  },
);

Deno.test("of two clusters of one name in an account, one's shutdown leaves the other whole", () =>
  withAccount({ boot: false }, (account) =>
    withHome((one) =>
      withHome(async (other) => {
        const clusters = [one, other];
        // One after the other: each unpacks Terraform's provider into the folder that both run it from.
        for (const cluster of clusters) await initAws(cluster, account);
        const ids = await Promise.all(clusters.map(async (cluster) => {
          const { code, stderr } = await interruptedStart(cluster, allMade(cluster));
          assert.equal(code, 130, stderr);
          assert.equal((await cluster.ok("config", "get", "cluster_name")).trim(), "xcore");
          return await clusterIdOf(cluster);
        }));
        const before = await tagged(account, ids[1]!);
        assert.match(await one.ok("shutdown", "--yes"), /^Nothing is left\.$/m);
        assert.deepEqual(await tagged(account, ids[0]!), []);
        assert.deepEqual(await tagged(account, ids[1]!), before);
        assert.match(await other.ok("url"), /^tls:/);
      }, { env: account.env }), { env: account.env })));
