import assert from "node:assert/strict";
import { homeOf } from "../../../../lib/config/home.ts";
import { XcoreError } from "../../../../lib/errors.ts";
import { type AwsOutputs, readAwsOutputs } from "../../../../lib/platform/aws/base.ts";
import { outputsFile } from "../../../../lib/platform/terraform/state_file.ts";
import { systemRuntime } from "../../../../lib/system_runtime.ts";
import { outputsText } from "./_outputs.ts";

const BASE = {
  region: "eu-west-2",
  subnets: { "eu-west-2a": "subnet-0aaa", "eu-west-2b": "subnet-0bbb" },
  securityGroupId: "sg-0123",
  keyName: "xcore-0a1b2c3d",
  imageId: "ami-0123",
  rootDeviceName: "/dev/sda1",
  schedulerInstanceId: "i-0123",
  schedulerPrivateIp: "10.0.0.4",
  schedulerPublicIp: "192.0.2.4",
};

/** Reads a base from what `terraform output -json` printed; null: nothing was written. */
async function read(text: string | null): Promise<AwsOutputs | null> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-base-" });
  const runtime = {
    ...systemRuntime(null),
    env: (name: string) => name === "XCORE_HOME" ? folder : undefined,
  };
  const home = homeOf(runtime);
  try {
    await Deno.mkdir(home.terraform);
    if (text !== null) await Deno.writeTextFile(outputsFile(home), text);
    return await readAwsOutputs(runtime, home);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readAwsOutputs() reads what terraform output -json prints", async () => {
  assert.deepEqual(await read(outputsText(BASE)), BASE);
});

Deno.test("readAwsOutputs() takes an output that Terraform left out for null where there may be none", async () => {
  const without = { ...BASE, keyName: null, schedulerPublicIp: null };
  assert.deepEqual(await read(outputsText(without)), without);
});

Deno.test("readAwsOutputs() of nothing written, and of no outputs, is no base", async () => {
  assert.equal(await read(null), null);
  assert.equal(await read("{}\n"), null);
});

Deno.test("readAwsOutputs() names the file that is damaged, and the output that is missing or wrong", async () => {
  const without = JSON.parse(outputsText(BASE));
  delete without.image_id;
  const refused = (text: string, found: RegExp) =>
    assert.rejects(read(text), (error) => {
      assert.ok(error instanceof XcoreError);
      assert.match(error.message, found);
      return true;
    });
  await refused(JSON.stringify(without), /^Cannot read ".*outputs\.json": the outputs\.image_id is missing$/);
  without.image_id = { value: 3 };
  await refused(JSON.stringify(without), /the outputs\.image_id\.value is 3, not a text$/);
  await refused('{"region_name": ', /^Cannot read ".*outputs\.json": /);
});
