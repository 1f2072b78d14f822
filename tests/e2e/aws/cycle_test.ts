import assert from "node:assert/strict";
import { join } from "node:path";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { type TestCluster, until } from "../local/harness.ts";
import { clusterIdOf } from "../../emulators/starting.ts";
import { allIsWell, stepsOf, TIMEOUT_S, typeInit, typeStart } from "../../emulators/walk.ts";
import {
  costsAsBilled,
  fortyTasks,
  goOn,
  hasUsedUp,
  namePrices,
  setBudget,
  spendOf,
  useUpWithoutDaemon,
} from "../../emulators/spending.ts";
import { follow } from "../local/following.ts";
import { assertWording } from "../../support/wording.ts";
import { blocksOf, Reader } from "../local/page.ts";
import { type Account, ask, leadTerraform, refused, tagged, withAwsHome } from "./_aws_home.ts";

Deno.test("docs/tutorials/aws.md, docs/aws.md and what of docs/how-to is for AWS, typed on one cluster: from init to nothing left", async (t) => {
  const step = stepsOf(t);
  await withAwsHome({ boot: true, name: "aws" }, async (cluster, account) => {
    const { control } = account.ec2;
    const tutorial = new Reader(cluster, await blocksOf("docs/tutorials/aws.md"));
    const page = new Reader(cluster, await blocksOf("docs/aws.md"));
    const gpu = new Reader(
      cluster,
      await blocksOf("docs/how-to/gpu.md", ["## On AWS", "## On Google Cloud"]),
    );
    const spot = new Reader(cluster, await blocksOf("docs/how-to/spot.md"));
    const budget = new Reader(cluster, await blocksOf("docs/how-to/budget.md"));
    const network = new Reader(
      cluster,
      await blocksOf("docs/how-to/private_network.md", ["## On AWS", "## On Google Cloud"]),
    );
    let clusterId = "";

    await step("init checks the account and writes the config", async () => {
      await tutorial.types("export XCORE_CLUSTER=aws");
      assert.match(await typeInit(tutorial, "aws"), /^✓ AWS credentials: /m);
      await leadTerraform(account, cluster.home);
      clusterId = await clusterIdOf(cluster);
      await namePrices(cluster, ["t3.small", "c5.xlarge", "g4dn.xlarge"]);
    });

    await step("start --plan says what would be made, and makes nothing", async () => {
      const said = await tutorial.types("xcore start --plan");
      assert.match(
        said,
        /^To make in us-east-1, \d+ resources: a network, .*the scheduler \(t2\.small, 20 GB disk\)\.$/m,
      );
      assert.deepEqual(await tagged(account, clusterId), []);
    });

    await step(
      "start makes it and waits for the scheduler; a second one changes nothing",
      () => typeStart(cluster, tutorial),
    );

    await step("a job with a 3 MB input runs from no worker", async () => {
      await cluster.ok("config", "set", "worker_type", "t3.small");
      const [said] = await Promise.all([
        tutorial.types("xcore run count.py"),
        cluster.until("a worker is launched", ({ workers }) => workers.length > 0, TIMEOUT_S),
      ]);
      assert.equal(said.trim(), "3000000");
      await allIsWell(cluster);
      const shown = await tutorial.types("xcore status");
      assert.match(shown, /^aws \(aws\): running/m);
      assert.match(shown, /^total .*\$0\.\d/m);
    });

    await step(
      "logs shows consoles and follows them, and ssh knows machines by the keys shown there",
      async () => {
        assert.match(await page.types("xcore logs worker-0"), /: worker-0 starts$/m);
        assert.match(await page.types("xcore ssh worker-0 -- uptime"), /load average/);
        await logsAndSsh(cluster, account);
      },
    );

    await step("its worker leaves, and its console stays for a while", async () => {
      await cluster.ok("config", "set", "max_idle_time_s", "5");
      await cluster.until("the worker has left", ({ workers }) => workers.length === 0, TIMEOUT_S);
      assert.match(await cluster.ok("logs", "worker-0"), /^by the way$/m);
    });

    await step(
      "another type takes effect at the next launch, and one that there is not is refused",
      async () => {
        await parseConfig(
          `provider: aws\ncluster_id: xcore-0a1b2c3d\n${page.reads("setup_script")}`,
          "docs/aws.md",
        );
        await tutorial.types("config set worker_type");
        const { lines } = await refused(cluster, 1, ["config", "set", "worker_type", "c5.xlage"]);
        assert.match(lines.join("\n"), /^Did you mean c5\.xlarge or /m);
      },
    );

    await step("a GPU pool is woken by what a task asks for alone", async () => {
      const [said, { workers }] = await Promise.all([
        gpu.types("resources={'GPU': 1}"),
        cluster.until("a worker is launched", ({ workers }) => workers.length > 0, TIMEOUT_S),
      ]);
      assert.equal(said.trim(), "42");
      assert.deepEqual(workers.map(({ pool, type }) => [pool, type]), [["gpu", "g4dn.xlarge"]]);
    });

    await step("another market is taken note of, and a daemon that is started again goes on", async () => {
      await spot.types("config set market spot");
      const before = await cluster.daemonPid();
      await page.types("xcore daemon stop");
      assert.notEqual(await cluster.daemonPid(), before);
      await allIsWell(cluster);
    });

    await step("allow lets this machine in where it is now, and a whole network", async () => {
      assert.match(await page.types("xcore allow"), /^Addresses that may connect: 198\.19\.0\.1\/32$/m);
      const locked = await cluster.xcore("allow", "192.0.2.0/24");
      const warning = locked.stderr.trimEnd().split("\n").slice(-2).join("\n");
      assertWording("settings", "allow that locks this machine out", warning);
      const [, advised = ""] = /`xcore (.*)`/.exec(warning) ?? [];
      const both = /^Addresses that may connect: 192\.0\.2\.0\/24, 198\.19\.0\.1\/32$/m;
      for (const time of ["first", "second"]) {
        const said = await cluster.ok(...advised.split(" "));
        assert.match(said, both, `${time}: ${said}`);
      }
      await control.moveUser("198.19.0.77");
      const said = await page.types("xcore allow 192.0.2.0/24", { "192.0.2.0/24": "198.19.0.0/24" });
      assert.match(said, /^Addresses that may connect: 198\.19\.0\.0\/24$/m);
      await allIsWell(cluster);
    });

    await step(
      "a scheduler that was terminated from the console is said to be gone, and replaced",
      async () => {
        const examined = await page.types("xcore doctor");
        for (
          const name of ["Clock", "Scheduler", "Certificates", "Versions", "Daemon", "Cluster", "Orphans"]
        ) {
          assert.match(examined, new RegExp(`^✓ ${name}: `, "m"));
        }
        const [scheduler] = (await control.instances()).filter(({ tags }) =>
          tags["xcore-role"] === "scheduler"
        );
        const before = await tagged(account, clusterId);
        await ask(account.ec2, `Action=TerminateInstances&InstanceId.1=${scheduler!.id}`);
        const gone = `Cannot reach the scheduler: its instance ${scheduler!.id} is gone`;
        const { problems } = await cluster.until(
          "the daemon says what has become of the scheduler",
          ({ problems }) => problems.some(({ message }) => message === gone),
          TIMEOUT_S,
        );
        assert.equal(
          problems.find(({ message }) => message === gone)?.hint,
          "Make a new one with `xcore restart`.",
        );
        await page.types("xcore restart");
        const lasting = (ids: readonly string[]) => ids.filter((id) => !/^(i|vol)-/.test(id));
        assert.deepEqual(lasting(await tagged(account, clusterId)), lasting(before));
        await allIsWell(cluster);
      },
    );

    await step(
      "a run of 40 tasks is stopped when its budget is used up, by the daemon, and without one by the scheduler",
      async () => {
        const script = await fortyTasks(cluster);
        await budget.types("xcore config set budget_usd");
        await cluster.ok("config", "set", "budget_per_day_usd", "null");
        await setBudget(cluster, -2, "stop");
        const stopped = await cluster.until(
          "its workers end",
          (status) =>
            status.workers.every(({ state }) => state === "stopping") &&
            status.problems.some(({ code }) => code === "budget_reached") &&
            status.tasks !== null && spendOf(status).waiting === 40,
          TIMEOUT_S,
        );
        const none = { done: 0, failed: 0, running: 0, waiting: 40 };
        assert.deepEqual(spendOf(stopped), none);
        hasUsedUp(stopped);
        const alone = await useUpWithoutDaemon(cluster, "stop", async () => {
          const workers = (await control.instances()).filter(({ tags }) => tags["xcore-role"] === "worker");
          return workers.filter(({ state }) => state === "running").length;
        });
        assert.deepEqual(spendOf(alone), none);
        Deno.kill(script.pid);
        await script.ended;
        await goOn(cluster);
        await allIsWell(cluster);
      },
    );

    await step("shutdown leaves nothing but an image, and says what that is", async () => {
      const scheduler = (await control.instances()).find(({ tags, state }) =>
        tags["xcore-role"] === "scheduler" && state === "running"
      );
      const tag =
        `TagSpecification.1.ResourceType=image&TagSpecification.1.Tag.1.Key=xcore-cluster&TagSpecification.1.Tag.1.Value=${clusterId}`;
      await ask(account.ec2, `Action=CreateImage&InstanceId=${scheduler!.id}&Name=kept&${tag}`);
      const said = await tutorial.types("xcore shutdown", { "xcore shutdown": "xcore shutdown 2>&1" });
      assert.match(
        said,
        /^Kept the machine image kept \(up to \d+ GB, /m,
      );
      assert.match(said, /^This run cost \$0\.\d+: see `xcore cost`\.$/m);
      assert.match(said, /^Nothing else is left\.$/m);
      assert.deepEqual(await tagged(account, clusterId), []);
      const schedulers = new Set(
        (await control.instances()).filter(({ tags }) => tags["xcore-role"] === "scheduler").map(({ id }) =>
          id
        ),
      );
      const bill = (await control.bill()).map((line) => ({ ...line, isScheduler: schedulers.has(line.id) }));
      await costsAsBilled(cluster, bill, 0.08);
      assert.deepEqual((await control.instances()).filter(({ state }) => state !== "terminated"), []);
    });

    await step("doctor --fix removes what nothing knows of", async () => {
      const tag =
        `TagSpecification.1.ResourceType=vpc&TagSpecification.1.Tag.1.Key=xcore-cluster&TagSpecification.1.Tag.1.Value=${clusterId}`;
      await ask(account.ec2, `Action=CreateVpc&CidrBlock=10.9.0.0/16&${tag}`);
      assert.equal((await tagged(account, clusterId)).length, 1);
      const found = await refused(cluster, 4, ["doctor"]);
      assert.match(found.stdout, /^✗ Orphans: .*vpc vpc-\w+\n {2}Remove them with `xcore doctor --fix`\.$/m);
      assert.match(await page.types("xcore doctor --fix"), /^✓ Orphans: removed vpc vpc-\w+$/m);
      assert.deepEqual(await tagged(account, clusterId), []);
    });

    await step("a second cluster in a network that is there would make none", async () => {
      const subnets = await ask(account.ec2, "Action=DescribeSubnets");
      const [, subnet] = /<subnetId>([^<]+)</.exec(subnets)!;
      await network.types("xcore -c second init aws", { "subnet-0a1b2c3d": subnet! });
      await leadTerraform(account, join(cluster.root, "clusters", "second"));
      const said = await network.types("xcore -c second start --plan");
      assert.match(said, /^To make in us-east-1, \d+ resources: a firewall that lets in /m);
    });
    for (const reader of [tutorial, page, gpu, spot, budget, network]) reader.hasReadAll();
  });
});

/** What a person does who wants to know what goes on in there. */
async function logsAndSsh(cluster: TestCluster, { ec2 }: Account): Promise<void> {
  // Of the scheduler, a t2.small, EC2 shows what it has posted; of the worker, a t3.small, what is printed now.
  const posted = () => cluster.ok("logs", "scheduler", "-n", "1000");
  await until("the console is posted", posted, (text) => /: the scheduler starts$/m.test(text), TIMEOUT_S);
  const { name, text } = JSON.parse(await cluster.ok("--json", "logs", "worker-0", "-n", "1000"));
  assert.equal(name, "worker-0");
  assert.match(text, /: worker-0 starts$/m);
  assert.match(text, /Registered to: +tls:/, "Dask's own log is there, too");

  const [worker] = (await ec2.control.instances()).filter(({ type, state }) =>
    type === "t3.small" && state === "running"
  );
  const inside = async (script: string) => {
    const args = ["--all", "--root", "--wd", `--target=${worker!.pids[0]}`, "bash", "-c", script];
    assert.ok((await new Deno.Command("nsenter", { args }).output()).success, script);
  };
  const following = follow(cluster, "worker-0");
  await following.shows("worker-0 starts\n");
  await inside("echo by the way >/dev/console");
  await following.shows("by the way\n");
  assert.equal((await following.end()).split("by the way").length, 2, "it is there once");

  assert.equal(
    await cluster.ok("ssh", "worker-0", "--", "id -un && hostname -I"),
    `ubuntu\n${worker!.privateAddress} \n`,
  );
  const there = await cluster.xcore("ssh", "scheduler", "--", "echo out; echo err >&2; exit 7");
  assert.deepEqual([there.code, there.stdout, there.stderr], [7, "out\n", "err\n"]);
  const known = await Deno.readTextFile(`${cluster.home}/known_hosts`);
  assert.match(known, new RegExp(`^${worker!.id} ssh-ed25519 AAAA`, "m"));

  await inside("rm /etc/ssh/ssh_host_*; ssh-keygen -A && systemctl restart ssh");
  const shut = await cluster.xcore("ssh", "worker-0", "--", "echo I am in");
  assert.deepEqual([shut.code, shut.stdout], [255, ""]);
  assert.match(shut.stderr, /REMOTE HOST IDENTIFICATION HAS CHANGED/);
  assert.equal(await Deno.readTextFile(`${cluster.home}/known_hosts`), known);

  const unknown = await cluster.xcore("ssh", "worker-1");
  assert.deepEqual([unknown.code, unknown.stderr.trimEnd().split("\n")], [1, [
    "Cannot log in to worker-1: there is no worker-1",
    "Did you mean worker-0? There are: worker-0, scheduler.",
  ]]);
}
