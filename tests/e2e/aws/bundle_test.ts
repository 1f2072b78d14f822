import assert from "node:assert/strict";
import { USER_ADDRESS } from "../../emulators/person.ts";
import { allIsWell, stepsOf } from "../../emulators/walk.ts";
import { signal } from "../local/_processes.ts";
import type { Running } from "../local/harness.ts";
import { initAws, withAwsHome } from "./_aws_home.ts";
import { until } from "./_nodes.ts";

const JOB = `
from distributed import Client
from crosscore import cluster
print(Client(cluster.get_url()).submit(lambda: 6 * 7).result())
`;

/** In the middle of what it does, as by a power cut. */
async function killed({ pid, ended }: Running): Promise<void> {
  signal(pid, "SIGKILL");
  await ended;
}

Deno.test("on AWS, a start that has not handed over the scheduler's software goes on with the next", async (t) => {
  const step = stepsOf(t);
  await withAwsHome({ boot: true }, async (cluster, account) => {
    const { control } = account.ec2;
    const scheduler = async () =>
      (await control.instances()).findLast(({ tags, state }) =>
        tags["xcore-role"] === "scheduler" && state !== "terminated"
      );
    let made = "";

    await step("a start that the firewall keeps from the instance says so once that is up", async () => {
      await initAws(cluster, account);
      await cluster.ok(
        "config",
        "set",
        "scheduler_type",
        "t3.small",
        "worker_type",
        "t3.small",
        "allowed_cidr",
        "[192.0.2.0/24]",
        // As the hint says where a network lets through little else. Port 80 is the metadata service's here.
        "scheduler_port",
        "443",
      );
      const { code, stderr } = await cluster.xcore("start");
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^Let it in with `xcore allow`/m);
      made = (await scheduler())!.id;
    });

    await step("status says that it waits, and what to type, once this machine is let in", async () => {
      await cluster.ok("config", "set", "packages", "[dask]");
      await cluster.ok("allow", `${USER_ADDRESS}/32`);
      const { hint } = await until(
        "status to have the problem",
        async () =>
          (await cluster.status()).problems.find(({ code }) => code === "scheduler_unreachable") ?? false,
      );
      assert.match(hint, /`xcore start`/);
    });

    await step("the next start hands it over, though the configuration has changed", async () => {
      const { code, stderr } = await cluster.xcore("start");
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^Handing the scheduler its software …$/m);
      assert.equal((await scheduler())!.id, made);
    });

    await step("workers fetch theirs from it", async () => {
      const { stdout } = await (await cluster.python("-c", JOB)).ended;
      assert.equal(stdout.trim(), "42");
    });

    await step("a daemon hands over what a restart has not", async () => {
      await cluster.ok("config", "set", "allowed_cidr", "[192.0.2.0/24]");
      const restarted = cluster.xcoreBeside(["restart", "--yes"]);
      try {
        await until("another instance to wait for its software", async () => {
          const { id = made } = await scheduler() ?? {};
          return id !== made &&
            /waiting on port 8787/.test((await cluster.xcore("logs", "scheduler")).stdout);
        });
      } finally {
        await killed(restarted);
      }
      await cluster.ok("allow", `${USER_ADDRESS}/32`);
      await cluster.ok("daemon", "start");
      await allIsWell(cluster);
      assert.match(await cluster.daemonLog(), /handed the scheduler its software/);
    });
  });
});
