import assert from "node:assert/strict";
import type { Ec2Instance } from "../../../../lib/platform/aws/client.ts";
import { instanceOf } from "../../../../lib/platform/aws/list_instances.ts";

const NOW_MS = Date.UTC(2026, 0, 1);

/** An EC2 instance of ours; `tags` in place of its tags. */
function ec2Instance(over: Partial<Ec2Instance>, tags: Readonly<Record<string, string>> = {}): Ec2Instance {
  const all = { "xcore-role": "worker", "xcore-names": "worker-4..6", "xcore-request": "a1", ...tags };
  return {
    InstanceId: "i-1",
    InstanceType: "t3.small",
    PrivateIpAddress: "10.0.0.7",
    PublicIpAddress: "198.18.0.7",
    AmiLaunchIndex: 2,
    LaunchTime: new Date(NOW_MS - 90_500),
    Placement: { AvailabilityZone: "eu-west-2b" },
    State: { Name: "running" },
    Tags: Object.entries(all).map(([Key, Value]) => ({ Key, Value })),
    ...over,
  };
}

Deno.test("instanceOf() reads name, attempt, zone, market, age and address from what EC2 lists", () => {
  assert.deepEqual(instanceOf(ec2Instance({ InstanceLifecycle: "spot" }, { "xcore-pool": "gpu" }), NOW_MS), {
    id: "i-1",
    name: "worker-6",
    attemptId: "a1",
    pool: "gpu",
    type: "t3.small",
    accelerator: null,
    zone: "eu-west-2b",
    market: "spot",
    state: "running",
    ageS: 90.5,
    address: "198.18.0.7",
  });
});

Deno.test("instanceOf() has the private address where there is no public one, and none before there is any", () => {
  const addressOf = (over: Partial<Ec2Instance>) => instanceOf(ec2Instance(over), NOW_MS)?.address;
  assert.equal(addressOf({ PublicIpAddress: undefined }), "10.0.0.7");
  assert.equal(addressOf({ PublicIpAddress: undefined, PrivateIpAddress: "" }), null);
});

Deno.test("instanceOf() knows EC2's states, and that what is terminated is gone", () => {
  const states = ["pending", "running", "shutting-down", "stopping", "stopped", "terminated"] as const;
  const seen = states.map((Name) => instanceOf(ec2Instance({ State: { Name } }), NOW_MS)?.state);
  assert.deepEqual(seen, ["pending", "running", "stopping", "stopping", "stopped", undefined]);
});

Deno.test("instanceOf() of what has no worker's tag is none, and one without a name is called by its id", () => {
  assert.equal(instanceOf(ec2Instance({}, { "xcore-role": "scheduler" }), NOW_MS), null);
  assert.equal(instanceOf(ec2Instance({ Tags: undefined }), NOW_MS), null);
  assert.equal(instanceOf(ec2Instance({ AmiLaunchIndex: 3 }), NOW_MS)!.name, "i-1");
  assert.equal(instanceOf(ec2Instance({}, { "xcore-names": "" }), NOW_MS)!.name, "i-1");
});

Deno.test("instanceOf() never tells a negative age", () => {
  assert.equal(instanceOf(ec2Instance({ LaunchTime: new Date(NOW_MS + 5000) }), NOW_MS)!.ageS, 0);
});
