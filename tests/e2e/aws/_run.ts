/** What the provider's tests on the emulated EC2 have in common. */

import type { Attempt } from "../../../lib/model/mod.ts";
import type { Settings } from "../../emulators/control.ts";
import { type Ec2, withEc2 } from "../../emulators/ec2.ts";
import { attempt } from "../../support/fakes/builders.ts";
import { type AwsCluster, awsCluster, type AwsClusterOptions } from "./_account.ts";

/** Times that make a test short. */
const QUICK: Partial<Settings> = { pendingS: 0.2, stoppingS: 0.2, throttled: false };

/** One cloud for all tests of a file; it ends with the process. What other tests have left in it is a stranger's. */
export const ec2: Ec2 = await new Promise((resolve, reject) => {
  withEc2({ boot: false }, (ec2) => {
    resolve(ec2);
    return new Promise(() => {});
  }).catch(reject);
});

/** What `make` makes in a cloud that is as it was at first, but quick, and has not seen a call afterwards. */
export async function calmly<T>(make: () => Promise<T>): Promise<T> {
  await ec2.control.reset();
  const made = await make();
  await ec2.control.reset();
  await ec2.control.set(QUICK);
  return made;
}

/** Runs `body` with a cluster of its own in the account. */
export async function onEc2(
  body: (cluster: AwsCluster) => Promise<void>,
  options: AwsClusterOptions = {},
): Promise<void> {
  await using cluster = await calmly(() => awsCluster(ec2, options));
  await body(cluster);
}

/** An attempt for these names in the cluster's first zone, that nobody has made yet. */
export function orderOf(
  { base }: AwsCluster,
  names: readonly string[],
  over: Partial<Attempt> = {},
): Attempt {
  const zone = Object.keys(base.subnets)[0]!;
  return attempt([...names], {
    ...{ id: crypto.randomUUID(), type: "t3.small", zone, atMs: Date.now() },
    ...over,
  });
}

/** `worker-0` and the following, so many. */
export function workers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `worker-${i}`);
}
