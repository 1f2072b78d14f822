import assert from "node:assert/strict";
import { applyTemplates } from "../../emulators/starting.ts";
import { PYTHON } from "../../emulators/person.ts";
import { layOldHome } from "../old_home.ts";
import type { TestCluster } from "../local/harness.ts";
import { type Account, ask, leadTerraform, tagged, withAwsHome } from "./_aws_home.ts";

const HOME = new URL("fixtures/home_fc3a1b1.json", import.meta.url);
const CLUSTER_ID = "xcore-b86ff2f5";
const ATTEMPT = "b05c9b9b1a2f3d4e5f607182";

Deno.test("a cluster on aws that an older program has started is shown, and shut down to nothing", () =>
  withAwsHome({ boot: false }, async (cluster, account) => {
    await layOldHome(cluster.home, HOME, CLUSTER_ID, {
      PYTHON,
      PUBLIC_KEY: account.publicKey,
      ADDRESS_URL: account.env.XCORE_ADDRESS_URL!,
    });
    await leadTerraform(account, cluster.home);
    await applyTemplates(cluster, account.env);
    const worker = await launchWorker(account, cluster);

    const { cluster: { state }, workers, problems } = await cluster.status();
    assert.equal(state, "degraded");
    assert.deepEqual(workers.map(({ name, id }) => [name, id]), [["worker-0", worker]]);
    assert.ok(problems.some(({ code }) => code === "scheduler_unreachable"), JSON.stringify(problems));

    assert.match(await cluster.ok("shutdown", "--yes"), /^Nothing is left\.$/m);
    assert.deepEqual(await tagged(account, CLUSTER_ID), []);
    assert.equal((await cluster.status()).cluster.state, "down");
  }));

/** As that program launched it; the instance's id. */
async function launchWorker({ ec2 }: Account, { home }: TestCluster): Promise<string> {
  const outputs = JSON.parse(await Deno.readTextFile(`${home}/terraform/outputs.json`));
  const tags = Object.entries({
    "Name": `${CLUSTER_ID}-worker`,
    "xcore-cluster": CLUSTER_ID,
    "xcore-role": "worker",
    "xcore-request": ATTEMPT,
    "xcore-names": "worker-0",
    "xcore-pool": "default",
  });
  const query = new URLSearchParams({
    Action: "RunInstances",
    ClientToken: ATTEMPT,
    MinCount: "1",
    MaxCount: "1",
    ImageId: outputs.image_id.value,
    InstanceType: "t2.small",
    "NetworkInterface.1.DeviceIndex": "0",
    "NetworkInterface.1.SubnetId": outputs.subnet_ids.value["us-east-1a"],
    "NetworkInterface.1.SecurityGroupId.1": outputs.security_group_id.value,
    InstanceInitiatedShutdownBehavior: "terminate",
    "TagSpecification.1.ResourceType": "instance",
  });
  for (const [i, [key, value]] of tags.entries()) {
    query.set(`TagSpecification.1.Tag.${i + 1}.Key`, key);
    query.set(`TagSpecification.1.Tag.${i + 1}.Value`, value);
  }
  const answer = await ask(ec2, query.toString());
  const [, id] = /<instanceId>(i-\w+)</.exec(answer) ?? assert.fail(answer);
  return id!;
}
