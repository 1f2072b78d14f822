import assert from "node:assert/strict";
import { askExistence } from "../../../lib/cluster/existence.ts";
import type { Cluster } from "../../../lib/cluster/cluster.ts";
import { AuthError } from "../../../lib/errors.ts";

const IMAGE = {
  ...{ name: "lab-image", id: "ami-1", createdAt: "2026-11-29T00:00:00Z", sizeGb: 8 },
  removeCommand: "aws ec2 deregister-image --region eu-north-1 --image-id ami-1",
};

interface Cloud {
  readonly instances?: readonly string[];
  readonly complete?: boolean;
  readonly state?: string;
  readonly things?: readonly string[];
  readonly building?: boolean;
  readonly fails?: Error;
}

/** A cluster in a cloud that answers so. */
function clusterIn(
  { instances = [], complete = true, state = "down", things = [], building = false, fails }: Cloud,
) {
  return {
    provider: { list: () => Promise.resolve({ instances: instances.map((name) => ({ name })), complete }) },
    base: {
      describe: () => Promise.resolve({ state }),
      resources: () => fails ? Promise.reject(fails) : Promise.resolve(things),
      images: { isBuilding: () => Promise.resolve(building), list: () => Promise.resolve([IMAGE]) },
    },
  } as unknown as Cluster;
}

Deno.test("askExistence() takes a cluster for gone only when everybody has said so, and tells the images that stay", async () => {
  assert.deepEqual(await askExistence(clusterIn({})), { is: "gone", images: [IMAGE] });
});

Deno.test("askExistence() names all that is there", async () => {
  for (
    const [cloud, what] of [
      [{ instances: ["worker-0", "gpu-1"] }, "worker-0, gpu-1"],
      [{ state: "partial" }, "the scheduler"],
      [{ things: ["vpc vpc-0a1b"], complete: false }, "vpc vpc-0a1b"],
      [{ building: true }, "an image is being built"],
    ] as const
  ) {
    assert.deepEqual(await askExistence(clusterIn(cloud)), { is: "there", what });
  }
});

Deno.test("askExistence() of a cloud that does not answer, or not whole, is that it cannot be told", async () => {
  const silent = await askExistence(clusterIn({ complete: false }));
  assert.equal(silent.is, "unknown");
  const fails = new AuthError("Cannot use these credentials: they have expired", "Renew them.");
  assert.deepEqual(await askExistence(clusterIn({ fails })), {
    is: "unknown",
    why: fails.message,
    hint: fails.hint,
  });
});
