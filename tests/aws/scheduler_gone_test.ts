import assert from "node:assert/strict";
import { ask, initAws, withAwsHome } from "./_aws_home.ts";

Deno.test("a scheduler that was terminated from the console is said to be gone, and restart mends it", () =>
  withAwsHome({ boot: true }, async (cluster, account) => {
    await initAws(cluster, account);
    await cluster.ok("start");
    const before = (await cluster.ok("url")).trim();
    const [scheduler] = await account.ec2.control.instances();
    await ask(account.ec2, `Action=TerminateInstances&InstanceId.1=${scheduler!.id}`);
    const gone = new RegExp(`^Cannot reach the scheduler: its instance ${scheduler!.id} is gone$`);
    const { problems } = await cluster.until(
      "the daemon says what has become of the scheduler",
      ({ problems }) => problems.some(({ message }) => gone.test(message)),
      120,
    );
    const problem = problems.find(({ message }) => gone.test(message));
    assert.equal(problem?.hint, "Make a new one with `xcore restart`.");

    await cluster.ok("restart", "--yes");
    assert.notEqual((await cluster.ok("url")).trim(), before);
    await cluster.until(
      "it runs again",
      ({ cluster, problems }) => cluster.state === "running" && problems.length === 0,
    );
  }));
