import assert from "node:assert/strict";
import { GetConsoleOutputCommand, RunInstancesCommand } from "npm:@aws-sdk/client-ec2@3.1169.0";
import type { CloudInstance } from "../../emulators/control.ts";
import { type Ec2, withEc2 } from "../../emulators/ec2.ts";
import { USER_ADDRESS } from "../../emulators/person.ts";
import { accountClient } from "./_account.ts";

const PATIENCE_MS = 120_000;

/** Launches an instance and waits for the end of its user data. */
async function booted(ec2: Ec2, script: string): Promise<CloudInstance> {
  const UserData = btoa(`#!/bin/bash\n${script}\n`);
  const launch = {
    ImageId: "ami-0a24040000000002a",
    InstanceType: "t3.small",
    MinCount: 1,
    MaxCount: 1,
  } as const;
  await accountClient(ec2).send(new RunInstancesCommand({ ...launch, UserData }));
  for (const startedMs = Date.now(); Date.now() < startedMs + PATIENCE_MS;) {
    const [instance] = await ec2.control.instances();
    if (instance?.times.userDataEndedAt) return instance;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the instance did not come to the end of its user data");
}

async function consoleOf(ec2: Ec2, { id }: CloudInstance): Promise<string> {
  const { Output = "" } = await accountClient(ec2).send(new GetConsoleOutputCommand({ InstanceId: id }));
  return atob(Output).replaceAll("\r\n", "\n");
}

Deno.test("a booted cloud says when each call was made, and leaves no process behind", async () => {
  let pids: readonly number[] = [];
  await withEc2({ boot: true }, async (ec2) => {
    const { times, pids: living } = await booted(ec2, "");
    const order = [times.requestedAt, times.runningAt, times.bootAt, times.userDataAt, times.userDataEndedAt];
    assert.deepEqual(order, [...order].sort((one, other) => one! - other!));
    pids = living;
  });
  assert.ok(pids.length >= 3);
  for (const pid of pids) await assert.rejects(Deno.stat(`/proc/${pid}`), Deno.errors.NotFound);
});

Deno.test("instances of a plain image have no environment, and know the names and the authority of a test", async () => {
  const folder = await Deno.makeTempDir();
  const authorityFile = `${folder}/authority.pem`;
  await Deno.writeTextFile(
    authorityFile,
    "-----BEGIN CERTIFICATE-----\nof a test\n-----END CERTIFICATE-----\n",
  );
  const hosts = { "pypi.org": USER_ADDRESS };
  await withEc2({ boot: true, prepared: false, hosts, authorityFile }, async (ec2) => {
    const instance = await booted(
      ec2,
      "ls -A /opt | wc -l; getent hosts pypi.org; tail -n 2 /etc/ssl/certs/ca-certificates.crt",
    );
    const said = await consoleOf(ec2, instance);
    assert.match(said, /^0\n198\.19\.0\.1\s+pypi\.org\nof a test\n-----END CERTIFICATE-----\n/m);
  });
  await Deno.remove(folder, { recursive: true });
});
