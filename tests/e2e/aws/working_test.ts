import assert from "node:assert/strict";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { daemonSetup } from "../../../lib/daemon/daemon_setup.ts";
import { AuthError } from "../../../lib/errors.ts";
import { openOffering } from "../../../lib/plan/offering.ts";
import { ec2, onEc2 } from "./_run.ts";

const POOLS = "worker_type: t3.small\npools: [{name: gpu, worker_type: g4dn.xlarge}]\n";

Deno.test("the daemon works with zones and GPUs as AWS has them, and without while AWS does not say", async () => {
  await onEc2(async ({ runtime, home, clusterId }) => {
    const config = await parseConfig(`provider: aws\ncluster_id: ${clusterId}\n${POOLS}`, home.config);
    await ec2.control.set({ credentials: "expired" });
    const early = await daemonSetup(runtime, home, config);
    assert.ok(early.unknown instanceof AuthError);
    assert.deepEqual(early.pools.map(({ zones, resources }) => [zones, resources]), [[[], {}], [[], {}]]);

    await ec2.control.set({ credentials: "valid" });
    const { unknown, pools } = await daemonSetup(runtime, home, config);
    assert.equal(unknown, null);
    const zones = ["us-east-1a", "us-east-1b"];
    assert.deepEqual(pools.map(({ zones, resources }) => [zones, resources]), [[zones, {}], [zones, {
      GPU: 1,
    }]]);
    assert.deepEqual([pools[1]!.accelerator, pools[1]!.bootTimeoutS], ["T4", 1800]);
    assert.deepEqual(pools.map(({ spotPricePerCore }) => spotPricePerCore), [{}, {}]);
  });
});

Deno.test("spot workers are tried in the zone where AWS says that they are cheapest", async () => {
  await onEc2(async ({ runtime, home, clusterId }) => {
    const text = `provider: aws\ncluster_id: ${clusterId}\n${POOLS}market: spot\n`;
    const config = await parseConfig(text, home.config);
    await ec2.control.set({ spotPrices: { "t3.small": 0.0062, "t3.small/us-east-1b": 0.0052 } });
    const { pools: [pool] } = await daemonSetup(runtime, home, config);
    const first = openOffering(pool!, {}, 0);
    assert.deepEqual(first, { type: "t3.small", zone: "us-east-1b", market: "spot" });
    assert.equal(pool!.spotPricePerCore["t3.small/us-east-1b"], 0.0026);

    await ec2.control.set({ denied: ["DescribeSpotPriceHistory"] });
    const { unknown, pools: [other] } = await daemonSetup(runtime, home, config);
    assert.deepEqual([unknown, openOffering(other!, {}, 0)?.zone], [null, "us-east-1a"]);
  });
});
