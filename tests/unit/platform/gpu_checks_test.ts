/** Which GPUs a worker offers, and what `init` says of them. Answers as the clouds give them. */

import assert from "node:assert/strict";
import type { Client as Ec2Client, InstanceTypeInfo } from "../../../lib/platform/aws/client.ts";
import { describeTypes, singleGpuType } from "../../../lib/platform/aws/machine_types.ts";
import type { Session as Ec2Session } from "../../../lib/platform/aws/session.ts";
import { isGpu } from "../../../lib/platform/gcp/machine_types.ts";
import { gpuChecks } from "../../../lib/platform/gpu_checks.ts";
import { assertWording } from "../../support/wording.ts";

/** Answers in the shape of DescribeInstanceTypes, as EC2 documents its GpuInfo; what each type has is from its page. */
const TYPES: readonly InstanceTypeInfo[] = [
  gpus("g4dn.xlarge", 4, { Name: "T4", Manufacturer: "NVIDIA", Count: 1 }),
  gpus("g4dn.12xlarge", 48, { Name: "T4", Manufacturer: "NVIDIA", Count: 4 }),
  gpus("g4ad.xlarge", 4, { Name: "Radeon Pro V520", Manufacturer: "AMD", Count: 1 }),
  gpus("g6f.large", 2, {
    ...{ Name: "L4", Manufacturer: "NVIDIA", Count: 0 },
    ...{ LogicalGpuCount: 1, GpuPartitionSize: 0.125 },
  }),
  gpus("dl1.24xlarge", 96, { Name: "Gaudi HL-205", Manufacturer: "Habana", Count: 8 }),
];

function gpus(
  InstanceType: string,
  DefaultVCpus: number,
  gpu: NonNullable<NonNullable<InstanceTypeInfo["GpuInfo"]>["Gpus"]>[number],
): InstanceTypeInfo {
  return {
    InstanceType: InstanceType as NonNullable<InstanceTypeInfo["InstanceType"]>,
    VCpuInfo: { DefaultVCpus },
    GpuInfo: { Gpus: [gpu] },
  };
}

/** A session whose account answers from {@linkcode TYPES}; a filter's `*` matches anything. */
const session = {
  ask: (_: string, call: (aws: Ec2Client) => Promise<unknown>) =>
    call({
      describeInstanceTypes: ({ Filters }: Parameters<Ec2Client["describeInstanceTypes"]>[0]) => {
        const wanted = Filters![0]!.Values!.map((value) => new RegExp(`^${value.replaceAll("*", ".*")}$`));
        return Promise.resolve({
          InstanceTypes: TYPES.filter(({ InstanceType = "" }) =>
            wanted.some((name) => name.test(InstanceType))
          ),
        });
      },
    } as unknown as Ec2Client),
} as unknown as Ec2Session;

Deno.test("only whole NVIDIA GPUs are offered, as only they get a driver", async () => {
  const types = await describeTypes(session, ["*"]);
  const counts = Object.values(types).map(({ name, accelerator, acceleratorCount }) =>
    `${name} ${accelerator} ${acceleratorCount}`
  );
  assert.deepEqual(counts, [
    "g4dn.xlarge T4 1",
    "g4dn.12xlarge T4 4",
    "g4ad.xlarge null 0",
    "g6f.large null 0",
    "dl1.24xlarge null 0",
  ]);
  for (const name of ["g4ad.xlarge", "g6f.large", "dl1.24xlarge"]) {
    assert.equal(types[name]!.otherGpus.length, 1, name);
  }
});

Deno.test("a TPU is no GPU", () => {
  assert.equal(isGpu({ guestAcceleratorType: "ct5lp", guestAcceleratorCount: 1 }), false);
  assert.equal(isGpu({ guestAcceleratorType: "nvidia-l4", guestAcceleratorCount: 2 }), true);
});

Deno.test("the type with one GPU is the smallest of the family", async () => {
  assert.equal(await singleGpuType(session, "g4dn.12xlarge"), "g4dn.xlarge");
  assert.equal(await singleGpuType(session, "p9.48xlarge"), null);
});

Deno.test("init says how many GPUs a worker has, and what to choose for one", () => {
  const type = { others: [], single: null };
  const outcomes = (types: Parameters<typeof gpuChecks>[0]) => gpuChecks(types).map(({ outcome }) => outcome);
  assert.deepEqual(outcomes([{ ...type, type: "c5.xlarge", gpu: null, count: 0 }]), []);
  assert.deepEqual(outcomes([{ ...type, type: "g4dn.xlarge", gpu: "T4", count: 1 }]), ["passed"]);
  const four = gpuChecks([{ ...type, type: "g4dn.12xlarge", gpu: "T4", count: 4, single: "g4dn.xlarge" }]);
  const alone = gpuChecks([{ ...type, type: "p4d.24xlarge", gpu: "A100", count: 8 }]);
  const amd = gpuChecks([{
    ...type,
    type: "g4ad.xlarge",
    gpu: null,
    count: 0,
    others: ["AMD Radeon Pro V520"],
  }]);
  for (const [name, [result]] of Object.entries({ four, alone, amd })) {
    assert.equal(result!.outcome, "warning");
    assertWording("gpus", `${name}: message`, result!.message);
    assertWording("gpus", `${name}: hint`, result!.fix!);
  }
});
