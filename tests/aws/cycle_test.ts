import assert from "node:assert/strict";
import { FIRST_JOB } from "../cloud/first_job.ts";
import { initAws, tagged, withAwsHome } from "./_aws_home.ts";

Deno.test("on AWS, from init to nothing left: a job from zero, a worker that comes and goes", () =>
  withAwsHome({ boot: true }, async (cluster, account) => {
    await initAws(cluster, account);
    await cluster.ok("config", "set", "max_idle_time_s", "5", "max_workers", "2");
    const clusterId = (await cluster.ok("config", "get", "cluster_id")).trim();

    const started = await cluster.xcore("start");
    assert.equal(started.code, 0, started.stdout + started.stderr);
    assert.match(started.stdout, /^The cluster is running: tls:\/\/198\.18\.\d+\.\d+:8786$/m);
    assert.match(await cluster.ok("start"), /^The cluster was running already: .* Nothing was changed\.$/m);
    assert.equal(await cluster.ok("start", "--plan"), "There is nothing to make: the cluster is up.\n");

    const job = await cluster.python(await cluster.write("job.py", FIRST_JOB));
    await cluster.until(
      "a worker boots",
      ({ workers }) => workers.some(({ state }) => state === "booting"),
      120,
    );
    const { stdout, stderr, code } = await job.ended;
    assert.equal(code, 0, stderr);
    assert.equal(stdout.trim(), "3000000");
    const busy = await cluster.status();
    assert.deepEqual([busy.cluster.state, busy.cluster.provider], ["running", "aws"]);
    await cluster.until("the worker leaves", ({ workers }) => workers.length === 0, 120);

    await account.ec2.control.moveUser("198.19.0.77");
    assert.match(
      await cluster.ok("allow", "198.19.0.77/32"),
      /^May reach the cluster now: 198\.19\.0\.77\/32$/m,
    );
    await cluster.until(
      "the daemon has found the way again",
      ({ cluster, problems }) => cluster.state === "running" && problems.length === 0,
    );

    assert.match(await cluster.ok("shutdown", "--yes"), /^Nothing is left\.$/m);
    assert.deepEqual(await tagged(account, clusterId), []);
    assert.deepEqual(
      (await account.ec2.control.instances()).filter(({ state }) => state !== "terminated"),
      [],
    );
  }));
