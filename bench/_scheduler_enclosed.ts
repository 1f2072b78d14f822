/**
 * `deno run -A bench/_scheduler_enclosed.ts SECONDS`, in a network of its own: boots a scheduler from
 * a plain image with the memory of an f1-micro, then a worker, and has the scheduler serve twenty
 * more for so long. Prints what both took as JSON.
 * @module
 */

import { schedulerClient } from "../lib/dask/scheduler_client.ts";
import { limits } from "../lib/platform/aws/limits.ts";
import { bundleOf, schedulerScript, workerScript } from "../lib/platform/boot/boot_script.ts";
import { packUserData } from "../lib/platform/boot/user_data.ts";
import { handOverTo, Nodes, nodeTls, until } from "../tests/e2e/aws/_nodes.ts";
import { INDEX_HOSTS, indexAuthority, packageIndex } from "../tests/e2e/aws/_package_index.ts";
import { withEc2 } from "../tests/emulators/ec2.ts";
import { instancePython, recordedVersions } from "../tests/runner/wheels.ts";
import { certificatesFor } from "../tests/unit/dask/_certificates.ts";
import { schedulerNode, workerNode } from "../tests/unit/platform/boot/_facts.ts";

/** What a machine has taken since it was switched on. */
interface Taken {
  /** Seconds of a processor, of all processes. */
  readonly cpuS: number;
  /** What its files that were written since have on disk. */
  readonly writtenMb: number;
}

/** What was measured. */
export interface Measured {
  /** Whether the kernel held the scheduler's machine to {@linkcode MEMORY_MB}. */
  readonly enforced: boolean;
  readonly boot: Taken;
  /** The most that the boot held at a time, with what of files the kernel kept; null: not enforced. */
  readonly bootPeakMb: number | null;
  /** With twenty workers: the memory of all processes, shared pages counted once. */
  readonly processesMb: number;
  /** The most at any time, with what of files the kernel kept; null: not enforced. */
  readonly peakMb: number | null;
  /** How often the kernel refused memory before it let go of files; null: not enforced. */
  readonly reclaims: number | null;
  /** While it served them. */
  readonly serving: Taken & { readonly seconds: number; readonly tasks: number };
  /** Of a worker, to its join. */
  readonly workerBoot: Taken;
}

/** Of an f1-micro. https://cloud.google.com/compute/docs/general-purpose-machines#n1_shared-core */
const MEMORY_MB = 614;
const WORKERS = 20;
const CLUSTER = "lab-0123abcd"; // as the facts have it
const MB = 1e6;
const TICKS_A_SECOND = 100;
const WRITTEN =
  "/etc/xcore /opt/xcore /usr/local/lib/xcore /var/lib/xcore /var/log/journal /run/log/journal /swapfile";

/** A control group with a limit of memory, of either version of control groups. */
class MemoryGroup {
  private constructor(readonly folder: string, readonly isV1: boolean) {}

  /** Null where this machine lets none be made. */
  static async make(bytes: number): Promise<MemoryGroup | null> {
    for (const [root, isV1] of [["/sys/fs/cgroup/memory", true], ["/sys/fs/cgroup", false]] as const) {
      const folder = `${root}/xcore-bench-${Deno.pid}`;
      try {
        await Deno.mkdir(folder);
        const group = new MemoryGroup(folder, isV1);
        await group.write(isV1 ? "memory.limit_in_bytes" : "memory.max", bytes);
        return group;
      } catch {
        await Deno.remove(folder).catch(() => {});
      }
    }
    return null;
  }

  write(file: string, value: number): Promise<void> {
    return Deno.writeTextFile(`${this.folder}/${file}`, String(value), { create: false });
  }

  async add(pids: readonly number[]): Promise<void> {
    for (const pid of pids) await this.write("cgroup.procs", pid).catch(() => {}); // it may have ended
  }

  /** How many processes are in it. */
  async count(): Promise<number> {
    return (await this.read("cgroup.procs")).trim().split("\n").length;
  }

  async peakMb(): Promise<number> {
    return Number(await this.read(this.isV1 ? "memory.max_usage_in_bytes" : "memory.peak")) / MB;
  }

  async reclaims(): Promise<number> {
    if (this.isV1) return Number(await this.read("memory.failcnt"));
    return Number(/^max (\d+)$/m.exec(await this.read("memory.events"))?.[1] ?? 0);
  }

  read(file: string): Promise<string> {
    return Deno.readTextFile(`${this.folder}/${file}`);
  }

