/**
 * What permissions/ grants, compared with what is called, in both directions. That it is enough every test on an emulated
 * cloud shows: there xcore, Terraform and Packer may do nothing else.
 */

import assert from "node:assert/strict";
import { EMBEDDED } from "../../../lib/_embedded.ts";
import { recordedCalls } from "../../emulators/recorded_calls.ts";

type Reasons = Readonly<Record<string, string>>;

/** What no emulation sees: action or permission → who asks for it, and when. */
const FURTHER: Readonly<Record<"aws" | "gcp", Reasons>> = {
  aws: {
    DeleteTags: "Terraform, where a tag is taken out of `tags`",
  },
  gcp: {
    // https://cloud.google.com/compute/docs/access/iam-permissions
    "compute.images.get": "all three, of an image of the project's own",
    "compute.images.getFromFamily": "all three, of a family of the project's own",
    "compute.images.useReadOnly": "machines that start from an image of the project's own",
    // https://cloud.google.com/compute/docs/reference/rest/v1/firewalls/patch
    "compute.firewalls.update": "Terraform, for `xcore allow` of another address",
    // lib/platform/gcp/catalog.ts
    "compute.machineTypes.list": "xcore, to say which type was meant",
    // hashicorp/packer-plugin-googlecompute, lib/common/driver_gce.go: no emulation answers Packer, which knows no endpoint but Google's
    "compute.disks.delete": "Packer, of the disk that it made the image of",
    "compute.disks.useReadOnly": "Packer, to make an image of a disk",
    "compute.images.create": "Packer",
    "compute.images.setLabels": "Packer",
  },
};

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html: "No permissions are required". */
const FREE = ["GetCallerIdentity"];

/**
 * Asked for with a call's own action by what is in the call, which the record has under the call's name alone.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html: whatever is made with tags takes CreateTags.
 */
const WITH_TAGS = ["CreateTags"];

const recorded = (cloud: "ec2" | "gce") => Object.values(recordedCalls(cloud)).flat();

async function sdkCalls(): Promise<string[]> {
  const source = await Deno.readTextFile(new URL("../../../lib/platform/aws/client.ts", import.meta.url));
  return [...new Set([...source.matchAll(/new (\w+)Command\(/g)].map(([, name]) => name!))];
}

function compare(granted: readonly string[], needed: Iterable<string>, further: Reasons): void {
  const seen = new Set(needed);
  const all = seen.union(new Set(Object.keys(further)));
  assert.deepEqual(Object.keys(further).filter((one) => seen.has(one)), [], "recorded, and no exception");
  assert.deepEqual(granted, granted.toSorted(), "sorted, each once");
  assert.deepEqual([...all.difference(new Set(granted))], [], "needed, and not granted");
  assert.deepEqual([...new Set(granted).difference(all)], [], "granted, and never needed");
}

Deno.test("the policy for AWS grants what xcore, Terraform and Packer call, and no more", async () => {
  const { Statement } = JSON.parse(EMBEDDED["permissions/aws.json"]!);
  const actions = Statement.flatMap(({ Action }: { Action: string[] }) => Action) as string[];
  assert.ok(actions.every((action) => action.startsWith("ec2:")));
  const granted = actions.map((action) => action.slice("ec2:".length));
  const needed = new Set([...await sdkCalls(), ...recorded("ec2"), ...WITH_TAGS]).difference(new Set(FREE));
  compare(granted.sort(), needed, FURTHER.aws);
  assert.deepEqual(
    recordedCalls("ec2").xcore.filter((call) => !needed.has(call) && !FREE.includes(call)),
    [],
  );
});

Deno.test("the role for Google's cloud grants what xcore, Terraform and Packer ask for, and no more", () => {
  const text = EMBEDDED["permissions/gcp.yaml"]!;
  const granted = [...text.matchAll(/^ *- (\S+)$/gm)].map(([, permission]) => permission!);
  compare(granted, recorded("gce"), FURTHER.gcp);
});

Deno.test("what init asks the clouds for is granted by what it prints", async () => {
  const google = await Deno.readTextFile(
    new URL("../../../lib/platform/gcp/permission_checks.ts", import.meta.url),
  );
  for (const [, permission] of google.matchAll(/^ {2}"(compute\.\S+)",$/gm)) {
    assert.ok(EMBEDDED["permissions/gcp.yaml"]!.includes(`- ${permission}\n`), `${permission}`);
  }
});
