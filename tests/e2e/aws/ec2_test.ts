import assert from "node:assert/strict";
import { withEc2 } from "../../emulators/ec2.ts";
import { ask } from "./_aws_home.ts";

Deno.test("withEc2() gives a cloud that knows who calls, and counts its calls", async () => {
  await withEc2({ boot: false }, async (ec2) => {
    const { control } = ec2;
    assert.match(await ask(ec2, "Action=DescribeInstances"), /<DescribeInstancesResponse/);
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
