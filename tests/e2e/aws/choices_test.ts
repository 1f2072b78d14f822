import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { Status } from "../../../lib/model/mod.ts";
import { stepsOf, TIMEOUT_S } from "../../emulators/walk.ts";
import type { Running } from "../local/harness.ts";
import { initAws, withAwsHome } from "./_aws_home.ts";
import { busy, CLIENT, holding, printedBy, release, staying } from "./_holding.ts";

const FOREVER_S = 1e6;

Deno.test("on AWS, what a person chooses and what AWS does not have: types, zones, quotas, spot", async (t) => {
  const step = stepsOf(t);
  await withAwsHome({ boot: true }, async (cluster, account) => {
    const { control } = account.ec2;
    const until = (what: string, good: (status: Status) => boolean) => cluster.until(what, good, TIMEOUT_S);
    const allLeave = () => until("all leave", (status) => staying(status).length === 0);
    const launches = async () => (await control.counts()).RunInstances ?? 0;
    const end = async (job: Running, event: string) => {
      await release(cluster, event);
      return await printedBy(job);
    };

    await step("the cluster starts", async () => {
      await initAws(cluster, account);
      await cluster.ok("config", "set", "worker_type", "t3.small", "max_idle_time_s", "600");
      await cluster.ok("start");
    });

    await step(
      "set_worker_type() is for the next launches, and the old type leaves when it is idle",
      async () => {
        const shownAs = (state: string) =>
          until(`it is shown as ${state}`, ({ workers }) => workers[0]?.state === state);
        // Each state lasts until it has been seen.
        await control.set({ pendingS: FOREVER_S, bootS: FOREVER_S });
        const first = await cluster.python("-c", holding(["first"]));
        await shownAs("pending");
        await control.set({ pendingS: 1 });
        await shownAs("booting");
        await control.set({ bootS: 0 });
        await shownAs("running");
        const choose = 'cluster.set_worker_type("c5.xlarge")\ncluster.set_max_workers(2)\n';
        const second = await cluster.python("-c", CLIENT + choose + holding(["second"]));
        const { workers } = await until(
          "one of the new type has joined",
          ({ workers }) => workers.some(({ type, state }) => type === "c5.xlarge" && state === "running"),
        );
        assert.deepEqual(workers.map(({ type, state }) => `${type} ${state}`), [
          "t3.small running",
          "c5.xlarge running",
        ]);
        assert.equal(await cluster.ok("config", "get", "max_workers"), "2\n");

        assert.equal(await end(first, "first"), "[(0, [])]\n");
        assert.equal(await end(second, "second"), "[(0, [])]\n");
        const left = await until("the old type leaves", (status) => staying(status).length === 1);
        assert.deepEqual(staying(left).map(({ type }) => type), ["c5.xlarge"]);
        assert.equal(left.decisions[0]!.reason, "worker_type is now c5.xlarge");
      },
    );

    await step(
      "set_worker_type() refuses a type that AWS does not have, with the nearest names",
      async () => {
        const script = `${CLIENT}cluster.set_worker_type("c5.xlarg")\n`;
        const { code, stderr } = await (await cluster.python("-c", script)).ended;
        assert.equal(code, 1);
        assert.match(stderr, /there is no machine type c5\.xlarg in this region/);
        assert.match(stderr, /Did you mean c5\.xlarge/);
        assert.equal(await cluster.ok("config", "get", "worker_type"), "c5.xlarge\n");
      },
    );

    await step("where a zone has none left the next one is used, and it is said", async () => {
      await cluster.ok("config", "set", "max_idle_time_s", "3", "max_workers", "9");
      await allLeave();
      await control.set({ capacity: [{ type: "c5.*", zone: "us-east-1a", left: 0 }] });
      const before = await launches();
      const job = await cluster.python("-c", holding(["zone"]));
      const status = await until("a worker is busy", (status) => busy(status).length === 1);
      const [worker] = busy(status);
      assert.equal(worker!.zone, "us-east-1b");
      assert.equal(status.decisions[0]!.reason, "1 task to run; no c5.xlarge in us-east-1a");
      assert.deepEqual(status.problems, []);
      assert.equal(await launches() - before, 2);
      await control.set({ capacity: [] });
      assert.equal(await end(job, "zone"), "[(0, [])]\n");
      await allLeave();
    });

    await step(
      "a quota that is reached is a problem with the fix, and is not tried at every tick",
      async () => {
        await control.set({ quotas: [{ type: "c5.*", vcpus: 4 }] });
        const before = await launches();
        const job = await cluster.python("-c", holding(["quota", "quota"]));
        const { problems } = await until(
          "one works, and the limit is said",
          (status) => busy(status).length === 1 && status.problems.length > 0,
        );
        assert.deepEqual(problems.map(({ code }) => code), ["launch_failed"]);
        assert.match(problems[0]!.message, /vCPU limit of 4.*\(VcpuLimitExceeded\)$/);
        assert.match(problems[0]!.hint, /^Ask AWS for more under Service Quotas/);

        const atMs = Date.now();
        await until(
          "the daemon has looked often since, and it is still said",
          (later) =>
            Date.parse(later.daemon.last_tick_at!) > atMs + 12_000 &&
            isDeepStrictEqual(later.problems, problems),
        );
        // The first got one of two; others may follow with pauses, as the quota may count what stops yet.
        const tried = await launches() - before;
        assert.ok(tried >= 2 && tried <= 5, `${tried} calls`);

        await control.set({ quotas: [] });
        await cluster.ok("config", "set", "max_workers", "8"); // who changes something has it tried at once
        await until("the other one has come", (status) => staying(status).length === 2);
        assert.equal(await end(job, "quota"), "[(0, []), (1, [])]\n");
        await allLeave();
      },
    );

    await step(
      "spot: one of 5 is taken away in the middle of 30 tasks, and all 30 results come",
      async () => {
        const settings = {
          market: "spot",
          worker_type: "t3.small",
          slots_per_worker: "6",
          max_idle_time_s: "600",
        };
        await cluster.ok("config", "set", ...Object.entries(settings).flat());
        const job = await cluster.python("-c", holding(Array(30).fill("spot")));
        const all = await until(
          "all 30 are at work",
          (status) => busy(status).reduce((sum, { executing }) => sum + executing!, 0) === 30,
        );
        assert.deepEqual(busy(all).map(({ market, executing }) => `${market} ${executing}`), [
          ...Array(5).fill("spot 6"),
        ]);

        const before = await launches();
        const { id, name } = busy(all)[0]!;
        await control.interruptSpot(id!, 60);
        await until(
          "it is said of the worker",
          ({ workers }) => workers.some((one) => one.id === id && /^the cloud reclaims it/.test(one.reason!)),
        );
        const because = `30 tasks to run; the cloud reclaims ${name}`;
        await until(
          "another one is launched",
          ({ decisions }) => decisions.some(({ reason }) => reason === because),
        );
        const taken = async () => (await control.instances()).find((one) => one.id === id)!.state;
        assert.equal(await taken(), "running", "its time is not over yet");
        await until("it has left, the other one has come", (status) => {
          return busy(status).length === 5 && busy(status).every((worker) => worker.id !== id);
        });
        assert.equal(await launches() - before, 1);
        const results = Array.from({ length: 30 }, (_, number) => `(${number}, [])`);
        assert.equal(await end(job, "spot"), `[${results.join(", ")}]\n`);
        await until("nothing is wrong", ({ problems }) => problems.length === 0);
      },
    );
  });
});
