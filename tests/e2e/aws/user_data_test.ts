import assert from "node:assert/strict";
import { schedulerClient } from "../../../lib/dask/scheduler_client.ts";
import { limits } from "../../../lib/platform/aws/limits.ts";
import { bundleOf } from "../../../lib/platform/boot/boot_script.ts";
import { hostKeys } from "../../../lib/platform/boot/host_keys.ts";
import { schedulerUserData, workerUserData } from "../../../lib/platform/boot/user_data.ts";
import { probePython } from "../../../lib/python/python_environment.ts";
import { withEc2 } from "../../emulators/ec2.ts";
import { certificatesFor, runtime } from "../../unit/dask/_certificates.ts";
import { schedulerNode, workerNode } from "../../unit/platform/boot/_facts.ts";
import { daskClient, handOverTo, Nodes, nodeTls, until } from "./_nodes.ts";
import { DEFAULT_TERMS } from "../../../lib/protocol/messages.ts";

const CLUSTER = "lab-0123abcd";

Deno.test("scheduler and workers make themselves of their user data, outlive what ends them, and leave when told", async (t) => {
  await using certificates = await certificatesFor(CLUSTER);
  const { tls } = certificates;
  const python = await probePython(runtime, Deno.env.get("XCORE_TEST_PYTHON")!);
  await withEc2({ boot: true }, async (ec2) => {
    const nodes = await Nodes.in(ec2);
    const own = schedulerNode({ python, tls: await nodeTls(tls, "scheduler") });
    const [scheduler] = await nodes.launch(schedulerUserData(own, limits.userData));
    const host = scheduler!.publicAddress!;
    const client = schedulerClient({ host, port: 8787, tls, clusterId: CLUSTER, timeoutS: 20 });
    const report = () => client.report().catch(() => null);
    const told = () => until("the scheduler", async () => await report() ?? false);
    const names = async () => (await report())?.workers.map(({ name }) => name).sort() ?? [];
    const joined = (...wanted: string[]) =>
      until(`${wanted} to join`, async () => (await names()).join() === wanted.join());
    const ended = (id: string) =>
      until(`${id} to end`, async () => (await nodes.now(id)).state === "terminated");
    try {
      await t.step("the scheduler answers a client with a certificate, and no other", async () => {
        await handOverTo(client, own);
        await told();
        await assert.rejects(fetch(`http://${host}:8787/xcore/status`));
        await assert.rejects(fetch(`https://${host}:8787/xcore/status`));
        const listening = await nodes.inside(scheduler!.id, "ss -Hltn | awk '{print $4}'");
        const open = listening.split("\n").filter((address) => address.startsWith("0.0.0.0:"));
        assert.deepEqual(open.sort(), ["0.0.0.0:22", "0.0.0.0:8786", "0.0.0.0:8787"]);
      });

      const facts = workerNode({
        python,
        tls: await nodeTls(tls, "worker"),
        names: ["worker-3", "worker-7"],
        schedulerHost: scheduler!.privateAddress,
        resources: { GPU: 1 },
      });
      await client.keep(bundleOf("worker", facts));
      const workers = await nodes.launch(workerUserData(facts, limits.userData), 2);
      const named = (name: string) => workers.find(({ launchIndex }) => facts.names[launchIndex] === name)!;

      await t.step("workers join by the names at their launch index, and work", async () => {
        await joined("worker-3", "worker-7");
        const printed = await daskClient(
          `tls://${host}:8786`,
          tls,
          "import getpass, socket\n" +
            "futures = client.map(lambda n: (getpass.getuser(), n * n), range(8), resources={'GPU': 1}, pure=False)\n" +
            "print(*client.gather(futures), sep='; ')",
        );
        assert.equal(printed, [0, 1, 4, 9, 16, 25, 36, 49].map((n) => `('xcore', ${n})`).join("; "));
      });

      await t.step("the console tells the boot, and cloud-init's host keys are on it", async () => {
        const { id } = named("worker-7");
        const console = await until("the end of the boot", async () => {
          const text = await nodes.console(id);
          return text.includes("Cloud-init finished") && text;
        });
        assert.match(console, /^xcore [\d:.]+: this is worker-7\r?$/m);
        assert.match(console, /^xcore [\d:.]+: \/opt\/xcore has everything\r?$/m);
        assert.match(console, /BEGIN SSH HOST KEY FINGERPRINTS/);
        assert.ok(console.indexOf(hostKeys(console)[0]!) < console.indexOf("this is worker-7"));
      });

      await t.step("keys are not for everyone on the instance", async () => {
        const printed = await nodes.inside(
          named("worker-3").id,
          "stat -c '%a %U:%G' /etc/xcore /etc/xcore/node.key; ps -o user= -C python | sort -u",
        );
        assert.equal(printed, "750 root:xcore\n640 root:xcore\nxcore\n");
      });

      await t.step(
        "each may have the connections of 500 workers and 100 clients open, some four each",
        async () => {
          for (
            const [id, unit] of [[scheduler!.id, "xcore-scheduler"], [named("worker-3").id, "xcore-worker"]]
          ) {
            const limits = `cat "/proc/$(systemctl show --value --property=MainPID ${unit})/limits"`;
            const [, files] = /^Max open files +(\d+)/m.exec(await nodes.inside(id!, limits)) ?? [];
            assert.ok(Number(files) >= 4 * 600, `${unit}: ${files}`);
          }
        },
      );

      await t.step("a Dask process that ends, however it ends, comes back", async () => {
        const addresses = new Set((await told()).workers.map(({ address }) => address));
        for (const signal of ["KILL", "TERM"]) {
          await nodes.inside(named("worker-3").id, `systemctl kill --signal=${signal} xcore-worker`);
        }
        await until("worker-3 to come back", async () => {
          const worker = (await report())?.workers.find(({ name }) => name === "worker-3");
          return worker !== undefined && !addresses.has(worker.address);
        });
      });

      await t.step(
        "a worker that finds no scheduler asks until there is one that has kept its bundle",
        async () => {
          await nodes.inside(scheduler!.id, "systemctl stop xcore-scheduler");
          const late = { ...facts, names: ["worker-9"] };
          const [worker] = await nodes.launch(workerUserData(late, limits.userData));
          await until(
            "the worker to ask again",
            async () => /asked again in/.test(await nodes.console(worker!.id)),
          );
          await nodes.inside(scheduler!.id, "systemctl start xcore-scheduler");
          await joined("worker-3", "worker-7", "worker-9");
          assert.deepEqual((await client.retire(["worker-9"], false)).retired, ["worker-9"]);
          await ended(worker!.id);
        },
      );

      await t.step("workers that lose their scheduler join the one that comes in its place", async () => {
        const { schedulerId } = await told();
        await nodes.inside(scheduler!.id, "systemctl kill --signal=KILL xcore-scheduler");
        await until("another scheduler", async () => {
          const now = await report();
          return now !== null && now.schedulerId !== schedulerId;
        });
        await joined("worker-3", "worker-7");
      });

      await t.step("a worker that is retired switches its instance off", async () => {
        assert.deepEqual((await client.retire(["worker-7"], false)).retired, ["worker-7"]);
        await ended(named("worker-7").id);
        assert.match(await nodes.console(named("worker-7").id), /xcore-power-off: powering off: retired/);
        assert.deepEqual((await told()).workers.map(({ name }) => name), ["worker-3"]);
      });

      await t.step("a worker that hears of no scheduler any more switches its instance off", async () => {
        const { id } = named("worker-3");
        const soon =
          "sed -i 's/AFTER_S=.*/AFTER_S=5/' /etc/xcore/environment; systemctl restart xcore-power-off";
        assert.equal(await nodes.inside(id, soon), "");
        await nodes.inside(scheduler!.id, "systemctl stop xcore-scheduler");
        await ended(id);
        assert.match(await nodes.console(id), /xcore-power-off: powering off: no connection for 5 s/);
        await nodes.inside(scheduler!.id, "systemctl start xcore-scheduler");
        await told();
      });

      await t.step("a worker whose bundle is not to be had switches its instance off in time", async () => {
        const lost = { ...facts, names: ["worker-11"], extraPackages: ["never-brought"], bootTimeoutS: 8 };
        const [worker] = await nodes.launch(workerUserData(lost, limits.userData));
        await ended(worker!.id);
        assert.match(await nodes.console(worker!.id), /The requested URL returned error: 404/);
        assert.match(await nodes.console(worker!.id), /xcore-power-off: powering off: never joined in 8 s/);
      });

      await t.step("a scheduler that is handed nothing switches its instance off in time", async () => {
        const lost = { ...own, terms: { ...DEFAULT_TERMS, orphanTimeoutS: 8 } };
        const [other] = await nodes.launch(schedulerUserData(lost, limits.userData));
        await ended(other!.id);
        assert.match(
          await nodes.console(other!.id),
          /waiting on port 8787 for what `xcore start` hands over/,
        );
        assert.match(await nodes.console(other!.id), /xcore-power-off: powering off: never joined in 8 s/);
      });

      await t.step("a scheduler with neither daemon nor client switches its instance off", async () => {
        const terms = { ...DEFAULT_TERMS, daemonGraceS: 1, orphanTimeoutS: 2 };
        assert.ok((await client.lease({ daemonId: "daemon", ttlS: 1, terms })).granted);
        await ended(scheduler!.id);
        assert.match(await nodes.console(scheduler!.id), /xcore-power-off: powering off: orphaned/);
      });
    } finally {
      client.close();
    }
  });
});
