import assert from "node:assert/strict";
import { withEc2 } from "../cloud/ec2.ts";

Deno.test("withEc2() gives a cloud that knows who calls, and counts its calls", async () => {
  await withEc2({ boot: false }, async ({ endpoint, control, env }) => {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization:
          `AWS4-HMAC-SHA256 Credential=${env.AWS_ACCESS_KEY_ID}/20260101/us-east-1/ec2/aws4_request`,
      },
      body: "Action=DescribeInstances&Version=2016-11-15",
    });
    assert.match(await response.text(), /<DescribeInstancesResponse/);
    assert.deepEqual(await control.counts(), { DescribeInstances: 1 });
    assert.deepEqual(
      (await control.calls()).map(({ service, status, code }) => ({ service, status, code })),
      [
        { service: "ec2", status: 200, code: null },
      ],
    );
  });
});

Deno.test("withEc2() refuses a setting that there is not", async () => {
  await withEc2({ boot: false }, async ({ control }) => {
    await assert.rejects(control.set({ pace: 3 } as Record<string, unknown>), /no such setting: pace/);
  });
});
