import assert from "node:assert/strict";
import { USER_ADDRESS, withEc2 } from "../cloud/ec2.ts";

Deno.test("a booted cloud leaves no process behind", async () => {
  let pids: readonly number[] = [];
  await withEc2({ boot: true }, async ({ control, endpoint }) => {
    assert.equal(USER_ADDRESS, "198.19.0.1");
    const response = await fetch(endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization: "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/ec2/aws4_request",
      },
      body:
        "Action=RunInstances&Version=2016-11-15&ImageId=ami-12c6146b&InstanceType=t3.small&MinCount=1&MaxCount=1" +
        `&UserData=${btoa("#!/bin/sh\n")}`,
    });
    assert.equal(response.status, 200, await response.text());
    for (const startedMs = Date.now(); pids.length < 3;) {
      assert.ok(Date.now() < startedMs + 60_000, "it has booted");
      pids = (await control.instances())[0]!.pids;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  for (const pid of pids) await assert.rejects(Deno.stat(`/proc/${pid}`), Deno.errors.NotFound);
});
