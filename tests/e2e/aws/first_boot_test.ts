import assert from "node:assert/strict";
import { schedulerClient } from "../../../lib/dask/scheduler_client.ts";
import { homeOf } from "../../../lib/config/home.ts";
import { limits } from "../../../lib/platform/aws/limits.ts";
import {
  bundleOf,
  schedulerScript,
  wantedPackages,
  workerScript,
} from "../../../lib/platform/boot/boot_script.ts";
import { packUserData } from "../../../lib/platform/boot/user_data.ts";
import {
  type Architecture,
  type PackageLock,
  packageLocks,
  type WantedPackages,
} from "../../../lib/python/package_locks.ts";
import { lastWords } from "../../../lib/util/one_line.ts";
import { PYTHON } from "../../emulators/person.ts";
import { machine } from "../../support/machine.ts";
import { withEc2 } from "../../emulators/ec2.ts";
import { certificatesFor } from "../../unit/dask/_certificates.ts";
import { schedulerNode, workerNode } from "../../unit/platform/boot/_facts.ts";
import { instancePython, recordedVersions } from "../../runner/wheels.ts";
import { handOverTo, Nodes, nodeTls, until } from "./_nodes.ts";
import { INDEX_ENV, INDEX_HOSTS, indexAuthority, packageIndex } from "./_package_index.ts";

const CLUSTER = "lab-0123abcd";

const ARCHITECTURE: Architecture = Deno.build.arch;

/** What a person's xcore finds out for instances, whose processor is this machine's. */
async function lockOf(wanted: WantedPackages): Promise<PackageLock> {
  await using here = await machine();
  Object.assign(here.vars, INDEX_ENV, { XCORE_HOME: here.dir, PATH: "/usr/bin:/bin" });
  const { runtime } = here;
  const options = { runtime, home: homeOf(runtime), python: PYTHON, wanted, architectures: [ARCHITECTURE] };
  const locks = await packageLocks({ ...options, allowUnhashed: false }, () => {});
  return locks![ARCHITECTURE]!;
}

Deno.test("instances of a plain image install exactly the recorded versions from the package index, each by its hash, and join", async () => {
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
    const extraPackages = ["zict>=2"];
    const lock = await lockOf(wantedPackages({ ...schedulerNode({ python }), extraPackages }));
    assert.ok(lock.packages.length > Object.keys(recorded).length + 1, "what they need is among them");
    const locks = { [ARCHITECTURE]: lock };
    const own = schedulerNode({ python, locks, tls: await nodeTls(tls, "scheduler") });
    const [scheduler] = await nodes.launch(userData(schedulerScript(own)));
    const client = schedulerClient({ host: scheduler!.publicAddress!, port: 8787, tls, clusterId: CLUSTER });
    await handOverTo(client, own);
    const facts = workerNode({
      python,
      tls: await nodeTls(tls, "worker"),
      schedulerHost: scheduler!.privateAddress,
      extraPackages,
      locks,
    });
    const tampered = lock.packages.map((line) => line.replace(/(?<=^zict.*:).*/, "0".repeat(64)));
    const wrong = {
      ...facts,
      names: ["worker-9"],
      locks: { [ARCHITECTURE]: { ...lock, packages: tampered } },
    };
    try {
      await until(
        "the scheduler to keep what workers fetch",
        () => client.keep(bundleOf("worker", facts)).then(() => true, () => false),
      );
      await client.keep(bundleOf("worker", wrong));
      const [worker] = await nodes.launch(userData(workerScript(facts)));
      const [refusing] = await nodes.launch(userData(workerScript(wrong)));
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
        `installing ${lock.packages.length} packages, each by its hash`,
        "the packages are installed",
        "worker-0 starts",
      ]);
      const printed = await until("the other worker to refuse what has another hash", async () => {
        const console = await nodes.console(refusing!.id);
        return /`install_locked` failed/.test(console) && console;
      });
      assert.match(lastWords(printed), /^Hash mismatch for `zict==/);
      assert.doesNotMatch(printed, /the packages are installed/);
    } catch (error) {
      console.error(await nodes.console(scheduler!.id));
      throw error;
    } finally {
      client.close();
    }
    assert.match(await index.requests(), /files\.pythonhosted\.org "GET \/packages\/.*\/uv-[^"]*" 200/);
  });
});
