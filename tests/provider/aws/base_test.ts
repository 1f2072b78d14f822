import assert from "node:assert/strict";
import { awsBaseFile, parseAwsBase, readAwsBase } from "../../../lib/provider/aws/base.ts";
import { XcoreError } from "../../../lib/errors.ts";
import { homeOf } from "../../../lib/config/home.ts";
import { systemRuntime } from "../../../lib/system.ts";
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

Deno.test("parseAwsBase() reads what terraform output -json prints", () => {
  assert.deepEqual(parseAwsBase(outputsText(BASE)), BASE);
});

Deno.test("parseAwsBase() takes an output that Terraform left out for null where there may be none", () => {
  const without = { ...BASE, keyName: null, schedulerPublicIp: null };
  assert.deepEqual(parseAwsBase(outputsText(without)), without);
});

Deno.test("parseAwsBase() of no outputs is no base", () => {
  assert.equal(parseAwsBase("{}\n"), null);
});

Deno.test("parseAwsBase() names the output that is missing or wrong", () => {
  const without = JSON.parse(outputsText(BASE));
  delete without.image_id;
  assert.throws(() => parseAwsBase(JSON.stringify(without)), { message: "the outputs.image_id is missing" });
  without.image_id = { value: 3 };
  assert.throws(() => parseAwsBase(JSON.stringify(without)), {
    message: "the outputs.image_id.value is 3, not a text",
  });
});

Deno.test("readAwsBase() finds none where none was written, and says which file is damaged", async () => {
  const folder = await Deno.makeTempDir({ prefix: "xcore-base-" });
  const runtime = {
    ...systemRuntime(null),
    env: (name: string) => name === "XCORE_HOME" ? folder : undefined,
  };
  const home = homeOf(runtime);
  try {
    assert.equal(await readAwsBase(runtime, home), null);
    await Deno.mkdir(home.terraform);
    await Deno.writeTextFile(awsBaseFile(home), outputsText(BASE));
    assert.deepEqual(await readAwsBase(runtime, home), BASE);
    await Deno.writeTextFile(awsBaseFile(home), '{"region_name": ');
    await assert.rejects(readAwsBase(runtime, home), (error) => {
      assert.ok(error instanceof XcoreError);
      assert.ok(error.message.startsWith(`Cannot read ${JSON.stringify(awsBaseFile(home))}: `));
      return true;
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
