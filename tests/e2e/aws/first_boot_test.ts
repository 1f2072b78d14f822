import assert from "node:assert/strict";
import { schedulerClient } from "../../../lib/dask/scheduler_client.ts";
import { limits } from "../../../lib/platform/aws/limits.ts";
import { bundleOf, schedulerScript, workerScript } from "../../../lib/platform/boot/boot_script.ts";
import { packUserData } from "../../../lib/platform/boot/user_data.ts";
import { withEc2 } from "../../emulators/ec2.ts";
import { certificatesFor } from "../../unit/dask/_certificates.ts";
import { schedulerNode, workerNode } from "../../unit/platform/boot/_facts.ts";
import { instancePython, recordedVersions } from "../../runner/wheels.ts";
import { handOverTo, Nodes, nodeTls, until } from "./_nodes.ts";
import { INDEX_HOSTS, indexAuthority, packageIndex } from "./_package_index.ts";

const CLUSTER = "lab-0123abcd";

Deno.test("instances of a plain image install exactly the recorded versions from the package index, and join", async () => {
  await using certificates = await certificatesFor(CLUSTER);
  const { tls } = certificates;
  const recorded = await recordedVersions();
  const python = { version: await instancePython(), packages: { ...recorded, lz4: null } };
  await using authority = await indexAuthority();
  const { authorityFile } = authority;
  await withEc2({ boot: true, prepared: false, hosts: INDEX_HOSTS, authorityFile }, async (ec2) => {
    await using index = await packageIndex(authority);
    const nodes = await Nodes.in(ec2);
    const userData = (script: string) => packUserData(script, limits.userData);
    const own = schedulerNode({ python, tls: await nodeTls(tls, "scheduler") });
    const [scheduler] = await nodes.launch(userData(schedulerScript(own)));
    const client = schedulerClient({ host: scheduler!.publicAddress!, port: 8787, tls, clusterId: CLUSTER });
    await handOverTo(client, own);
    const facts = workerNode({
      python,
      tls: await nodeTls(tls, "worker"),
      schedulerHost: scheduler!.privateAddress,
      extraPackages: ["zict>=2"],
    });
    try {
      await until(
        "the scheduler to keep what workers fetch",
        () => client.keep(bundleOf("worker", facts)).then(() => true, () => false),
      );
      const [worker] = await nodes.launch(userData(workerScript(facts)));
      const report = await until("the worker to join", async () => {
        const seen = await client.report().catch(() => null);
        return seen !== null && seen.workers.length > 0 && seen;
      });
      const { python: _, ...versions } = report.versions;
      assert.deepEqual(
        Object.entries(versions).filter(([, version]) => version !== null).sort(),
        [
          ...Object.entries(recorded),
        ].sort(),
      );
      assert.deepEqual(report.workers.map(({ name }) => name), ["worker-0"]);
      const lines = (await nodes.console(worker!.id)).split(/\r?\n/)
        .flatMap((line) => /^xcore [\d:.]+: (.*)/.exec(line)?.[1] ?? []);
      assert.deepEqual(lines, [
        "booting as a worker",
        "this is worker-0",
        "fetching uv",
        `making a Python ${python.version.split(".").slice(0, 2).join(".")} environment`,
        `installing ${Object.keys(recorded).length + 1} packages and what they need`,
        "the packages are installed",
        "worker-0 starts",
      ]);
    } catch (error) {
      console.error(await nodes.console(scheduler!.id));
      throw error;
    } finally {
      client.close();
    }
    assert.match(await index.requests(), /files\.pythonhosted\.org "GET \/packages\/.*\/uv-[^"]*" 200/);
  });
});
