import assert from "node:assert/strict";
import { join } from "node:path";
import type { Status } from "../../lib/model/mod.ts";
import { allIsWell, stepsOf, TIMEOUT_S } from "../cloud/walk.ts";
import { withHome } from "../e2e/harness.ts";
import { initAws, refused, withAccount } from "./_aws_home.ts";
import { busy, holding, printedBy, release, staying } from "./_holding.ts";

const [OLD_KEY, NEW_KEY] = ["AKIAIOSFODNN7OLDKEYS", "AKIAIOSFODNN7NEWKEYS"];
const NEW_ADDRESS = "198.19.0.77";

/** Runs `body` with a person whose keys are in a file, as `aws configure` leaves them. */
async function withKeysInFile(body: (...args: Parameters<Body>) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-keys-" });
  const file = join(folder, "credentials");
  const writeKey = (id: string) =>
    Deno.writeTextFile(file, `[default]\naws_access_key_id = ${id}\naws_secret_access_key = secret\n`);
  try {
    await writeKey(OLD_KEY);
    await withAccount({ boot: true }, async (account) => {
      const noKeys = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
      const env = { ...account.env, ...noKeys, AWS_SHARED_CREDENTIALS_FILE: file };
      await withHome((cluster) => body(cluster, account, writeKey), { env });
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

type Body = (
  cluster: Parameters<Parameters<typeof withHome>[0]>[0],
  account: Parameters<Parameters<typeof withAccount>[1]>[0],
  writeKey: (id: string) => Promise<void>,
) => Promise<void>;

Deno.test("on AWS, a daemon that is cut off: its keys expire, its machine moves, it is stopped", async (t) => {
  const step = stepsOf(t);
  await withKeysInFile(async (cluster, account, writeKey) => {
    const { control } = account.ec2;
    const until = (what: string, good: (status: Status) => boolean) => cluster.until(what, good, TIMEOUT_S);
    const changes = async () => {
      const { RunInstances = 0, TerminateInstances = 0 } = await control.counts();
      return { RunInstances, TerminateInstances };
    };
    const running = async () => (await control.instances()).filter(({ state }) => state === "running");

    await step("the cluster starts, and one worker is idle", async () => {
      await initAws(cluster, account);
      await cluster.ok(
        "config",
        "set",
        "worker_type",
        "t3.small",
        "max_workers",
        "2",
        "max_idle_time_s",
        "600",
      );
      await cluster.ok("start");
      const job = await cluster.python("-c", holding(["first"]));
      await until("a worker is busy", (status) => busy(status).length === 1);
      await release(cluster, "first");
      assert.equal(await printedBy(job), "[(0, [])]\n");
      await allIsWell(cluster);
    });

    await step(
      "credentials that expire are said to have, nothing is ended, and new ones are found",
      async () => {
        const [pid, before] = [await cluster.daemonPid(), await changes()];
        await control.set({ expiredKeys: [OLD_KEY] });
        const { problems, workers, cluster: { state } } = await until(
          "it is said",
          ({ problems }) => problems.length === 1 && problems[0]!.code === "provider_unreachable",
        );
        assert.deepEqual(problems.map(({ code, message, hint }) => [code, message, hint]), [[
          "provider_unreachable",
          "Cannot list the workers: Request has expired (RequestExpired)",
          "Log in again (`aws sso login`, or new keys in ~/.aws/credentials): the daemon finds them by itself.",
        ]]);
        assert.deepEqual([state, workers.map(({ state }) => state)], ["degraded", ["running"]]);

        await writeKey(NEW_KEY);
        await allIsWell(cluster);
        assert.equal(await cluster.daemonPid(), pid, "the same daemon");
        const calls = await control.calls();
        assert.ok(calls.some(({ accessKeyId, code }) => accessKeyId === NEW_KEY && code === null));
        assert.deepEqual(await changes(), before);
        assert.equal((await running()).length, 2);
      },
    );

    await step("a machine whose address has changed is told how to be let in again", async () => {
      const [asks, before] = [account.addressAsks(), await changes()];
      const movedMs = Date.now();
      await control.moveUser(NEW_ADDRESS);
      account.tellAddress(NEW_ADDRESS);
      const { problems, daemon } = await until(
        "it is said",
        ({ problems }) => problems.some(({ code }) => code === "address_changed"),
      );
      assert.deepEqual(problems.map(({ code }) => code), ["address_changed"]);
      assert.equal(
        problems[0]!.message,
        `Cannot reach the scheduler: this machine's address is ${NEW_ADDRESS} now, and the firewall lets in 198.19.0.1/32`,
      );
      assert.equal(problems[0]!.hint, "Let it in with `xcore allow`: only the firewall is changed.");

      await until(
        "the daemon has looked again",
        ({ daemon: { last_tick_at } }) => Date.parse(last_tick_at!) > Date.parse(daemon.last_tick_at!),
      );
      const mayAsk = 1 + Math.floor((Date.now() - movedMs) / 60_000);
      const asked = account.addressAsks() - asks;
      assert.ok(asked >= 1 && asked <= mayAsk, `not at each look: ${asked} times`);
      const { lines: [line] } = await refused(cluster, 1, ["start"]);
      assert.equal(line, problems[0]!.message);

      await control.set({ denied: ["*SecurityGroupIngress"] });
      await refused(cluster, 1, ["allow"]);
      await control.set({ denied: [] });
      const failedMs = Date.now();
      await until(
        "it is said still: an allow that has failed lets nobody in",
        ({ daemon, problems }) =>
          Date.parse(daemon.last_tick_at!) > failedMs &&
          problems.some(({ code }) => code === "address_changed"),
      );
      assert.equal(await cluster.ok("allow"), `Addresses that may connect: ${NEW_ADDRESS}/32\n`);
      await allIsWell(cluster);
      assert.deepEqual(await changes(), before, "nothing was launched or ended meanwhile");
    });

    await step(
      "without the daemon idle workers end by themselves, busy ones when they have finished",
      async () => {
        const job = await cluster.python("-c", holding(["short", "long"]));
        await until("both workers are busy", (status) => busy(status).length === 2);
        await release(cluster, "short");
        await until("one of them is idle", (status) => busy(status).length === 1);
        await cluster.ok("config", "set", "daemon_grace_s", "5");
        const atMs = Date.now();
        await until("the daemon has told the scheduler", ({ daemon }) => {
          return Date.parse(daemon.last_tick_at!) > atMs + 3000;
        });
        await cluster.ok("daemon", "stop");
        await until(
          "the end of idle workers is announced",
          ({ problems }) =>
            /^The daemon is not running: .*, idle workers end /.test(problems[0]?.message ?? ""),
        );
        const one = await until("the idle one has left", (status) => staying(status).length === 1);
        assert.equal(busy(one).length, 1);
        await release(cluster, "long");
        assert.equal(await printedBy(job), "[(0, []), (1, [])]\n");
        await until("the other one has left", (status) => staying(status).length === 0);
        assert.equal((await running()).length, 1, "the scheduler");
        await cluster.ok("daemon", "start");
        await allIsWell(cluster);
      },
    );
  });
});