  /** It can be removed once its processes have ended. */
  async close(): Promise<void> {
    for (let i = 0; i < 100; i++) {
      if (await Deno.remove(this.folder).then(() => true, () => false)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

const textOf = (path: string) => Deno.readTextFile(path).catch(() => "");

/** A process counts for those of its children that have ended. */
async function processorS(pids: readonly number[]): Promise<number> {
  let ticks = 0;
  for (const pid of pids) {
    const fields = (await textOf(`/proc/${pid}/stat`)).replace(/^.*\) /, "").split(" ");
    ticks += fields.slice(11, 15).reduce((sum, each) => sum + Number(each), 0);
  }
  return ticks / TICKS_A_SECOND;
}

/**
 * The machine's disk is memory here, of which the kernel counts no writes; in place of those the
 * blocks of its files that have changed since it was switched on, where a boot and Dask write: the
 * rest of what can be seen is this computer's, which others use.
 */
async function takenBy(nodes: Nodes, id: string): Promise<Taken> {
  const { pids, times } = await nodes.now(id);
  const cpuS = await processorS(pids);
  const changed = `find ${WRITTEN} -xdev -type f -newerct @${
    Math.floor(times.runningAt!)
  } -printf '%b\\n' 2>/dev/null`;
  const blocks = await nodes.inside(id, `${changed} | awk '{ sum += $1 } END { print sum + 0 }'`);
  return { cpuS, writtenMb: Number(blocks) * 512 / MB };
}

async function memoryMb(pids: readonly number[]): Promise<number> {
  const sizes = await Promise.all(
    pids.map(async (pid) =>
      Number(/^Pss:\s+(\d+) kB$/m.exec(await textOf(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / MB;
}

const seconds = Number(Deno.args[0]);
await using certificates = await certificatesFor(CLUSTER);
const { tls } = certificates;
const python = { version: await instancePython(), packages: await recordedVersions() };
await using authority = await indexAuthority();
const told = { hosts: INDEX_HOSTS, authorityFile: authority.authorityFile };
const group = await MemoryGroup.make(MEMORY_MB * MB);
try {
  await withEc2({ boot: true, prepared: false, ...told }, async (ec2) => {
    await using _index = await packageIndex(authority);
    const userData = (script: string) => packUserData(script, limits.userData);
    const nodes = await Nodes.in(ec2);
    const own = schedulerNode({ python, tls: await nodeTls(tls, "scheduler") });
    const [scheduler] = await nodes.launch(userData(schedulerScript(own)));
    const pids = async () => (await nodes.now(scheduler!.id)).pids;
    await until("its first process", async () => (await pids()).length > 0);
    // What they start later is in the group by itself.
    for (let i = 0; i < 20; i++) await group?.add(await pids());

    const { publicAddress: host, privateAddress: schedulerHost } = scheduler!;
    const client = schedulerClient({ host: host!, port: 8787, tls, clusterId: CLUSTER });
    await handOverTo(client, own);
    const joined = async () => (await client.report().catch(() => null))?.workers.map(({ name }) => name);
    await until("the scheduler", async () => await joined() !== undefined);
    const boot = await takenBy(nodes, scheduler!.id);
    const bootPeakMb = await group?.peakMb() ?? null;

    const facts = workerNode({
      python,
      tls: await nodeTls(tls, "worker"),
      names: ["worker-99"],
      schedulerHost,
    });
    await client.keep(bundleOf("worker", facts));
    const [worker] = await nodes.launch(userData(workerScript(facts)));
    await until("a worker to join", async () => (await joined())?.includes("worker-99") ?? false);
    const workerBoot = await takenBy(nodes, worker!.id);

    const load = new Deno.Command(Deno.env.get("XCORE_TEST_PYTHON")!, {
      args: [
        new URL("scheduler_load.py", import.meta.url).pathname,
        ...[`tls://${host}:8786`, tls.caFile, tls.worker.certFile, tls.worker.keyFile],
        ...[tls.client.certFile, tls.client.keyFile, String(WORKERS), String(seconds)],
      ],
      stdout: "piped",
    }).spawn();
    await until("all workers to join", async () => ((await joined())?.length ?? 0) > WORKERS);
    const before = await takenBy(nodes, scheduler!.id);
    const beganMs = Date.now();
    let processesMb = 0;
    const polls = setInterval(() => void joined(), 1000); // as the daemon does
    const look = setInterval(
      async () => processesMb = Math.max(processesMb, await memoryMb(await pids())),
      10_000,
    );
    const { stdout } = await load.output();
    clearInterval(polls);
    clearInterval(look);
    const after = await takenBy(nodes, scheduler!.id);
    const outside = (await pids()).length - (await group?.count() ?? 0);
    if (group !== null && outside > 1) {
      console.error(`${outside} of its processes are not held to the memory`);
    }
    const measured: Measured = {
      enforced: group !== null,
      boot,
      bootPeakMb,
      processesMb,
      peakMb: await group?.peakMb() ?? null,
      reclaims: await group?.reclaims() ?? null,
      serving: {
        seconds: (Date.now() - beganMs) / 1000,
        tasks: Number(new TextDecoder().decode(stdout).trim().split("\n").at(-1)),
        cpuS: after.cpuS - before.cpuS,
        writtenMb: after.writtenMb - before.writtenMb,
      },
      workerBoot,
    };
    console.log(JSON.stringify(measured));
    client.close();
  });
} finally {
  await group?.close();
}
